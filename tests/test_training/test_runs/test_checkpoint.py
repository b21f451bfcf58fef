"""Checkpoints and exports: whole or not at all, and no code runs when one is read."""

from __future__ import annotations

import json
import os
import pickle
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError
from gta_head_tools.pictures import Picture
from test_training.tiny import METHOD, write_data
from training.config import build_config
from training.registry import find_method
from training.runs.checkpoint import (
    build_method,
    export_method,
    load_checkpoint,
    load_method,
    save_checkpoint,
    store_calibration,
)
from training.runs.loop import train
from training.runs.run_folder import Run, open_run
from training.samples.data import Splits, read_splits

CONFIG = build_config(find_method(METHOD).Config, {"epochs": 1})  # as a run that is read has it


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    splits = read_splits(write_data(folder / "data"), CONFIG)
    run = open_run(folder / "run", splits, method=METHOD, config=CONFIG)
    train(run, splits, device="cpu")
    return run


@pytest.fixture(scope="module")
def splits(run: Run) -> Splits:
    return read_splits(run.source, run.config)


@pytest.fixture(scope="module")
def picture(run: Run) -> Picture:
    from gta_head_tools.pictures import read_picture

    return read_picture(run.source.parent / "scene2" / "008.png")


def test_a_trained_method_is_loaded_as_it_was(run: Run, picture: Picture) -> None:
    method = load_method(run.folder, "cpu", methods=[METHOD])
    assert method.config == CONFIG
    weights = load_checkpoint(run.checkpoint)["model"]
    assert all(torch.equal(value, weights[name]) for name, value in method.state_dict().items())
    assert method.predict(picture).count == load_method(run.checkpoint, "cpu", methods=[METHOD]).predict(picture).count


