"""What is written comes back, over all formats: drawn data sets, awkward names, equal names, many files."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from converters.convert import ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.datasets.write import find_writer, write_scenes
from converters.formats.registry import FORMATS
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DatasetLayoutError, GtaHeadError
from test_converters.small_sets import crowds, image, write_pictures
from test_converters.test_formats.test_contract import WITH_HEADS, WRITTEN

NOT_AS_DRAWN = {"iim"}
"""Formats that change what is written on purpose: IIM's pictures are enlarged, its files leave ignored heads out."""
ERROR = {"dm_count": 2.5e-4, "yolo": 1e-5}
"""Largest error of a coordinate, pixels, of formats that do not keep six decimals."""
AWKWARD = ["a b/c d.jpg", "x.y/z.w.png", "été/ü 1.jpeg", "deep/er/0001.jpg"]
NO_BLANKS = {"nwpu_text", "p2pnet", "nwpu_submission"}
"""Formats whose files end a name at a blank."""


def held(name: str, one: ImageAnnotations) -> ImageAnnotations:
    """The columns of an image that a format holds."""
    holds = FORMATS[name].holds
    if name in {"jhu", "vscrowd"}:  # A width and height of 0 mean there that no box is known.
        flat = np.all(one.boxes[:, :2] == one.boxes[:, 2:], axis=1)
        one = one.replace(boxes=np.where(flat[:, None], np.nan, one.boxes))
    return ImageAnnotations(
        one.info,
        one.points,
        boxes=one.boxes if "boxes" in holds else None,
        ids=one.ids if "ids" in holds else None,
        ignore=one.ignore if "ignore" in holds else None,
    )


def by_place(images: Sequence[ImageAnnotations]) -> list[list[list[float]]]:
    """Heads of each image as rows x y x0 y0 x1 y1 of whole numbers, in the order of their first coordinates."""
    rows = [np.nan_to_num(np.hstack([one.points, one.boxes]), nan=-1).round(2).tolist() for one in images]
    return sorted(rows)


@pytest.mark.parametrize("name", sorted(set(WITH_HEADS) - NOT_AS_DRAWN))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crowd=crowds())
def test_drawn_sets_come_back(name: str, crowd: Dataset) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, out = Path(folder) / "in", Path(folder) / "out"
        crowd = inside_its_pictures(crowd) if name == "yolo" else crowd
        before = in_memory([held(name, one) for one in crowd], write_pictures(root, crowd))
        write_scenes(before, name, out, find_writer(name).options(), "link", jobs=1)
        found = {one.info.name: one for one in read_dataset(out, format_name=name)[1]}
        assert len(found) == before.image_count
        for one in before:
            other = found[one.info.name]
            np.testing.assert_allclose(other.points, one.points, rtol=0, atol=ERROR.get(name, 1.01e-6))
            np.testing.assert_allclose(other.boxes, one.boxes, rtol=0, atol=ERROR.get(name, 1.01e-6))
            np.testing.assert_array_equal(other.ids, one.ids)
            np.testing.assert_array_equal(other.ignore, one.ignore)


def inside_its_pictures(crowd: Dataset) -> Dataset:
    """The heads scaled into pictures of 1024 pixels: YOLO holds no more."""
    return in_memory(
        [
            one.replace(
                info=replace(one.info, width=1024, height=1024),
                points=np.clip(one.points / 8, 10, 900),
                boxes=np.hstack([np.clip(one.points / 8, 10, 900) - 5, np.clip(one.points / 8, 10, 900) + 5]),
            )
            for one in crowd
        ],
        crowd.root,
    )


@pytest.mark.parametrize("name", WITH_HEADS)
def test_awkward_names_come_back(name: str, tmp_path: Path) -> None:
    images = [held(name, image(path, [[1, 2, 5, 8]], width=1024, height=768)) for path in AWKWARD]
    source = in_memory(images, write_pictures(tmp_path / "in", images))
    if name in NO_BLANKS:  # The message names the one that is in the way.
        with pytest.raises(DatasetLayoutError, match="blank"):
            write_scenes(source, name, tmp_path / "out", find_writer(name).options(), "link", jobs=1)
        return
    write_scenes(source, name, tmp_path / "out", find_writer(name).options(), "link", jobs=1)
    dataset = read_dataset(tmp_path / "out", format_name=name)[1]
    assert {one.info.name for one in dataset} == {one.info.name for one in images}
    assert all((dataset.root / one.info.path).is_file() and len(one) == 1 for one in dataset)


