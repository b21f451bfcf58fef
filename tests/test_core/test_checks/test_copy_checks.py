"""Pictures that are there twice, found by looks made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.copy_checks import find_copies, find_leaks
from gta_head_tools.checks.finding import Overview, Seen
from gta_head_tools.checks.near_pictures import MOST_BITS, MOST_LEVELS, near_pairs
from gta_head_tools.dataset import Dataset, InMemory, Scene
from gta_head_tools.picture_header import PictureHeader
from gta_head_tools.picture_look import SIDE, Look, Shown

HASH = 0x0123456789ABCDEF


def shown(hashed: int = HASH, *, grey: int = 100, digest: str = "", flat: bool = False) -> Shown:
    return Shown("colour", digest.encode(), hashed, bytes([grey]) * SIDE * SIDE, flat=flat)


def overview(*images: tuple[ImageInfo, Shown], assumed: bool = False) -> Overview:
    """The images, in scenes as their infos say."""
    names = dict.fromkeys(info.scene for info, _ in images)
    scenes = tuple(Scene(name, tuple(i for i, _ in images if i.scene == name), assumed=assumed) for name in names)
    heads = {name: tuple(ImageAnnotations(i) for i, _ in images if i.scene == name) for name in names}
    seen = [Seen(info, 0, Look(there=True, header=PictureHeader((9, 9), 1), shown=it)) for info, it in images]
    cameras = {} if assumed else {name: name for name in names}
    return Overview("voc", Dataset(Path(), scenes, InMemory(heads), Path()), seen, cameras)


def info(path: str, scene: str | None = None, split: str | None = None, frame: int | None = None) -> ImageInfo:
    return ImageInfo(path, 9, 9, scene=scene or path, split=split, frame=frame)


def pairs(*pictures: Shown) -> list[list[int]]:
    return [[*map(int, pair)] for pair in near_pairs(pictures, np.arange(len(pictures)))]


def test_near_pictures_are_paired() -> None:
    near = shown(HASH ^ 0b1111 << 30, grey=101)
    assert pairs(shown(), shown(~HASH & (1 << 64) - 1), near) == [[0, 2]]


@pytest.mark.parametrize(
    "other",
    [
        shown(HASH ^ (1 << MOST_BITS + 1) - 1),
        shown(grey=100 + MOST_LEVELS),
        shown(flat=True),
    ],
)
def test_what_is_not_near_enough(other: Shown) -> None:
    assert pairs(shown(), other) == []


def test_a_single_spot_tells_pictures_apart() -> None:
    spot = bytearray(shown().thumbnail)
    spot[77] += MOST_LEVELS + 1
    assert pairs(shown(), Shown("colour", b"", HASH, bytes(spot), flat=False)) == []


MANY = [shown(number) for number in np.random.default_rng(7).integers(0, 2**63, 2000, dtype=np.uint64).tolist()]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 63), max_size=4, unique=True), st.integers(0, len(MANY) - 1))
def test_a_near_hash_is_found_among_many(changed: list[int], place: int) -> None:
    near = shown(MANY[place].hash ^ sum(1 << bit for bit in changed))
    assert pairs(*MANY, near) == [[place, len(MANY)]]


def test_pictures_of_a_fixed_camera_are_twins_only_as_equal_files() -> None:
    mall = [(info("1", "mall"), shown(digest="a")), (info("2", "mall"), shown(digest="b"))]
    assert not [*find_copies(overview(*mall))]
    (found,) = find_copies(overview(*mall, (info("3", "mall"), shown(digest="a"))))
    assert (found.file, found.value, found.message) == ("3", "1", "equal byte for byte to another picture")


def test_pictures_that_merely_lie_together_are_compared_unless_they_are_frames() -> None:
    stills = [(info("1", "all"), shown(digest="a")), (info("2", "all"), shown(digest="b"))]
    frames = [(info("1", "all", frame=1), shown(digest="a")), (info("2", "all", frame=2), shown(digest="b"))]
    (found,) = find_copies(overview(*stills, assumed=True))
    assert (found.file, found.value, found.message) == ("2", "1", "nearly the same as another picture")
    assert not [*find_copies(overview(*frames, assumed=True))]


def test_each_picture_is_told_once() -> None:
    same = [(info(str(number)), shown(digest="a" if number else "b")) for number in range(4)]
    assert [(one.file, one.value) for one in find_copies(overview(*same))] == [
        ("1", "0"),
        ("2", "1"),
        ("3", "1"),
    ]


def test_a_twin_on_another_side_is_told_as_a_leak_alone() -> None:
    images = [
        (info("a", split="train"), shown(digest="a")),
        (info("b", split="train"), shown(digest="a")),
        (info("c", split="test"), shown(digest="c")),
        (info("d", split="test"), shown(digest="a")),
        (info("e"), shown(digest="c")),
    ]
    seen = overview(*images)
    assert [(one.file, one.value) for one in find_leaks(seen)] == [("c", "a"), ("d", "a")]
    assert [(one.file, one.value) for one in find_copies(seen)] == [("b", "a"), ("e", "c")]
    assert [one.message for one in find_leaks(seen)][1].endswith("; this one is in test, the other in train")


def test_one_file_of_two_images_is_no_copy() -> None:
    assert not [*find_copies(overview((info("a", "x"), shown(digest="a")), (info("a", "y"), shown(digest="a"))))]
