"""Splits of a data set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError, DatasetLayoutError, UnusedPicturesError
from test_converters.two_pictures import shows_stored, two_pictures
from test_training.tiny import TinyConfig, write_data
from test_wild.painted import HEAD, SIZE, coco, red_box, store
from training.samples.data import Splits, read_splits
from training.samples.splits import split_images

CONFIG = TinyConfig()


def images(scenes: int, each: int = 3, splits: tuple[str | None, ...] = (None,)) -> list[ImageAnnotations]:
    infos = [
        ImageInfo(f"s{number}/{frame}.jpg", scene=f"s{number}", split=splits[number % len(splits)])
        for number in range(scenes)
        for frame in range(each)
    ]
    return [ImageAnnotations(info, [(1.0, 2.0)]) for info in infos]


def scenes_of(part: tuple[ImageAnnotations, ...]) -> set[str]:
    return {image.info.scene for image in part}


@given(scenes=st.integers(3, 60), val=st.floats(0.01, 0.6), test=st.floats(0.01, 0.6))
def test_scenes_are_held_out_whole(scenes: int, val: float, test: float) -> None:
    splits, made_by = split_images(images(scenes), replace(CONFIG, val_share=val, test_share=test), Path("d"))
    names = [scenes_of(splits[name]) for name in ("train", "val", "test")]
    assert all(names)
    assert sum(map(len, names)) == len(set.union(*names)) == scenes
    assert made_by == {"train": "rest", "val": "scene", "test": "scene"}


def test_the_share_held_out_is_the_one_asked_for() -> None:
    splits, _ = split_images(images(40), replace(CONFIG, val_share=0.25, test_share=0.1), Path("d"))
    assert [len(scenes_of(splits[name])) for name in ("train", "val", "test")] == [26, 10, 4]


def test_what_is_held_out_depends_on_no_seed_and_no_order() -> None:
    wanted, _ = split_images(images(10), CONFIG, Path("d"))
    found, _ = split_images(images(10)[::-1], replace(CONFIG, seed=5), Path("d"))
    assert [scenes_of(wanted[name]) for name in wanted] == [scenes_of(found[name]) for name in wanted]


def test_own_splits_are_kept_and_what_lacks_comes_from_training() -> None:
    splits, made_by = split_images(images(8, splits=("train", "test")), CONFIG, Path("d"))
    assert scenes_of(splits["test"]) == {"s1", "s3", "s5", "s7"}
    assert len(scenes_of(splits["val"])) == 1
    assert made_by == {"train": "own", "val": "scene", "test": "own"}


def test_pictures_of_other_splits_are_left_out_aloud(caplog: pytest.LogCaptureFixture) -> None:
    split_images(images(9, splits=("train", "test", "extra")), CONFIG, Path("d"))
    assert caplog.messages == ["d: 9 pictures are left out: their split is extra, not train, val or test"]


def test_single_pictures_are_held_out_when_asked() -> None:
    splits, _ = split_images(images(1, each=20), replace(CONFIG, holdout="image"), Path("d"))
    assert [len(splits[name]) for name in ("train", "val", "test")] == [14, 3, 3]


def test_nothing_is_held_out_when_told_so() -> None:
    splits, made_by = split_images(images(1), replace(CONFIG, val_share=0, test_share=0), Path("d"))
    assert [len(splits[name]) for name in ("train", "val", "test")] == [3, 0, 0]
    assert made_by["test"] == "none"


@pytest.mark.parametrize(
    ("splits", "scenes", "message"),
    [
        ((None,), 2, r"d: 2 scenes .* --set holdout=image, or do without: --set val_share=0 --set test_share=0"),
        (("train", "test"), 2, r"d: 1 scene without .* do without: --set val_share=0$"),
        (("test", "val"), 4, r"d: has no split 'train' \(found: test, val\)"),
        ((None,), 0, r"d: has no rows: no picture is listed; give each picture a row"),
    ],
)
def test_what_cannot_be_split(splits: tuple[str | None, ...], scenes: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        split_images(images(scenes, splits=splits), CONFIG, Path("d"))


def change(labels: Path, **heads: Any) -> Path:
    """The same labels with the heads of picture 0 changed."""
    found = json.loads(labels.read_text())
    for head in found["annotations"]:
        if head["image_id"] == 0:
            head.update(heads)
    labels.write_text(json.dumps(found))
    return labels


def test_missing_pictures_are_told_before_training(tmp_path: Path) -> None:
    labels = write_data(tmp_path)
    (tmp_path / "scene0" / "001.png").unlink()
    (tmp_path / "scene3" / "013.png").unlink()
    with pytest.raises(DatasetLayoutError, match=r"'scene0/001.png' is missing \(2 of 20 are\)"):
        read_splits(labels, CONFIG)


@pytest.mark.parametrize("damage", ["cut short", "empty", "another size"])
def test_damaged_pictures_are_left_out_before_training(
    damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    labels = write_data(tmp_path)
    before = read_splits(labels, CONFIG)
    first, last = before.train[0].info, before.val[-1].info
    for info in (first, last):
        file = tmp_path / info.path
        if damage == "another size":
            Image.new("RGB", (9, 7)).save(file)
        else:
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2 if damage == "cut short" else 0])
    for _ in range(2):
        after = read_splits(labels, CONFIG)
        assert [image.info.path for image in after.train] == [image.info.path for image in before.train[1:]]
        assert [image.info.path for image in after.val] == [image.info.path for image in before.val[:-1]]
        assert [image.info.path for image in after.test] == [image.info.path for image in before.test]
    assert caplog.text.count("2 pictures cannot be used and are left out") == 1
    assert caplog.text.count(first.path) == 1


def test_training_is_refused_where_no_picture_is_left(tmp_path: Path) -> None:
    labels = write_data(tmp_path)
    for file in tmp_path.rglob("*.png"):
        file.write_text("no picture")
    with pytest.raises(UnusedPicturesError, match="20 of 20 pictures could not be used; the first: "):
        read_splits(labels, CONFIG)


def test_turned_pictures_are_taught_upright(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(6)]
    for name in names:
        store(tmp_path / name, 6)
    splits = read_splits(coco(tmp_path / "set.json", dict.fromkeys(names, SIZE)), replace(CONFIG, holdout="image"))
    assert red_box(splits.read(splits.train[0].info).astype(np.int64)) == list(HEAD)


def test_a_method_of_boxes_asks_for_boxes(tmp_path: Path) -> None:
    write_data(tmp_path)
    pictures = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("scene*/*.png"))
    (tmp_path / "points.csv").write_text("image,x,y\n" + "".join(f"{name},9,8\n{name},20,21\n" for name in pictures))
    assert len(read_splits(tmp_path / "points.csv", CONFIG, needs="points").train) == 12
    with pytest.raises(ConfigError, match=r"scene0/000.png has 2 heads without a box.*ghtools interpolate-boxes"):
        read_splits(tmp_path / "points.csv", CONFIG, needs="boxes")


def test_pictures_without_a_row_are_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_data(tmp_path)
    pictures = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("scene*/*.png"))
    table = tmp_path / "points.csv"
    table.write_text("image,x,y\n" + "".join(f"{name},9,8\n" for name in pictures[3:]))
    for _ in range(2):
        splits = read_splits(table, CONFIG)
    told = [message for message in caplog.messages if "not listed" in message]
    assert len(told) == 1
    assert told[0].startswith(f"{table}: 3 pictures are not listed and left out, the first: {pictures[0]}; a picture")
    assert sum(map(len, (splits.train, splits.val, splits.test))) == 17
    table.write_text(
        "image,x,y\n" + "".join(f"{name},,\n" for name in pictures[:3]) + "".join(f"{n},9,8\n" for n in pictures[3:])
    )
    caplog.clear()
    read_splits(table, CONFIG)
    assert not caplog.messages


def test_a_table_with_its_header_alone_says_so(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("image,x,y\n")
    with pytest.raises(ConfigError, match=r"points\.csv: has no rows: no picture is listed"):
        read_splits(tmp_path / "points.csv", CONFIG)


def test_swapped_corners_are_refused(tmp_path: Path) -> None:
    labels = change(write_data(tmp_path), bbox=[20, 10, -6, 6])
    with pytest.raises(ConfigError, match=r"scene0/000.png has a box with swapped corners, \[20"):
        read_splits(labels, CONFIG)


def test_training_sees_the_picture_that_all_others_show(tmp_path: Path) -> None:
    dataset = two_pictures(tmp_path)
    (image,) = dataset
    splits = Splits((image,), (), (), tmp_path, dataset.compose, tmp_path, "images", (), {})
    assert shows_stored(splits.read(image.info))