@pytest.mark.parametrize("name", WITH_HEADS)
def test_pictures_of_one_name_keep_their_own_heads(name: str, tmp_path: Path) -> None:
    boxes = [[[1, 2, 5, 8]], [[11, 2, 15, 8], [20, 20, 30, 30]], []]
    paths = ["one/a.jpg", "two/a.jpg", "two/b.jpg"]
    images = [held(name, image(path, box, width=1024, height=768)) for path, box in zip(paths, boxes, strict=True)]
    source = in_memory(images, write_pictures(tmp_path / "in", images))
    write_scenes(source, name, tmp_path / "out", find_writer(name).options(), "link", jobs=1)
    after = list(read_dataset(tmp_path / "out", format_name=name)[1])
    assert by_place(after) == by_place(images)


@pytest.mark.parametrize(
    "odd", ["anchors1.jpg", "ghtools-a.jpg", ".hidden.jpg", "a.jpg.jpg", "boxes.jpg", "labels.jpg"]
)
@pytest.mark.parametrize("name", WITH_HEADS)
def test_names_with_a_meaning_come_back_or_are_refused(name: str, odd: str, tmp_path: Path) -> None:
    images = [held(name, image(path, [[1, 2, 5, 8]], width=1024, height=768)) for path in ("plain.jpg", odd)]
    images = [one.replace(info=replace(one.info, scene="s")) for one in images]
    source = in_memory(images, write_pictures(tmp_path / "in", images))
    try:
        write_scenes(source, name, tmp_path / "out", find_writer(name).options(), "link", jobs=1)
    except GtaHeadError as error:
        assert odd.removesuffix(".jpg") in str(error)
        return
    after = list(read_dataset(tmp_path / "out", format_name=name)[1])
    assert {one.info.name: len(one) for one in after} == {one.info.name: 1 for one in images}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_name_never_leaves_the_target(name: str, tmp_path: Path) -> None:
    escape = in_memory([image("../../x.jpg", [[1, 2, 5, 8]], width=1024, height=768, scene="s")], tmp_path / "in/er")
    with pytest.raises(GtaHeadError, match=r"\.\./x\.jpg|leaves"):
        write_scenes(escape, name, tmp_path / "in/er/out", find_writer(name).options(), "none", jobs=1)
    assert not list(tmp_path.rglob("x*"))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(WITH_HEADS) - NOT_AS_DRAWN))
def test_twenty_thousand_pictures_are_read_in_seconds(name: str, tmp_path: Path) -> None:
    images = [held(name, image(f"{n % 20}/{n:05}.png", [[1, 2, 5, 8]])) for n in range(20_000)]
    write_pictures(tmp_path / "in", images[:1])
    source = in_memory(images, tmp_path / "in")
    write_scenes(source, name, tmp_path / "out", find_writer(name).options(), "none", jobs=1)
    began = time.process_time()
    if name != "yolo":  # It takes sizes from pictures, which are not there.
        assert sum(map(len, read_dataset(tmp_path / "out", format_name=name)[1])) == len(images)
    assert time.process_time() - began < 30


@pytest.mark.parametrize("name", WITH_HEADS)
def test_only_whole_targets_are_left_by_an_error(name: str, tmp_path: Path) -> None:
    images = [held(name, image(f"s/{n}.jpg", [[1, 2, 5, 8]], width=1024, height=768)) for n in range(2)]
    root = write_pictures(tmp_path / "in", images)
    write_scenes(in_memory(images, root), "csv", root, find_writer("csv").options(), "none", jobs=1)
    (root / "s/1.jpg").unlink()
    with pytest.raises(DatasetLayoutError, match="picture"):
        convert(root, ConvertOptions(to=name, out=tmp_path / "out", allow_lossy=True), jobs=1)
    assert not (tmp_path / "out").exists()
