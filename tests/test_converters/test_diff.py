"""What changed between two data sets; nothing after a conversion that loses nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from conversion_table import WRITE_WITH, make_source
from converters.convert import ConvertOptions, convert
from converters.datasets.write import find_writer, write_scenes
from converters.diff import DiffReport, diff, write_diff_table
from converters.diff_overlays import render_differences
from converters.formats.registry import FORMATS
from converters.pairing import pair_images, read_alike
from converters.picture_writer import DrawOptions
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, Scene, in_memory
from gta_head_tools.errors import ConfigError, DatasetLayoutError, UnknownNameError
from gta_head_tools.overlays.diff_overlay import ADDED, REMOVED
from gta_head_tools.pictures import read_picture
from test_converters.small_sets import image, write_pictures
from test_converters.test_formats.test_contract import READ_WITH, WITH_HEADS

INTO = [name for name in WITH_HEADS if name not in {"density", "iim"}]
"""Formats that hold heads; maps and masks hold them only in part."""


def compared(
    before: Iterable[ImageAnnotations], after: Iterable[ImageAnnotations], missing: str = "error"
) -> DiffReport:
    sides = [in_memory(side, Path(name)) for side, name in ((before, "a"), (after, "b"))]
    empty = missing == "empty"
    return diff(pair_images(sides[1], sides[0], missing="empty" if empty else "error", alike=True), jobs=1)


def changed(report: DiffReport) -> dict[str, int]:
    keys = report.keys
    return {kind: count for kind, count in {**keys["heads"], **keys["images"]}.items() if count}


def convert_to(source: Path, name: str, to: str, out: Path) -> Path:
    options = ConvertOptions(
        to=to,
        out=out,
        from_format=name,
        read_options=READ_WITH.get(name, ()),
        write_options=WRITE_WITH.get(to, ()),
        images="copy",
    )
    convert(source, options, jobs=1)
    return out


@pytest.mark.parametrize("name", INTO)
def test_a_copy_in_the_same_format_does_not_differ(name: str, tmp_path: Path) -> None:
    source = make_source(name, tmp_path / "source")
    copy = convert_to(source, name, name, tmp_path / "copy")
    report = diff(read_alike(source, copy), jobs=1)
    assert not report.changed
    assert report.sides[0]["heads"] == report.sides[1]["heads"] > 0


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One set with boxes and one of points, as COCO: what each format holds, and no more."""
    folder = tmp_path_factory.mktemp("small")
    boxed = [
        image("street/a.png", [[1.5, 2, 4.5, 6.25], [1, 8, 2.125, 11]]),
        image("street/b.png"),
        image("square/c.png", [[10.333, 3.5, 14, 8]]),
    ]
    write_pictures(folder / "pictures", boxed)
    bare = [image(each.info.path, points=each.points, scene=each.info.scene) for each in boxed]
    return {
        kind: _written(in_memory(images, folder / "pictures"), folder / kind)
        for kind, images in (("boxes", boxed), ("points", bare))
    }


def _written(dataset: Dataset, out: Path) -> Path:
    write_scenes(dataset, "coco", out, find_writer("coco").options(), "link", jobs=1)
    return out


@pytest.mark.parametrize("name", INTO)
def test_a_conversion_that_loses_nothing_makes_no_difference(name: str, small: dict[str, Path], tmp_path: Path) -> None:
    source = small["boxes" if "boxes" in FORMATS[name].holds else "points"]
    there = convert_to(source, "coco", name, tmp_path / "there")
    report = diff(read_alike(source, there), jobs=1)
    assert changed(report) == {}, name
    back = convert_to(there, name, "coco", tmp_path / "back")
    assert not diff(read_alike(back, source), jobs=1).changed
    assert report.sides[0]["heads"] == 3


def test_every_kind_is_counted() -> None:
    before = [
        image("s/1.png", [[0, 0, 4, 4], [8, 8, 12, 12]], ids=[1, 2]),
        image("s/2.png", [[0, 0, 4, 4]], split="train"),
        image("s/3.png", [[0, 0, 4, 4]]),
        image("s/4.png"),
    ]
    after = [
        image("s/3.png", [[0, 0, 4, 4]], width=99),
        image("s/4.png"),
        image("s/2.png", [[0, 0, 4, 4]], split="val", ignore=[True]),
        image("s/1.png", [[8, 8, 12, 12], [1, 0, 5, 4], [2, 9, 5, 11]], ids=[5, 1, 7]),
    ]
    report = compared(before, after)
    expected = {"added": 1, "moved": 1, "ids": 1, "ignore": 1, "changed": 3, "split": 1, "size": 1}
    assert changed(report) == expected
    assert report.largest_move == 1.0
    assert [each.path for each in report.changed] == ["s/1.png", "s/2.png", "s/3.png"]
    turned = changed(compared(after, before))
    assert turned == {"removed" if kind == "added" else kind: count for kind, count in expected.items()}


def test_the_second_side_may_be_any_order_and_any_jobs() -> None:
    images = [image(f"{scene}/{k}.png", [[k, 1, k + 3, 5]]) for scene in "abc" for k in range(30)]
    sides = in_memory(images, Path("a")), in_memory(images[::-1], Path("b"))
    reports = [diff(pair_images(sides[1], sides[0], alike=True), jobs=jobs) for jobs in (1, 2)]
    assert [changed(report) for report in reports] == [{}, {}]
    assert reports[0].images == reports[1].images