def test_the_threshold_goes_with_the_weights(run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "checkpoint.pt"
    copy.write_bytes(run.checkpoint.read_bytes())
    assert load_method(copy, "cpu", methods=[METHOD]).threshold == 0.5
    method = load_method(copy, "cpu", methods=[METHOD])
    method.threshold = 0.125
    store_calibration(copy, method)
    assert load_method(copy, "cpu", methods=[METHOD]).threshold == 0.125
    assert load_checkpoint(copy)["step"] == 3


def test_an_export_predicts_the_same(run: Run, picture: Picture, tmp_path: Path) -> None:
    file = export_method(run.checkpoint, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny.json", "tiny.safetensors"]
    wanted = load_method(run.folder, "cpu", methods=[METHOD]).predict(picture)
    for place in (file, tmp_path):
        found = load_method(place, "cpu", methods=[METHOD]).predict(picture)
        assert found.scores is not None
        assert wanted.scores is not None
        assert found.scores.tolist() == wanted.scores.tolist()


def test_exported_weights_are_checked(run: Run, tmp_path: Path) -> None:
    file = export_method(run.checkpoint, tmp_path)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(DataFormatError, match=r"tiny.safetensors: is not the file that tiny.json describes"):
        load_method(file, "cpu", methods=[METHOD])


def test_weights_without_their_description(run: Run, tmp_path: Path) -> None:
    file = export_method(run.checkpoint, tmp_path)
    file.with_suffix(".json").unlink()
    with pytest.raises(DataFormatError, match=r"tiny.json: is no description of exported weights"):
        load_method(file, "cpu", methods=[METHOD])


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("broken", [{"config": None}, {"threshold": "high"}, {"method": 3}])
def test_weights_that_are_not_described(run: Run, tmp_path: Path, broken: dict[str, Any]) -> None:
    beside = export_method(run.checkpoint, tmp_path).with_suffix(".json")
    beside.write_text(json.dumps(json.loads(beside.read_text()) | broken))
    with pytest.raises(DataFormatError, match=rf"tiny\.json: is no description .*\({next(iter(broken))}: found "):
        load_method(tmp_path, "cpu", methods=[METHOD])


def test_no_code_runs_on_loading(tmp_path: Path) -> None:
    torch.save({"format": "ghtools-checkpoint", "version": 1, "model": Trap(tmp_path / "sprung")}, tmp_path / "c.pt")
    with pytest.raises(DataFormatError, match=r"c\.pt: is damaged, or no checkpoint of ghtools; .* train again"):
        load_checkpoint(tmp_path / "c.pt")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", pickle.dumps({"format": "x"}), b"no checkpoint"])
def test_what_is_no_checkpoint(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.pt").write_bytes(content)
    with pytest.raises(DataFormatError, match=r"c\.pt: is damaged, or no checkpoint .*train again with --force"):
        load_checkpoint(tmp_path / "c.pt")


@settings(max_examples=50)
@given(data=st.data())
def test_damage_anywhere_is_told_with_what_to_do(run: Run, data: st.DataObject) -> None:
    """Bytes that are lost, changed or cut off: an error of the user, or the very same checkpoint."""
    whole = run.checkpoint.read_bytes()
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.sampled_from([start + 1, start + 16, len(whole)]))
    put = data.draw(st.sampled_from([b"", bytes(end - start), bytes([255]) * (end - start)]))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "c.pt"
        copy.write_bytes(whole[:start] + put + whole[end:])
        try:
            found = load_checkpoint(copy)
        except DataFormatError as error:
            assert "train again with --force" in str(error)
        else:
            assert repr(found) == repr(load_checkpoint(run.checkpoint))


def test_a_checkpoint_cut_short(run: Run, tmp_path: Path) -> None:
    content = run.checkpoint.read_bytes()
    (tmp_path / "c.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataFormatError, match=r"c\.pt: is damaged, .* train again with --force"):
        load_checkpoint(tmp_path / "c.pt")


def test_a_changed_weight_is_no_weight(run: Run, tmp_path: Path) -> None:
    whole = bytearray(run.checkpoint.read_bytes())
    weight = load_checkpoint(run.checkpoint)["model"]["network.0.weight"].numpy().tobytes()
    whole[whole.index(weight) + 5] ^= 1
    (tmp_path / "c.pt").write_bytes(whole)
    with pytest.raises(DataFormatError, match=r"c\.pt: is damaged \(.*data/\d+ in it is not what was written\); copy"):
        load_method(tmp_path / "c.pt", "cpu", methods=[METHOD])


def test_a_checkpoint_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path / "c.pt", {"step": 1})

    def refuse(*_: object, **__: object) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(torch, "load", refuse)
    with pytest.raises(DataFormatError, match=r"checkpoint \(Invalid argument\); copy it again .* with --force"):
        load_checkpoint(tmp_path / "c.pt")


def test_another_version_is_refused(tmp_path: Path) -> None:
    torch.save({"format": "ghtools-checkpoint", "version": 99}, tmp_path / "c.pt")
    with pytest.raises(DataFormatError, match="no checkpoint that this version knows"):
        load_checkpoint(tmp_path / "c.pt")


def test_a_checkpoint_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    save_checkpoint(path, {"step": 1})
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        save_checkpoint(path, {"step": lambda: 2})
    assert load_checkpoint(path)["step"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["c.pt"]


def test_a_full_disk_is_told(run: Run, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    state = {"model": {"weights": torch.zeros(100_000)}}
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, limits[1]))
        with pytest.raises(DatasetLayoutError, match=r"c\.pt: cannot be written"):
            save_checkpoint(tmp_path / "c.pt", state)
        with pytest.raises(DatasetLayoutError, match=r"tiny\.safetensors: cannot be written"):
            export_method(run.checkpoint, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


def test_weights_of_another_network(run: Run, tmp_path: Path) -> None:
    state = load_checkpoint(run.checkpoint)
    state["model"]["network.0.weight"] = torch.zeros(2, 2)
    save_checkpoint(tmp_path / "c.pt", state)
    with pytest.raises(DataFormatError, match=r"c\.pt: holds weights of another network .*network.0.weight"):
        load_method(tmp_path / "c.pt", "cpu", methods=[METHOD])


def test_settings_that_this_version_lacks(run: Run, tmp_path: Path) -> None:
    state = load_checkpoint(run.checkpoint)
    state["config"]["dropuot"] = 0.1
    save_checkpoint(tmp_path / "c.pt", state)
    with pytest.raises(ConfigError, match=r"c\.pt: .* did you mean 'dropout'"):
        load_method(tmp_path / "c.pt", "cpu", methods=[METHOD])


def test_a_folder_without_weights(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no weights"):
        load_method(tmp_path, "cpu", methods=[METHOD])


def test_weights_are_drawn_from_the_seed() -> None:
    drawn = [next(build_method(METHOD, replace(CONFIG, seed=seed)).parameters()) for seed in (3, 3, 4)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_the_description_says_what_it_is(run: Run, tmp_path: Path) -> None:
    found = json.loads(export_method(run.checkpoint, tmp_path).with_suffix(".json").read_text())
    assert found["method"] == METHOD
    assert found["config"] == asdict(CONFIG)
    assert (found["epoch"], found["step"], found["threshold"]) == (1, 3, None)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(run: Run, tmp_path: Path, value: float) -> None:
    state = load_checkpoint(run.checkpoint)
    state["model"]["network.0.weight"].view(-1)[1] = value
    save_checkpoint(tmp_path / "c.pt", state)
    export_method(tmp_path / "c.pt", tmp_path / "export")
    for weights in (tmp_path / "c.pt", tmp_path / "export"):
        with pytest.raises(DataFormatError, match=r"holds weights that are no finite numbers \(network\.0\.weight\)"):
            load_method(weights, "cpu", methods=[METHOD])


@pytest.mark.parametrize(
    "wrong",
    [
        *({"best": "x"}, {"best": {"model": 3, "mae": 1.0}}, {"average": [1]}, {"step": "x"}, {"model": {"a": "b"}}),
        *({"model": {}}, {"optimizer": None}, {"optimizer": {"state": {}, "param_groups": []}}),
    ],
)
def test_a_part_of_a_checkpoint_that_is_something_else_is_told(
    run: Run, splits: Splits, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    longer = replace(run, folder=tmp_path, config=replace(run.config, epochs=2))
    save_checkpoint(longer.checkpoint, load_checkpoint(run.checkpoint) | wrong)
    with pytest.raises(
        DataFormatError, match=r"checkpoint\.pt: (is no checkpoint that|does not hold|holds weights of)"
    ):
        train(longer, splits, device="cpu")
