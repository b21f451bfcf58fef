"""The page that `ghtools stats --report` writes, from files to markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters import stats as job
from converters.data_page import write_page
from converters.datasets.write import find_writer, write_scenes
from converters.stats import StatsOptions, stats
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import in_memory
from test_core.test_report import NASTY, Checked


def page_of(folder: Path, images: Sequence[ImageAnnotations]) -> str:
    dataset = in_memory(images, folder)
    write_scenes(dataset, "coco", folder / "heads.json", find_writer("coco").options(), "none", jobs=1)
    report = stats(folder / "heads.json", StatsOptions(places=True), jobs=1)
    write_page(report, folder / "page.html")
    return (folder / "page.html").read_text("utf-8")


def crowd(scene: str, heads: int, number: int = 0, **more: Any) -> ImageAnnotations:
    rng = np.random.default_rng(number)
    points = rng.uniform((20, 20), (620, 340), (heads, 2))
    sides = 4 + points[:, 1:] / 20
    given = {"width": 640, "height": 360, "split": None} | more
    info = ImageInfo(f"{scene}/{number}.jpg", scene=scene, **given)
    return ImageAnnotations(info, points, boxes=np.hstack([points - sides / 2, points + sides / 2]))


def words(page: str) -> str:
    parsed = Checked(page)
    assert parsed.faults == []
    assert parsed.open == []
    names = [attributes["id"] for _, attributes in parsed.seen if "id" in attributes]
    assert len(names) == len(set(names))
    return " ".join(" ".join(parsed.words).split())


def test_numbers_plots_and_scenes_are_on_the_page(tmp_path: Path) -> None:
    images = [crowd("street", 60, n, split="train") for n in range(3)] + [crowd("square", 40, 3, split="test")]
    page = page_of(tmp_path, images)
    told = words(page)
    for said in (
        "Numbers of heads",
        "Read as coco",
        "train test all",
        "street: 180 boxes in 3 images",
        "Most heads: 60 in",
    ):
        assert said in told
    assert re.search(r"half of the boxes are within [01]\.\d % of the model", told)
    assert page.count("<svg") == 2 + 2 + 3  # Histograms, size fields, heat maps.
    assert not re.search(r"https?:|@import|url\((?!#)", page)


def test_the_page_does_not_depend_on_how_the_work_is_parted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [crowd(f"scene_{n // 3}", 12, n) for n in range(12)]
    page = page_of(tmp_path, images)
    monkeypatch.setattr(job, "_TOGETHER", 2)
    assert page_of(tmp_path, images) == page


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ([crowd("a", 0)], "No image has a head."),
        ([crowd("a", 5, width=0, height=0)], "The size of the pictures is unknown"),
        ([crowd("a", 1)], "None of the scenes with the most heads has 30 boxes"),
        ([crowd("a", 4).replace(boxes=np.full((4, 4), np.nan))], "No head has a box."),
        ([crowd(NASTY.replace("/", ""), 40), crowd("köln 東京", 40, 1)], "köln 東京: 40 boxes in 1 image"),
    ],
)
def test_unusual_data_sets_have_a_page(images: Sequence[ImageAnnotations], said: str, tmp_path: Path) -> None:
    page = page_of(tmp_path, images)
    assert said in words(page)
    assert "<script>alert" not in page
