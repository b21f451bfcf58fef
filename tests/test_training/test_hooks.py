"""Numbers fitted before and after a training: where they are stored, and that validation counts for every method."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError
from test_training.counts_tiny import CONCLUDED, LEARNED, METHOD
from test_training.tiny import Tiny, TinyConfig, write_data
from training.base import Prediction
from training.runs.checkpoint import export_method, load_method
from training.samples.data import read_splits
from training.train_run import TrainReport, TrainRequest, train_run


def trained(folder: Path, method: str, *pairs: str) -> TrainReport:
    data = write_data(folder / "data") if not (folder / "data").exists() else folder / "data" / "heads.json"
    found = train_run(TrainRequest(data=data, method=method, pairs=pairs, out=folder / "run", epochs=2, device="cpu"))
    assert found is not None
    return found


def test_a_method_that_only_counts_is_prepared_validated_and_calibrated(tmp_path: Path) -> None:
    report = trained(tmp_path, METHOD, "validate_every=1", "keep=best")
    assert report.run.config.typical_side == 6  # type: ignore[attr-defined]
    assert json.loads((tmp_path / "run" / "run.json").read_text())["config"]["typical_side"] == 6
    with report.run.validation.open() as file:
        rows = [*csv.DictReader(file)]
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert all(float(row["mae"]) > 0 for row in rows)
    assert report.scores["val_mae"] == pytest.approx(min(float(row["mae"]) for row in rows), rel=1e-5)
    method = load_method(tmp_path / "run", "cpu", methods=[METHOD])
    assert method.factor != 1
    assert (
        load_method(export_method(report.run.checkpoint, tmp_path / "out"), "cpu", methods=[METHOD]).factor
        == method.factor
    )
    assert trained(tmp_path, METHOD, "validate_every=1", "keep=best").again


def test_a_phase_without_points_leaves_the_threshold_as_it_is() -> None:
    method = Tiny(TinyConfig())
    method.threshold = 0.3
    method.calibrate([(Prediction(7.0), ImageAnnotations(ImageInfo("a.jpg", 8, 6), np.array([[1.0, 2.0]])))])
    assert method.threshold == 0.3


def test_what_a_method_concludes_from_pictures_it_learned_from_is_stored(tmp_path: Path) -> None:
    report = trained(tmp_path, CONCLUDED)
    method = load_method(tmp_path / "run", "cpu", methods=[CONCLUDED])
    splits = read_splits(tmp_path / "data" / "heads.json", report.run.config)
    assert method.state_dict()["heads"].tolist() == [sum(map(len, splits.train)), 1]


def test_a_number_that_the_user_gives_is_kept(tmp_path: Path) -> None:
    assert trained(tmp_path, METHOD, "typical_side=9").run.config.typical_side == 9  # type: ignore[attr-defined]


def test_a_learned_threshold_is_left_alone(tmp_path: Path) -> None:
    report = trained(tmp_path, LEARNED)
    assert report.scores["threshold"] is None
    assert report.scores["val_mae"] >= 0
    assert load_method(tmp_path / "run", "cpu", methods=[LEARNED]).threshold == 0


def test_only_asked_for_are_validation_pictures_changed_like_samples(tmp_path: Path) -> None:
    (tmp_path / "changed").mkdir()
    plain = trained(tmp_path, METHOD, "tone=0.9")
    changed = trained(tmp_path / "changed", METHOD, "tone=0.9", "change_val=true")
    first, second = (
        load_method(report.run.folder, "cpu", methods=[METHOD]).state_dict() for report in (plain, changed)
    )
    assert [name for name in first if not first[name].equal(second[name])] == ["factor"]


@pytest.mark.parametrize("pair", ["keep=best", "schedule=plateau"])
def test_without_validation_pictures_nothing_can_be_judged(tmp_path: Path, pair: str) -> None:
    with pytest.raises(ConfigError, match="needs pictures that are held out for validation"):
        trained(tmp_path, METHOD, pair, "validate_every=1", "val_share=0")
    assert not (tmp_path / "run").exists()
