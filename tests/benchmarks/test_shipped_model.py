"""Scores of the shipped model: in rendered places that it was not trained on, and in photographs.

`OMP_NUM_THREADS=1 GHTOOLS_SAMPLES=... pytest -n 0 -s tests/benchmarks/test_shipped_model.py` prints README's table.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scipy.io import loadmat

from converters.render_crowds import render_scenes
from gta_head_tools.evaluation.protocols.counted_points import PointScoresByDistance
from gta_head_tools.synthesis.generate import CrowdSettings
from training.eval_run import EvalRequest, eval_run
from training.predict import shipped_model

NEW_PLACES = CrowdSettings(
    scenes=12, images=4, people=(10, 600), negatives=0.06, size=(1280, 720), seed=8, min_visible=0.2
)  # fmt: skip
"""Settings like those of the recipe, with another seed."""


def told(name: str, data: Path, **options: Any) -> dict[str, Any]:
    """Scores of all images; localisation is scored by the protocol of UCF-QNRF, which needs no boxes."""
    report = eval_run(EvalRequest(path=shipped_model(), data=data, split="all", **options))
    counting = report.scores.protocols["counting"]
    assert isinstance(counting, PointScoresByDistance)
    assert counting.distances is not None
    scores = report.told | {f"mean_{key}": getattr(counting.distances, key) for key in ("precision", "recall", "f1")}
    keys = ("mae", "rmse", "nae", "precision", "recall", "f1", "mean_precision", "mean_recall", "mean_f1")
    numbers = " ".join(f"{key} {scores[key]:.3f}" for key in keys if scores[key] is not None)
    print(f"\n{name}: {scores['images']} images, {scores['heads'] / scores['images']:.1f} heads an image, {numbers}")
    return scores


def photographs(folder: Path, pattern: str) -> Iterator[tuple[Path, list[list[float]]]]:
    """Pictures of ShanghaiTech and their published points."""
    for picture in sorted(folder.glob(pattern)):
        marks = loadmat(picture.parent / f"GT_{picture.stem}.mat")
        yield picture, marks["image_info"][0, 0][0, 0][0].tolist()


def as_csv(folder: Path, pattern: str, target: Path) -> Path:
    """A data set of the photographs in one folder."""
    target.mkdir()
    with (target / "heads.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["image", "x", "y"])
        for picture, points in photographs(folder, pattern):
            shutil.copy(picture, target / picture.name)
            table.writerows([picture.name, *point] for point in points)
    return target / "heads.csv"


def test_in_new_rendered_places(tmp_path: Path) -> None:
    scores = told("rendered, new places", render_scenes(tmp_path / "new", NEW_PLACES, jobs=1).truth)
    assert scores["f1"] > 0.4
    assert scores["nae"] < 0.6


@pytest.mark.samples
def test_on_photographs(tmp_path: Path, samples: Path) -> None:
    """Its counts have no bound here, because it was trained without photographs; it only has to find some heads."""
    mall = told("Mall", samples / "mall", skip_missing=True)
    sets = {
        "ShanghaiTech A, test": samples / "shanghaitech_test" / "part_A",
        "ShanghaiTech A, train": samples / "shanghaitech_partA_samples",
        "ShanghaiTech B, test": samples / "shanghaitech_test" / "part_B",
    }
    found = [told(name, as_csv(folder, "IMG_*.jpg", tmp_path / name)) for name, folder in sets.items()]
    assert [each["images"] for each in (mall, *found)] == [6, 5, 5, 4]
    assert all(each["mean_recall"] > 0.2 for each in (mall, *found))
