"""Averages of weights and the best weights: what they are, and that a run that was stopped ends with the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from gta_head_tools.errors import ConfigError
from test_training.test_runs.test_resume import StopAfter, same
from test_training.tiny import METHOD, TinyConfig, write_data
from training.base import Method
from training.config import build_config
from training.runs.checkpoint import build_method, load_checkpoint, load_method
from training.runs.loop import train
from training.runs.run_folder import Run, open_run
from training.samples.data import Splits, read_splits

CONFIG = TinyConfig()
ERRORS = {1: 5.0, 2: 3.0, 3: 4.0, 4: 3.5}


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> Splits:
    return read_splits(write_data(tmp_path_factory.mktemp("data")), CONFIG)


def started(splits: Splits, folder: Path, **settings: Any) -> Run:
    return open_run(folder, splits, method=METHOD, config=replace(CONFIG, **settings))


def told(_: Method, epoch: int) -> dict[str, float]:
    return {"mae": ERRORS[epoch]}


def weights_after(splits: Splits, folder: Path, epochs: int) -> dict[str, torch.Tensor]:
    run = started(splits, folder, epochs=4, schedule="constant")
    if epochs < 4:
        with pytest.raises(KeyboardInterrupt):
            train(run, splits, device="cpu", track=StopAfter(3 * epochs - 1))
    else:
        train(run, splits, device="cpu")
    weights: dict[str, torch.Tensor] = load_checkpoint(run.checkpoint)["model"]
    return weights


def test_the_best_weights_are_those_of_the_lowest_error(splits: Splits, tmp_path: Path) -> None:
    run = started(splits, tmp_path / "run", schedule="constant", keep="best", validate_every=1)
    method = train(run, splits, device="cpu", validate=told)
    assert same(method.state_dict(), weights_after(splits, tmp_path / "two", 2))
    assert same(load_method(run.folder, "cpu", methods=[METHOD]).state_dict(), method.state_dict())
    assert not same(load_checkpoint(run.checkpoint)["model"], method.state_dict())


def test_the_average_is_that_of_the_steps(splits: Splits, tmp_path: Path) -> None:
    run = started(splits, tmp_path / "run", epochs=1, batch=4, average=0.9)
    wanted = build_method(METHOD, run.config).state_dict()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train(run, splits, device="cpu", track=StopAfter(0))
        state = load_checkpoint(run.checkpoint)["model"]
        wanted = {name: 0.9 * wanted[name] + 0.1 * state[name] for name in wanted}
    found = load_method(run.folder, "cpu", methods=[METHOD]).state_dict()
    assert not same(found, state)
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"average": 0.9}, marks=pytest.mark.slow),
        pytest.param({"keep": "best", "validate_every": 1}, marks=pytest.mark.slow),
        {"keep": "best", "validate_every": 1, "average": 0.9},
        {"schedule": "plateau", "decay_epochs": 1.0, "decay_rate": 0.5, "validate_every": 1},
    ],
    ids=["average", "best", "both", "plateau"],
)
def test_a_stopped_run_ends_with_the_same(splits: Splits, tmp_path: Path, settings: dict[str, Any]) -> None:
    run = started(splits, tmp_path / "cut", **settings)
    whole = train(started(splits, tmp_path / "whole", **settings), splits, device="cpu", validate=told)
    for steps in (4, 0, 3):
        with pytest.raises(KeyboardInterrupt):
            train(
                started(splits, tmp_path / "cut", **settings),
                splits,
                device="cpu",
                validate=told,
                track=StopAfter(steps),
            )
    run = started(splits, tmp_path / "cut", **settings)
    assert same(train(run, splits, device="cpu", validate=told).state_dict(), whole.state_dict())
    assert run.validation.exists() == ("validate_every" in settings)
    if run.validation.exists():
        assert run.validation.read_text() == "step,mae\n3,5\n6,3\n9,4\n12,3.5\n"


def test_an_error_while_validating_does_not_lose_the_validation(splits: Splits, tmp_path: Path) -> None:
    def breaks(method: Method, epoch: int) -> dict[str, float]:
        if epoch == 4:
            raise KeyboardInterrupt
        return told(method, epoch)

    run = started(splits, tmp_path / "run", keep="best", validate_every=1)
    with pytest.raises(KeyboardInterrupt):
        train(run, splits, device="cpu", validate=breaks)
    assert load_checkpoint(run.checkpoint)["step"] == 12
    train(run, splits, device="cpu", validate=told)
    assert run.validation.read_text().splitlines()[-1] == "12,3.5"


@pytest.mark.parametrize("settings", [{"keep": "best"}, {"schedule": "plateau"}])
def test_what_needs_scores_on_the_way_says_so(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="validate_every=1"):
        build_config(TinyConfig, settings)
