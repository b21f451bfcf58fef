"""The folder of a run: what may go on in it, and what may not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gta_head_tools.errors import ConfigError, DataFormatError
from test_training.tiny import METHOD, write_data
from training.config import TrainConfig, build_config
from training.registry import find_method
from training.runs.run_folder import default_run_folder, open_run, read_run, read_run_splits
from training.samples.data import Splits, read_splits

CONFIG = build_config(find_method(METHOD).Config, {})  # as a run that is read has it


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> Splits:
    return read_splits(write_data(tmp_path_factory.mktemp("data")), CONFIG)


def test_a_run_is_read_as_it_was_opened(splits: Splits, tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", splits, method=METHOD, config=CONFIG)
    assert read_run(run.folder, [METHOD]) == run
    assert not run.finished
    assert read_run_splits(run).names == splits.names == run.splits


def test_the_same_run_goes_on(splits: Splits, tmp_path: Path) -> None:
    first = open_run(tmp_path, splits, method=METHOD, config=CONFIG)
    first.checkpoint.write_text("kept")
    free = replace(CONFIG, workers=7, cache=True, validate_every=1)
    assert open_run(tmp_path, splits, method=METHOD, config=free).checkpoint.read_text() == "kept"


def test_settings_that_json_writes_otherwise_are_the_same(splits: Splits, tmp_path: Path) -> None:
    config = build_config(find_method("centernet").Config, {"backbone_channels": [8, 16]})
    run = open_run(tmp_path, splits, method="centernet", config=config)
    assert open_run(tmp_path, splits, method="centernet", config=config) == run == read_run(tmp_path)


def test_another_run_is_not_continued(splits: Splits, tmp_path: Path) -> None:
    open_run(tmp_path, splits, method=METHOD, config=CONFIG)
    other = replace(CONFIG, epochs=9, lr=0.5)
    with pytest.raises(ConfigError, match=r"a run with epochs=4, not 9; lr=0.01, not 0.5; choose another --out, or"):
        open_run(tmp_path, splits, method=METHOD, config=other)
    assert read_run(tmp_path, [METHOD]).config == CONFIG


def test_other_data_are_another_run(splits: Splits, tmp_path: Path) -> None:
    open_run(tmp_path, splits, method=METHOD, config=CONFIG)
    with pytest.raises(ConfigError, match=r"source of the data .*heads.json, not /elsewhere;"):
        open_run(tmp_path, replace(splits, source=Path("/elsewhere")), method=METHOD, config=CONFIG)
    with pytest.raises(ConfigError, match="other pictures in train, val and test"):
        open_run(tmp_path, replace(splits, val=splits.test, test=splits.val), method=METHOD, config=CONFIG)


def test_labels_that_changed_since_are_another_run(splits: Splits, tmp_path: Path) -> None:
    open_run(tmp_path, splits, method=METHOD, config=CONFIG)
    moved = splits.train[0].replace(points=splits.train[0].points + 1)
    changed = replace(splits, train=(moved, *splits.train[1:]))
    with pytest.raises(ConfigError, match="a run with other heads in train: the labels have changed since; choose"):
        open_run(tmp_path, changed, method=METHOD, config=CONFIG)
    open_run(tmp_path, splits, method=METHOD, config=CONFIG)


def test_begin_anew(splits: Splits, tmp_path: Path) -> None:
    run = open_run(tmp_path, splits, method=METHOD, config=CONFIG)
    run.checkpoint.write_text("old")
    (tmp_path / "tensorboard").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    fresh = open_run(tmp_path, splits, method=METHOD, config=replace(CONFIG, epochs=9), force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "run.json"]
    assert read_run(tmp_path, [METHOD]) == fresh


@pytest.mark.parametrize("name", ["checkpoint.pt", "predictions.png"])
def test_a_folder_of_something_else(splits: Splits, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("of whom?")
    with pytest.raises(ConfigError, match=r"without its run\.json"):
        open_run(tmp_path, splits, method=METHOD, config=CONFIG)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "ghtools-run", "version": 2}',
        '{"format": "ghtools-run", "version": 1}',
        '{"format": "ghtools-run", "version": 1, "method": "a", "config": {}, "data": []}',
    ],
)
def test_what_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(DataFormatError, match=r"run\.json"):
        read_run(tmp_path)


def test_no_run_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match="is no record of a run that can be used"):
        read_run(tmp_path / "nowhere")


def test_another_rate_goes_on_where_that_is_asked_for(splits: Splits, tmp_path: Path) -> None:
    slower, batch = replace(CONFIG, lr=5e-3), replace(CONFIG, lr=5e-3, batch=2)
    open_run(tmp_path, splits, method=METHOD, config=CONFIG)
    with pytest.raises(ConfigError, match=r"lr=0\.01, not 0\.005; .* or --resume other-lr to go on with this one"):
        open_run(tmp_path, splits, method=METHOD, config=slower)
    with pytest.raises(ConfigError, match=r"batch=4, not 2; choose another --out, or say --force to begin anew$"):
        open_run(tmp_path, splits, method=METHOD, config=batch, other_rate=True)
    for _ in range(2):
        open_run(tmp_path, splits, method=METHOD, config=slower, other_rate=True)
        assert json.loads((tmp_path / "run.json").read_text())["rates"] == [{"lr": 1e-2, "lr_end": 1e-3}]
    assert read_run(tmp_path, [METHOD]).config.lr == 5e-3


def test_a_setting_that_is_gone(splits: Splits, tmp_path: Path) -> None:
    open_run(tmp_path, splits, method=METHOD, config=CONFIG)
    record = json.loads((tmp_path / "run.json").read_text())
    record["config"]["epoch"] = 4
    (tmp_path / "run.json").write_text(json.dumps(record))
    with pytest.raises(ConfigError, match=f"{tmp_path}: .* did you mean 'epochs'"):
        read_run(tmp_path, [METHOD])


def test_data_that_changed_since(tmp_path: Path) -> None:
    splits = read_splits(write_data(tmp_path / "data"), CONFIG)
    run = open_run(tmp_path / "run", splits, method=METHOD, config=CONFIG)
    write_data(tmp_path / "data", scenes=6)
    with pytest.raises(ConfigError, match="holds other pictures than"):
        read_run_splits(run)


def test_pictures_are_named_where_scenes_are_not_whole(tmp_path: Path) -> None:
    config = replace(CONFIG, holdout="image")
    splits = read_splits(write_data(tmp_path), config)
    assert sorted(len(names) for names in splits.names.values()) == [3, 3, 14]
    assert splits.names["train"][0] == "scene0/000.png"


def test_names_of_folders() -> None:
    assert default_run_folder("faster-rcnn", TrainConfig(seed=2)) == Path("runs/faster_rcnn-2")
    assert default_run_folder("my/net.py:MyNet", TrainConfig()) == Path("runs/mynet-0")


def test_pictures_that_changed_since_are_another_run(tmp_path: Path) -> None:
    splits = read_splits(write_data(tmp_path / "data"), CONFIG)
    open_run(tmp_path / "run", splits, method=METHOD, config=CONFIG)
    picture = splits.root / splits.test[0].info.path
    picture.write_bytes(picture.read_bytes() + b"edited")
    with pytest.raises(ConfigError, match="other pictures in test: their files have changed since; choose"):
        open_run(tmp_path / "run", splits, method=METHOD, config=CONFIG)
