"""IIM training folders: files as the published code expects them, and the heads that come back."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from converters.convert import ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.datasets.write import write_scenes
from converters.files.pictures.pictures import ImageMode
from converters.formats import iim
from converters.formats.coco import coco_write
from converters.formats.iim_write import WriteOptions, training_size
from converters.formats.options import StillOptions
from converters.formats.registry import detect_format
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.small_sets import assert_same_heads, image, write_pictures

SIDES = {"width": 1024, "height": 768}
BOXES = [[100, 200, 140, 260], [500.5, 300, 512.5, 316.25]]


def written(
    target: Path, images: Sequence[ImageAnnotations], root: Path | None = None, mode: ImageMode = "none", **options: Any
) -> Path:
    dataset = in_memory(images, root or Path("/nowhere"))
    write_scenes(dataset, "iim", target, WriteOptions(**options), mode)
    return target


def heads_of(path: Path) -> list[ImageAnnotations]:
    return list(read_dataset(path)[1])


def mask_of(path: Path, stem: str = "1") -> NDArray[np.bool_]:
    with Image.open(path / "masks" / f"{stem}.png") as picture:
        assert picture.mode == "1"
        return np.asarray(picture)


def rectangle(*corners: int) -> NDArray[np.bool_]:
    left, top, right, bottom = corners
    mask = np.zeros((768, 1024), dtype=np.bool_)
    mask[top:bottom, left:right] = True
    return mask


@given(width=st.integers(1, 6000), height=st.integers(1, 6000))
def test_sizes_are_what_networks_take(width: int, height: int) -> None:
    wide, high = training_size((width, height))
    assert wide >= 1024
    assert high >= 768
    assert wide % 16 == high % 16 == 0
    assert training_size((wide, high)) == (wide, high)
    # Sides are rounded apart: by at most half a step, and never below the least one.
    rate = max(1, 1024 / width, 768 / height)
    assert abs(wide - width * rate) <= 8
    assert abs(high - height * rate) <= 8


def test_files_are_named_and_listed_as_the_published_code_reads_them(tmp_path: Path) -> None:
    images = [
        image(f"{n}.jpg", BOXES[: n - 1], split=split, **SIDES)
        for n, split in enumerate(["train", "val", "test", "train"], 1)
    ]
    target = written(tmp_path / "out", images)
    assert sorted(file.relative_to(target).as_posix() for file in target.rglob("*.*")) == [
        *(f"jsons/{n}.json" for n in range(1, 5)),
        *(f"masks/{n}.png" for n in range(1, 5)),
        *(f"{name}.txt" for name in ("test", "test_gt_loc", "train", "val", "val_gt_loc")),
    ]
    texts = {file.stem: file.read_text() for file in target.glob("*.txt")}
    assert texts["train"] == "1\n4\n"
    assert texts["val_gt_loc"] == "2 1 120 230 20 36 3\n"
    # sigma_s = 12 / 2, sigma_l = sqrt(12^2 + 16.25^2) / 2 = 10.1; half pixels go up.
    assert texts["test_gt_loc"] == "3 2 120 230 20 36 3 507 308 6 10 2\n"
    assert json.loads((target / "jsons" / "3.json").read_text()) == {
        "img_id": "3.jpg",
        "human_num": 2,
        "points": [[120, 230], [506.5, 308.125]],
        "boxes": BOXES,
    }


def test_masks_are_rectangles_of_capped_half_sides(tmp_path: Path) -> None:
    written(tmp_path / "out", [image("1.jpg", BOXES[:1], **SIDES), image("2.jpg", **SIDES)])
    np.testing.assert_array_equal(mask_of(tmp_path / "out"), rectangle(100, 205, 140, 255))
    assert not mask_of(tmp_path / "out", "2").any()
    written(tmp_path / "small", [image("1.jpg", BOXES[:1], **SIDES)], cap=15)
    np.testing.assert_array_equal(mask_of(tmp_path / "small"), rectangle(105, 215, 135, 245))


def test_heads_without_boxes_are_squares_by_their_distance(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    target = written(tmp_path / "out", [image("1.jpg", points=[[100, 100], [120, 100]], split="val", **SIDES)])
    # d = 20: a half side of int(20 / 4 + 0.5) = 5, and the pixel in the middle.
    np.testing.assert_array_equal(mask_of(target), rectangle(95, 95, 106, 106) | rectangle(115, 95, 126, 106))
    assert json.loads((target / "jsons" / "1.json").read_text())["boxes"] == []
    assert (target / "val_gt_loc.txt").read_text() == "1 2 100 100 4 8 1 120 100 4 8 1\n"
    assert "masks of 2 heads are made from points" in caplog.text
    (back,) = heads_of(target)
    assert not back.has_box.any()


def test_boxes_that_are_known_are_kept_beside_points(tmp_path: Path) -> None:
    boxes = [BOXES[0], [np.nan] * 4]
    before = image("1.jpg", boxes, points=[[121, 229], [700, 500]], **SIDES)
    target = written(tmp_path / "out", [before])
    assert json.loads((target / "jsons" / "1.json").read_text())["boxes"] == [BOXES[0], None]
    assert_same_heads([before], heads_of(target))


def test_small_pictures_are_enlarged_with_their_heads(tmp_path: Path) -> None:
    before = image("street/a.png", [[10, 20, 30, 45]], width=640, height=240)
    root = write_pictures(tmp_path / "root", [before])
    target = written(tmp_path / "out", [before], root, "link")
    (after,) = heads_of(target)
    assert after.info.size == (2048, 768)
    assert (after.info.path, after.info.name) == ("images/0001.jpg", "a")
    np.testing.assert_allclose(after.boxes, np.array([[10, 20, 30, 45]]) * 3.2)
    with Image.open(target / "images" / "0001.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (2048, 768))
    written(tmp_path / "kept", [before], root, "copy", resize=False)
    assert_same_heads([before], heads_of(tmp_path / "kept"))


def test_pictures_that_fit_are_linked_or_copied(tmp_path: Path) -> None:
    before = image("7.jpg", BOXES, **SIDES)
    root = write_pictures(tmp_path / "root", [before])
    linked = written(tmp_path / "link", [before], root, "link") / "images" / "7.jpg"
    assert linked.samefile(root / "7.jpg")
    copied = written(tmp_path / "copy", [before], root, "copy") / "images" / "7.jpg"
    assert copied.read_bytes() == (root / "7.jpg").read_bytes()


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (["3110.jpg", "0007.jpg"], ["3110", "0007"]),
        (["a.jpg", "b.jpg"], ["0001", "0002"]),
        (["1.jpg", "01.jpg"], ["0001", "0002"]),
        (["a/1.jpg", "b/1.jpg"], ["0001", "0002"]),
        (["a/1.jpg", "b/2.png"], ["1", "2"]),
    ],
)
def test_stems_are_whole_numbers_and_names_come_back(names: list[str], stems: list[str], tmp_path: Path) -> None:
    before = [image(name, [[n, 2, 30, 40]], scene="", **SIDES) for n, name in enumerate(names)]
    target = written(tmp_path / "out", before)
    assert (target / "train.txt").read_text().split() == stems
    after = heads_of(target)
    found = {
        one.info.facts.get("original_path", one.info.path.removeprefix("images/")): one.boxes[0, 0] for one in after
    }
    assert found == {name: n for n, name in enumerate(names)}
    assert (target / "ghtools-names.json").exists() == ([f"{stem}.jpg" for stem in stems] != names)


def test_splits_of_other_names_come_back(tmp_path: Path) -> None:
    images = [image(f"{n}.jpg", BOXES, split=split, **SIDES) for n, split in enumerate(["fold1", "train", None])]
    target = written(tmp_path / "out", images)
    (target / "readme.txt").write_text("made by hand")
    assert [one.info.split for one in heads_of(target)] == ["fold1", "train", "train"]
    with pytest.raises(GtaHeadError, match="cannot be the name"):
        written(tmp_path / "x", [image("1.jpg", split="../x", **SIDES)])
    assert not (tmp_path / "x").exists()


def test_lists_decide_which_images_count(tmp_path: Path) -> None:
    target = written(tmp_path / "out", [image(f"{n}.jpg", BOXES, **SIDES) for n in range(1, 5)])
    (target / "train.txt").write_text("1 2 3\r\n2 0 1\r\n\r\n99 0 0\r\n")
    (target / "val.txt").write_text("2\n3\n")
    _, dataset = read_dataset(target)
    assert {one.info.name: one.info.split for one in dataset} == {"1": "train", "2": "train", "3": "val"}
    assert dataset.notes == (
        "1 listed images have no heads file and are left out",
        "1 images are listed twice: the first list counts",
        "1 images are in no list and are left out",
    )


def test_writing_over_a_set_leaves_none_of_its_lists(tmp_path: Path) -> None:
    target = written(tmp_path / "out", [image("a.jpg", BOXES, split="val", **SIDES), image("b.jpg", **SIDES)])
    written(target, [image("1.jpg", BOXES, **SIDES)])
    assert sorted(file.name for file in target.iterdir() if file.is_file()) == ["train.txt"]
    assert [one.info.name for one in heads_of(target)] == ["1"]


def test_masks_alone_give_components(tmp_path: Path) -> None:
    target = written(tmp_path / "out", [image("1.jpg", BOXES, **SIDES)])
    for file in (target / "jsons").iterdir():
        file.unlink()
    (target / "jsons").rmdir()
    _, dataset = read_dataset(target)
    (found,) = dataset
    assert found.boxes.tolist() == [[100, 205, 140, 255], [500, 300, 512, 316]]
    assert found.points.tolist() == [[120, 230], [506, 308]]
    assert dataset.notes == ("heads are the components of the masks: boxes are as painted, smaller than the heads",)


def test_heads_that_a_mask_cannot_hold_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    boxes = [BOXES[0], BOXES[0], [-50, 10, -20, 40]]
    target = written(tmp_path / "out", [image("1.jpg", boxes, **SIDES)])
    assert "of 3 heads, 1 touch another and are lost in its region, 1 lie on or beyond the border" in caplog.text
    assert len(heads_of(target)[0]) == 3


def test_ignored_heads_are_left_out(tmp_path: Path) -> None:
    (found,) = heads_of(written(tmp_path / "out", [image("1.jpg", BOXES, ignore=[True, False], **SIDES)]))
    assert found.boxes.tolist() == BOXES[1:]


def test_boxes_of_anchors_can_be_written_and_columns_are_not_lost_silently(tmp_path: Path) -> None:
    coco = tmp_path / "coco"
    write_scenes(
        in_memory([image("1.jpg", BOXES, ids=[1, 2], **SIDES)], tmp_path),
        "coco",
        coco,
        coco_write.WriteOptions(),
        "none",
    )
    with pytest.raises(GtaHeadError, match=r"iim cannot hold ids \(2\)"):
        convert(coco, ConvertOptions(to="iim", out=tmp_path / "out", images="none"))
    report = convert(coco, ConvertOptions(to="iim", out=tmp_path / "out", images="none", allow_lossy=True))
    assert (report.heads, report.dropped["ids"]) == (2, 2)


def replace_text(old: str, new: str) -> Callable[[Path], int]:
    return lambda path: path.write_text(path.read_text().replace(old, new))


BROKEN: list[tuple[str, Callable[[Path], Any], str]] = [
    ("jsons/1.json", replace_text('"human_num":2', '"human_num":3'), "human_num: says 3 heads, but 2 points are there"),
    ("jsons/1.json", replace_text('"human_num"', '"number"'), "has no 'human_num'"),
    ("jsons/1.json", replace_text("[500.5,", "["), r"boxes\[1\]: found .*, expected a list of 4 values"),
    ("jsons/1.json", replace_text(",[500.5,300.0,512.5,316.25]", ""), "1 boxes for 2 points found"),
    ("jsons/1.json", replace_text("120.0", '"x"'), r"points\[0\]\[0\]: found the text 'x', expected a number"),
    ("jsons/1.json", lambda path: path.write_bytes(path.read_bytes()[:50]), "no valid JSON"),
    ("train.txt", lambda path: path.write_bytes(b"\xff\xfe1"), "no UTF-8 text"),
    ("ghtools-names.json", lambda path: path.write_text('{"1": "../../x.jpg"}'), "leaves the folder"),
]


def test_a_damaged_picture_has_the_size_of_its_mask(tmp_path: Path) -> None:
    before = image("1.jpg", BOXES, **SIDES)
    target = written(tmp_path / "out", [before], write_pictures(tmp_path, [before]), "copy")
    (target / "images" / "1.jpg").write_bytes(b"no picture")
    assert next(iter(heads_of(target))).info.size == before.info.size


@pytest.mark.parametrize(("name", "damage", "message"), BROKEN)
def test_a_broken_file_is_named(name: str, damage: Callable[[Path], Any], message: str, tmp_path: Path) -> None:
    before = image("1.jpg", BOXES, **SIDES)
    target = written(tmp_path / "out", [before], write_pictures(tmp_path, [before]), "copy")
    damage(target / name)
    assert detect_format(target) == "iim"
    with pytest.raises(DataFormatError, match=message) as error:
        heads_of(target)
    assert error.value.path == target / name


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:60]), "not a readable picture"),
        (lambda path: Image.new("1", (10, 12)).save(path), r"10 x 12 pixels, but images/1\.jpg has 1024 x 768"),
    ],
)
def test_a_broken_mask_is_named(damage: Callable[[Path], Any], message: str, tmp_path: Path) -> None:
    before = image("1.jpg", BOXES, **SIDES)
    target = written(tmp_path / "out", [before], write_pictures(tmp_path, [before]), "copy")
    (target / "jsons").rename(tmp_path / "jsons")
    damage(target / "masks" / "1.png")
    with pytest.raises(DataFormatError, match=message):
        heads_of(target)


def test_a_head_at_the_end_of_the_world_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match=r"head 2 of 1\.jpg.*1e\+308.* is in no picture"):
        written(tmp_path / "out", [image("1.jpg", points=[[5, 5], [1e308, 5]], **SIDES)])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("listed", ["0001.jpg", "images/0001.jpg", "1 0 2", "0001,0,2", "0001.json", "C:\\set\\1.png"])
def test_lists_may_name_pictures(listed: str, tmp_path: Path) -> None:
    before = image("0001.jpg", BOXES, **SIDES)
    target = written(tmp_path / "out", [before], write_pictures(tmp_path, [before]))
    (target / "train.txt").unlink()
    (target / "val.txt").write_text(listed + "\n")
    dataset = iim.read(target, StillOptions())
    assert [(one.info.name, one.info.split, len(one)) for one in dataset] == [("0001", "val", len(BOXES))]
    assert dataset.notes == ()


def test_lists_without_a_common_name_are_refused(tmp_path: Path) -> None:
    target = written(tmp_path / "out", [image("1.jpg", BOXES, **SIDES)])
    (target / "train.txt").write_text("9001\n")
    with pytest.raises(
        DatasetLayoutError, match="none of its images has a file of heads: '9001' is listed, and '1' is"
    ):
        iim.read(target, StillOptions())


def test_null_is_no_number_of_heads_and_no_boxes(tmp_path: Path) -> None:
    target = written(tmp_path / "out", [image("1.jpg", BOXES, **SIDES)])
    (target / "jsons" / "1.json").write_text('{"human_num": null, "points": [["1", 2.0]], "boxes": null}')
    (heads,) = heads_of(target)
    assert (heads.points.tolist(), bool(heads.has_box.any())) == ([[1, 2]], False)


def test_what_is_no_training_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    with pytest.raises(DatasetLayoutError, match=r"expected jsons/NUMBER\.json or masks/NUMBER\.png"):
        iim.read(tmp_path, StillOptions())
    with pytest.raises(ConfigError, match="cap=1"):
        WriteOptions(cap=1)
    with pytest.raises(DatasetLayoutError, match="picture is missing"):
        written(tmp_path / "out", [image("1.png", BOXES, **SIDES)], tmp_path, "copy")
    assert not (tmp_path / "out").exists()


@pytest.mark.samples
def test_mall_becomes_a_training_set(samples: Path, tmp_path: Path) -> None:
    frames = list(islice(read_dataset(samples / "mall")[1], 795, 805))
    target = written(tmp_path / "out", frames)
    after = heads_of(target)
    assert [len(one) for one in after] == [len(frame) for frame in frames]
    np.testing.assert_allclose(after[0].points / 1.6, frames[0].points, atol=1e-6)
    _, scored = read_dataset(target / "test_gt_loc.txt")
    for true, listed in zip(after[5:], scored, strict=True):
        np.testing.assert_allclose(listed.points, true.points, atol=0.5)
