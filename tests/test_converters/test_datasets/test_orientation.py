"""The view of a picture that its labels belong to: decided once, and carried to workers."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Literal

import pytest

from converters.datasets.orientation import with_orientation
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory
from test_wild.painted import SIZE, store

TURNED = SIZE[::-1]


def data(folder: Path, size: tuple[int, int], *, orientation: int = 6, measured: bool = False) -> Dataset:
    """One image of this size, whose picture is stored with an orientation, and another one without a tag."""
    store(folder / "a.png", orientation)
    store(folder / "b.png")
    infos = [ImageInfo("a.png", *size, scene="s", measured=measured), ImageInfo("b.png", *SIZE, scene="s")]
    return in_memory([ImageAnnotations(info) for info in infos], folder)


@pytest.mark.parametrize(
    ("exif", "declared", "measured", "orientation", "size"),
    [
        ("auto", SIZE, False, 6, SIZE),
        ("auto", TURNED, False, 1, TURNED),
        ("auto", TURNED, True, 1, TURNED),
        ("auto", (0, 0), False, 1, (0, 0)),
        ("auto", (30, 50), False, 1, (30, 50)),
        ("apply", SIZE, False, 6, SIZE),
        ("apply", TURNED, False, 6, SIZE),
        ("apply", TURNED, True, 6, SIZE),
        ("apply", (0, 0), False, 6, SIZE),
        ("apply", (30, 50), False, 1, (30, 50)),
        ("ignore", SIZE, False, 1, SIZE),
        ("ignore", TURNED, True, 1, TURNED),
    ],
)
def test_the_view_is_that_which_the_size_fits(
    exif: Literal["auto", "apply", "ignore"],
    declared: tuple[int, int],
    measured: bool,
    orientation: int,
    size: tuple[int, int],
    tmp_path: Path,
) -> None:
    viewed = with_orientation(data(tmp_path, declared, measured=measured), exif)
    for scene in (viewed.scenes[0], pickle.loads(pickle.dumps(viewed.only(["s"]))).scenes[0]):
        assert (scene.images[0].orientation, scene.images[0].size) == (orientation, size)
        assert (scene.images[1].orientation, scene.images[1].size) == (1, SIZE)
    first, second = viewed
    assert (first.info.orientation, first.info.size) == (orientation, size)
    assert (second.info.orientation, second.info.size) == (1, SIZE)


def test_a_size_that_fits_no_view_is_named(tmp_path: Path) -> None:
    assert list(with_orientation(data(tmp_path, (30, 50))).unfit) == ["a.png"]
    assert list(with_orientation(data(tmp_path, SIZE), "ignore").unfit) == ["a.png"]
    assert not with_orientation(data(tmp_path, SIZE)).unfit
    assert not with_orientation(data(tmp_path, (0, 0))).unfit


def test_pictures_without_a_tag_change_nothing(tmp_path: Path) -> None:
    plain = data(tmp_path, SIZE, orientation=1)
    assert with_orientation(plain) == plain
    assert with_orientation(plain, "apply") == plain
