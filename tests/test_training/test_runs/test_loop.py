"""Steps of the loop: rates, precision, what is logged, and what is refused."""

from __future__ import annotations

import csv
import os
import signal
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from gta_head_tools.errors import ConfigError, DataFormatError, LostWorkerError
from test_training.tiny import METHOD, Tiny, TinyConfig, write_data
from training.base import Batch, Method
from training.config import TrainConfig
from training.runs.checkpoint import load_checkpoint
from training.runs.loop import train
from training.runs.processes import choose_workers, find_device, start_accelerator
from training.runs.run_folder import Run, open_run
from training.runs.run_log import is_report, steps_to_report
from training.samples import data
from training.samples.data import Splits, read_splits

CONFIG = TinyConfig(epochs=2)


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> Splits:
    return read_splits(write_data(tmp_path_factory.mktemp("data")), CONFIG)


def trained(splits: Splits, folder: Path, **settings: Any) -> tuple[Run, Method]:
    run = open_run(folder / "run", splits, method=METHOD, config=replace(CONFIG, **settings))
    return run, train(run, splits, device="cpu")


def logged(run: Run) -> list[dict[str, float]]:
    with run.log.open() as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def test_the_loss_falls(splits: Splits, tmp_path: Path) -> None:
    run, _ = trained(splits, tmp_path, epochs=40, dropout=0.0)
    rows = logged(run)
    assert rows[-1]["loss"] < rows[0]["loss"] / 2


def test_what_is_logged(splits: Splits, tmp_path: Path) -> None:
    run, _ = trained(splits, tmp_path)
    rows = logged(run)
    assert [row["step"] for row in rows] == [1, 2, 3, 5, 6]
    assert [row["epoch"] for row in rows] == pytest.approx([1 / 3, 2 / 3, 1, 5 / 3, 2], abs=1e-5)
    assert all(row["loss"] == pytest.approx(row["loss_heat"] + row["loss_late"], rel=1e-5) for row in rows)
    assert all(row["images_per_s"] > 0 and row["memory_mib"] > 0 and row["gradient"] > 0 for row in rows)
    heads = sum(len(image) for image in splits.train) / len(splits.train)
    assert sum(row["n_positives"] for row in rows[:3]) / 3 == pytest.approx(heads, rel=0.3)