def test_images_of_one_side_are_an_error_or_empty() -> None:
    one, two = image("s/1.png", [[0, 0, 4, 4]]), image("s/2.png", [[0, 0, 4, 4], [1, 1, 3, 3]])
    empty = image("s/3.png")
    with pytest.raises(DatasetLayoutError, match=r"b: has no image 's/2.png' of a \(1 of 2 are missing\)"):
        compared([one, two], [one])
    assert changed(compared([one, two], [one], "empty")) == {"removed": 2, "only_a": 1, "changed": 1}
    assert changed(compared([one], [one, two], "empty")) == {"added": 2, "only_b": 1, "changed": 1}
    assert changed(compared([one], [one, empty], "empty")) == {"only_b": 1, "changed": 1}


@pytest.mark.parametrize("lists", [0, 1])
def test_a_side_that_lists_heads_alone_has_images_without_heads(lists: int) -> None:
    one, empty = image("s/1.png", [[0, 0, 4, 4]]), image("s/2.png")
    whole, listing = in_memory([one, empty], Path("a")), in_memory([one], Path("b"))
    scene = Scene("s", listing.scenes[0].images, heads_only=True)
    sides = [whole, Dataset(Path("b"), (scene,), listing.load, Path("b"))]
    after, before = sides[:: 1 if lists else -1]
    report = diff(pair_images(after, before, alike=True), jobs=1)
    assert changed(report) == {}
    assert len(report.images) == 2


def test_the_table_has_a_line_for_each_image(tmp_path: Path) -> None:
    before = [image("s/1.png", [[0, 0, 4, 4]], split="train"), image("s/2.png")]
    report = compared(before, [image("s/1.png", [[3, 0, 7, 4]], split="val"), image("t/9.png")], "empty")
    write_diff_table(report, tmp_path / "table.csv")
    rows = list(csv.DictReader((tmp_path / "table.csv").read_text().splitlines()))
    assert [(row["image"], row["only_in"], row["different"]) for row in rows] == [
        ("s/1.png", "", "1"),
        ("s/2.png", "a", "1"),
        ("t/9.png", "b", "1"),
    ]
    assert (rows[0]["moved"], rows[0]["largest_move"]) == ("1", "3")
    assert (rows[0]["split_a"], rows[0]["split_b"], rows[0]["size_a"]) == ("train", "val", "16x12")


def test_flags_of_both_sides_are_read_and_options_go_to_their_side(small: dict[str, Path], tmp_path: Path) -> None:
    table = "image,x1,y1,x2,y2,ignore\nstreet/a.png,1,1,5,5,{}\n"
    for name, flag in (("a", 0), ("b", 1)):
        (tmp_path / f"{name}.csv").write_text(table.format(flag))
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    assert changed(diff(read_alike(a, b), jobs=1)) == {"ignore": 1, "changed": 1}
    assert changed(diff(read_alike(b, a, options=["scenes=one,image"]), jobs=1)) == {"ignore": 1, "changed": 1}
    with pytest.raises(UnknownNameError, match="'nothing'"):
        read_alike(a, b, options=["nothing=1"])
    with pytest.raises(UnknownNameError, match="category 'face'"):
        read_alike(small["boxes"], small["points"], options=["category=face"])


def test_images_that_differ_are_drawn(tmp_path: Path) -> None:
    before = [image(f"s/{k}.png", [[20, 20, 30, 30], [60, 60, 70, 70]], width=120, height=100) for k in range(2)]
    after = [before[0], image("s/1.png", [[22, 20, 32, 30], [90, 20, 98, 28]], width=120, height=100)]
    root = write_pictures(tmp_path / "pictures", before)
    report = diff(pair_images(in_memory(after, root), in_memory(before, root), alike=True), jobs=1)
    assert render_differences(report, tmp_path / "out", DrawOptions(jobs=1)) == (1, ())
    assert [path.name for path in (tmp_path / "out").rglob("*.jpg")] == ["1.jpg"]
    picture = read_picture(tmp_path / "out/s/1.jpg").astype(int)
    for colour, area in ((ADDED, picture[15:33, 85:103]), (REMOVED, picture[55:75, 55:75])):
        assert np.abs(area - colour).sum(axis=-1).min() < 90
    same = diff(pair_images(in_memory(before, root), in_memory(before, root), alike=True), jobs=1)
    assert render_differences(same, tmp_path / "none") == (0, ())
    assert not (tmp_path / "none").exists()


def test_a_limit_draws_the_images_that_differ_most(tmp_path: Path) -> None:
    before = [image(f"s/{k}.png", [[20, 20, 30, 30], [60, 60, 70, 70]], width=120, height=100) for k in range(5)]
    shifts = [[0, 0], [1, 1], [2, 0], [3, 3], [1, 0]]
    after = [
        image(old.info.path, old.boxes + np.array(shift)[:, None] * [1, 0, 1, 0], width=120, height=100)
        for old, shift in zip(before, shifts, strict=True)
    ]
    root = write_pictures(tmp_path / "pictures", before)
    report = diff(pair_images(in_memory(after, root), in_memory(before, root), alike=True), jobs=1)

    def drawn(limit: int, out: str, *, skip_missing: bool = False) -> list[str]:
        options = DrawOptions(limit=limit, skip_missing=skip_missing, jobs=1)
        count, unused = render_differences(report, tmp_path / out, options)
        names = sorted(path.name for path in (tmp_path / out).rglob("*.jpg"))
        assert (count, unused) == (len(names), ())
        return names

    assert drawn(1, "one") == ["3.jpg"]
    assert drawn(3, "three") == ["1.jpg", "2.jpg", "3.jpg"]
    assert drawn(9, "all") == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]
    (root / "s/3.png").unlink()
    with pytest.raises(DatasetLayoutError, match="--skip-missing"):
        drawn(1, "lacking")
    assert drawn(1, "others", skip_missing=True) == ["1.jpg"]
    with pytest.raises(ConfigError, match="--limit 0: at least 1"):
        drawn(0, "none")
