"""The page of findings: its pictures, its size, and what harms nothing."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converters.datasets.orientation import with_orientation
from converters.findings import MOST, ValidationReport
from converters.findings_page import write_page
from converters.thumbnails import draw_worst
from converters.validate import ValidateOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.finding import Finding
from gta_head_tools.checks.known_checks import all_checks
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.report.findings import Thumbnail

SIZE = (640, 480)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Four images: one red, one green, one damaged, one without a picture."""
    infos = [ImageInfo(f"{name}.jpg", *SIZE, scene=name) for name in ("red", "green", "broken", "missing")]
    for name in ("red", "green"):
        Image.new("RGB", SIZE, name).save(tmp_path / f"{name}.jpg")
    (tmp_path / "broken.jpg").write_bytes((tmp_path / "red.jpg").read_bytes()[:-40])
    return in_memory([ImageAnnotations(info, np.empty((0, 2))) for info in infos], tmp_path)


def finding(file: str, weight: float = 0.0) -> Finding:
    return Finding(file, "head 1", "300, 200, 320, 220", "is wrong", (300, 200, 320, 220), weight)


def drawn(dataset: Dataset, *found: Finding) -> list[Thumbnail]:
    return draw_worst(dataset, {"absurd-box": found}, jobs=1)["absurd-box"]


def pixels(thumbnail: Thumbnail) -> np.ndarray:
    assert thumbnail.jpeg is not None
    return np.asarray(Image.open(io.BytesIO(thumbnail.jpeg)))


def test_the_worst_are_of_different_pictures_that_are_there(dataset: Dataset) -> None:
    found = [finding(name, weight) for weight, name in enumerate(["missing.jpg", "red.jpg", *["green.jpg"] * 9])]
    shown = [one.finding.file for one in drawn(dataset, *reversed(found))]
    assert shown == ["green.jpg"] * 5 + ["red.jpg"]


def test_a_place_is_enlarged_and_a_whole_picture_is_made_small(dataset: Dataset) -> None:
    placed, whole = drawn(dataset, finding("red.jpg"), Finding("green.jpg", "", "", "is wrong"))
    assert pixels(placed).shape == pixels(whole).shape == (270, 360, 3)
    assert pixels(placed)[5, 5].tolist() == pytest.approx([254, 0, 0], abs=3)
    assert pixels(whole)[100, 100].tolist() == pytest.approx([0, 128, 0], abs=3)


def test_what_cannot_be_shown_says_why(dataset: Dataset) -> None:
    broken, missing, other = drawn(
        dataset, finding("broken.jpg"), finding("missing.jpg"), Finding("labels.json", "", "", "is cut short")
    )
    assert (broken.jpeg, missing.jpeg, other.jpeg) == (None, None, None)
    assert broken.problem == "not a readable picture (it is cut short); replace it or leave it out"
    assert not missing.problem
    assert not other.problem


def test_a_picture_that_is_no_image_of_the_data_set_is_shown(dataset: Dataset, tmp_path: Path) -> None:
    Image.new("RGB", SIZE, "blue").save(tmp_path / "more.png")
    (shown,) = drawn(dataset, Finding("more.png", "", "", "has no labels"))
    assert pixels(shown)[100, 100].tolist() == pytest.approx([0, 0, 255], abs=3)


@pytest.mark.parametrize(("size", "shown"), [((200, 400), (135, 270)), ((400, 200), (360, 180))])
def test_a_picture_is_shown_in_the_view_of_its_labels(
    tmp_path: Path, size: tuple[int, int], shown: tuple[int, int]
) -> None:
    tag = Image.Exif()
    tag[0x0112] = 6
    Image.new("RGB", (400, 200)).save(tmp_path / "a.jpg", exif=tag)
    heads = ImageAnnotations(ImageInfo("a.jpg", *size, scene="a"), np.empty((0, 2)))
    dataset = with_orientation(in_memory([heads], tmp_path))
    assert pixels(drawn(dataset, Finding("a.jpg", "", "", "is wrong"))[0]).shape[1::-1] == shown


def report(dataset: Dataset, found: Mapping[str, Sequence[Finding]], counted: int = 0) -> ValidationReport:
    counts = {name: counted or len(each) for name, each in found.items()}
    return ValidationReport("coco", dataset, 4, 5, counts, {name: tuple(each) for name, each in found.items()})


def test_a_page_of_very_many_findings_stays_under_two_megabytes(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    infos = [ImageInfo(f"{'long ' * 30}é{number}.jpg", *SIZE, scene="s") for number in range(20)]
    for info in infos:
        coarse = Image.fromarray(random.integers(0, 256, (48, 64, 3), dtype=np.uint8))
        coarse.resize(SIZE).save(tmp_path / info.path)
    dataset = in_memory(
        [ImageAnnotations(info, np.empty((0, 2))) for info in infos], tmp_path, notes=("note " * 999,) * 99
    )
    listed = [replace(finding(infos[n % 20].path, n % 7), message=f"is wrong {n} " * 10) for n in range(MOST)]
    page = tmp_path / "page.html"
    write_page(
        report(dataset, dict.fromkeys(all_checks(), listed), 50_000), page, ValidateOptions(), source=tmp_path, jobs=1
    )
    content = page.read_text("utf-8")
    assert 500_000 < page.stat().st_size < 2_000_000
    assert len(re.findall("<h3>", content)) == len(all_checks())
    assert "of 50,000 are listed" in content
    first = re.search('base64,([^"]+)', content)
    assert first is not None
    assert Image.open(io.BytesIO(base64.b64decode(first[1]))).size == (360, 270)


def test_a_page_of_a_clean_set_says_what_was_checked(dataset: Dataset, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(report(dataset, {}), page, ValidateOptions(only=["absurd-box"]), source=tmp_path / "crowd", jobs=1)
    content = page.read_text("utf-8")
    assert "1 check found nothing: absurd-box." in content
    assert "<h1>Checks of crowd</h1>" in content
    assert "A data set in the format coco, looked at by 1 check." in content
    assert "<script" not in content


def test_a_page_shows_the_numbers_of_the_data_set(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    points = random.uniform(20, 400, (80, 2))
    sides = np.tile(points[:, 1:] / 20, (1, 2))
    heads = ImageAnnotations(ImageInfo("a.jpg", *SIZE, scene="a"), points, boxes=np.hstack([points, points + sides]))
    page = tmp_path / "page.html"
    write_page(report(in_memory([heads], tmp_path), {}), page, ValidateOptions(), source=tmp_path, jobs=1)
    content = page.read_text("utf-8")
    assert "Most heads: 80 in a.jpg." in content
    assert "a: 80 boxes in 1 image; half of the boxes are within" in content
    assert "a: 80 heads in 1 image" in content