def test_the_curves_are_in_tensorboard(splits: Splits, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run, _ = trained(splits, tmp_path)
    found = EventAccumulator(str(run.folder / "tensorboard")).Reload()
    assert [event.step for event in found.Scalars("train/loss")] == [1, 2, 3, 5, 6]


def test_accumulated_parts_are_the_whole_step(splits: Splits, tmp_path: Path) -> None:
    settings = {"dropout": 0.0, "epochs": 1}
    _, whole = trained(splits, tmp_path / "whole", **settings)
    _, cut = trained(splits, tmp_path / "cut", accumulate=4, **settings)
    for left, right in zip(whole.parameters(), cut.parameters(), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "settings", [{"optimizer": "sgd"}, {"optimizer": "adamw", "clip": 0.0}, {"channels_last": True}]
)
def test_settings_that_run(splits: Splits, tmp_path: Path, settings: Mapping[str, Any]) -> None:
    run, _ = trained(splits, tmp_path, epochs=1, **settings)
    assert load_checkpoint(run.checkpoint)["step"] == 3


def test_bf16_on_a_cpu_is_near_to_none(splits: Splits, tmp_path: Path) -> None:
    rows = [logged(trained(splits, tmp_path / name, precision=name, dropout=0.0)[0]) for name in ("no", "bf16")]
    assert rows[1][0]["loss"] == pytest.approx(rows[0][0]["loss"], rel=0.02)
    assert rows[1][0]["loss"] != rows[0][0]["loss"]


@pytest.mark.slow
def test_a_compiled_network_learns_the_same(splits: Splits, tmp_path: Path) -> None:
    eager, plain = trained(splits, tmp_path / "eager", dropout=0.0)
    compiled, fast = trained(splits, tmp_path / "compiled", dropout=0.0, compile=True)
    assert logged(compiled)[-1]["loss"] == pytest.approx(logged(eager)[-1]["loss"], rel=1e-4)
    assert fast.state_dict().keys() == plain.state_dict().keys()


def test_a_trained_method_predicts(splits: Splits, tmp_path: Path) -> None:
    _, method = trained(splits, tmp_path, precision="bf16")
    found = method.predict(splits.read(splits.val[0].info))
    assert not method.training
    assert found.scores is not None
    assert len(found.scores) == 64


def test_scores_on_the_way(splits: Splits, tmp_path: Path) -> None:
    seen: list[tuple[bool, int]] = []

    def validate(method: Method, epoch: int) -> dict[str, float]:
        seen.append((method.training, epoch))
        return {"mae": 10.0 / epoch}

    run = open_run(tmp_path, splits, method=METHOD, config=replace(CONFIG, epochs=4, validate_every=2))
    train(run, splits, device="cpu", validate=validate)
    assert seen == [(False, 2), (False, 4)]
    assert run.validation.read_text() == "step,mae\n6,5\n12,2.5\n"


def test_a_finished_run_is_not_trained_again(splits: Splits, tmp_path: Path) -> None:
    run, method = trained(splits, tmp_path)
    before = run.checkpoint.stat().st_mtime_ns, run.log.read_text()
    _, again = trained(splits, tmp_path)
    assert before == (run.checkpoint.stat().st_mtime_ns, run.log.read_text())
    assert all(torch.equal(left, right) for left, right in zip(method.parameters(), again.parameters(), strict=True))


def test_a_broken_picture_stops_with_its_name(tmp_path: Path) -> None:
    splits = read_splits(write_data(tmp_path / "data"), CONFIG)
    path = splits.root / splits.train[4].info.path
    path.write_bytes(b"")
    with pytest.raises(DataFormatError, match=path.name):
        trained(splits, tmp_path, workers=1)


def test_a_worker_that_the_system_kills_is_told(
    splits: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        assert torch.utils.data.get_worker_info() is not None
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(data, "read_image", killed)
    with pytest.raises(LostWorkerError, match=r"one of 2 worker .* fewer --set workers"):
        trained(splits, tmp_path, workers=2)


class Exploding(Tiny):
    """Learns nothing but to break."""

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        return {name: term * float("inf") for name, term in super().loss(batch, progress).items()}


class Stumbling(Tiny):
    """Its loss is not finite in the middle of the run."""

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        factor = float("nan") if 0.45 < progress < 0.6 else 1.0
        return {name: term * factor for name, term in super().loss(batch, progress).items()}


def test_a_step_without_a_finite_gradient_is_skipped_and_counted(splits: Splits, tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=4, average=0.5)
    run = open_run(tmp_path / "run", splits, method=f"{__file__}:Stumbling", config=config)
    method = train(run, splits, device="cpu")
    assert all(value.isfinite().all() for value in method.state_dict().values())
    rows = logged(run)
    assert sum(row["skipped"] for row in rows) == 2
    assert all(row["loss"] > 0 for row in rows if row["skipped"] < 1)


def test_a_loss_that_is_not_finite_is_an_error(splits: Splits, tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", splits, method=f"{__file__}:Exploding", config=CONFIG)
    with pytest.raises(ConfigError, match=r"not finite in the last 3 steps, up to step 3; .* lower lr, now 0.01"):
        train(run, splits, device="cpu")
    assert not run.checkpoint.exists()


class Images(Tiny):
    """Counts no positives: its losses are divided by images."""

    @staticmethod
    def targets(sample: Any, config: Any) -> dict[str, Tensor]:
        found = Tiny.targets(sample, config)
        del found["n_positives"]
        return found

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        assert batch["n_images"] == 4
        return super().loss(batch | {"n_positives": batch["n_images"]}, progress)


def test_without_positives_images_are_counted(splits: Splits, tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", splits, method=f"{__file__}:Images", config=replace(CONFIG, accumulate=2))
    train(run, splits, device="cpu")
    assert "n_positives" not in logged(run)[0]


class Slow(Tiny):
    """Its first layer learns at half the rate."""

    def param_groups(self) -> list[dict[str, Any]]:
        layers = list(self.network.children())
        rest = [parameter for layer in layers[1:] for parameter in layer.parameters()]
        return [{"params": list(layers[0].parameters()), "lr_scale": 0.5}, {"params": rest}]


def test_groups_have_rates_of_their_own(splits: Splits, tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", splits, method=f"{__file__}:Slow", config=CONFIG)
    train(run, splits, device="cpu")
    rates = [group["lr"] for group in load_checkpoint(run.checkpoint)["optimizer"]["param_groups"]]
    assert rates == [CONFIG.lr_end / 2, CONFIG.lr_end]


def test_reports_come_soon_and_at_the_end_of_epochs() -> None:
    assert [step for step in range(1, 60) if is_report(step, 25)] == [1, 2, 5, 10, 20, 25, 40, 50]
    assert all(is_report(step + steps_to_report(step, 33), 33) for step in range(200))


@pytest.mark.parametrize("name", ["cuda:99", "tpu", "gpu", "cuda:x"])
def test_devices_that_are_not_there(name: str) -> None:
    with pytest.raises(ConfigError, match=f"--device {name}"):
        find_device(name)


def test_a_cpu_is_always_there() -> None:
    assert find_device("cpu") == torch.device("cpu")
    assert find_device("auto").type in {"cpu", "cuda", "mps"}


def test_fp16_is_for_gpus() -> None:
    with pytest.raises(ConfigError, match="precision=fp16 needs a GPU"):
        start_accelerator("cpu", "fp16")


def test_runs_of_other_precision_may_follow() -> None:
    found = [start_accelerator("cpu", precision).mixed_precision for precision in ("no", "bf16", "auto")]
    assert found == ["no", "bf16", "no"]


def test_a_gpu_has_more_workers_than_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(12)), raising=False)
    config = TrainConfig()
    assert choose_workers(config, torch.device("cpu")) == 3
    assert choose_workers(config, torch.device("cuda")) == 11
    assert choose_workers(replace(config, cache=True), torch.device("cpu")) == 0
    assert choose_workers(replace(config, workers=5), torch.device("cpu")) == 5


def test_the_settings_are_in_the_checkpoint(splits: Splits, tmp_path: Path) -> None:
    run, _ = trained(splits, tmp_path)
    state = load_checkpoint(run.checkpoint)
    assert state["config"] == asdict(run.config)
    assert (state["method"], state["epoch"], state["threshold"]) == (METHOD, 2, None)
