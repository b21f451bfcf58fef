"""What the checks of pictures say, by looks made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gta_head_tools.annotations import ImageInfo
from gta_head_tools.checks.finding import Finding, Overview, PictureOfImage, Seen
from gta_head_tools.checks.picture_checks import (
    find_filled,
    find_missing,
    find_odd_colours,
    find_other_kind,
    find_other_size,
    find_truncated,
    find_turned,
    find_unreadable,
)
from gta_head_tools.dataset import in_memory
from gta_head_tools.picture_header import PictureHeader
from gta_head_tools.picture_look import Colours, Look, Shown

GONE = Look(there=False)


def shown(colours: Colours = "colour", size: tuple[int, int] = (100, 60), orientation: int = 1) -> Look:
    return Look(there=True, header=PictureHeader(size, orientation), shown=Shown(colours, b"", 0, b"", flat=False))


def overview(*looks: Look | None) -> Overview:
    images = [Seen(ImageInfo(f"{number}.jpg", 100, 60), 0, look) for number, look in enumerate(looks)]
    return Overview("voc", in_memory([], Path()), images)


def picture(info: ImageInfo, look: Look) -> PictureOfImage:
    return PictureOfImage(info, look)


def labels(width: int, height: int, *, orientation: int = 1, measured: bool = False) -> ImageInfo:
    return ImageInfo("a.jpg", width, height, orientation=orientation, measured=measured)


def test_labels_alone_are_no_defect() -> None:
    assert not [*find_missing(overview(GONE, GONE))]
    assert not [*find_missing(overview())]


def test_each_missing_picture_is_told_where_others_are_there() -> None:
    found = [
        *find_missing(overview(GONE, shown(), Look(there=False, problem="the picture is a link that leads nowhere")))
    ]
    assert found == [
        Finding("0.jpg", "", "2 of 3 pictures are missing", "no file has the name of the picture"),
        Finding("2.jpg", "", "2 of 3 pictures are missing", "the picture is a link that leads nowhere"),
    ]


@pytest.mark.parametrize(
    ("info", "size", "message"),
    [
        (labels(60, 100), (100, 60), "the other way round"),
        (labels(200, 120), (100, 60), "scaled by 0.5 "),
        (labels(100, 75), (100, 60), "not the one that its heads were marked on"),
        (labels(100, 60), (100, 60), None),
        (labels(60, 100, orientation=6), (100, 60), None),
        (labels(100, 60, orientation=6), (100, 60), "the other way round"),
        (labels(0, 0), (100, 60), None),
        (labels(7, 7, measured=True), (100, 60), None),
    ],
)
def test_a_declared_size_is_compared(info: ImageInfo, size: tuple[int, int], message: str | None) -> None:
    found = [*find_other_size(picture(info, shown(size=size)))]
    assert len(found) == (message is not None)
    assert all(message is not None and message in one.message for one in found)


@pytest.mark.parametrize(
    ("info", "tag", "told"),
    [
        (labels(100, 60), 6, "of the stored pixels by their size"),
        (labels(60, 100, orientation=6), 6, "of the turned picture, but"),
        (labels(100, 60, measured=True), 6, "nothing says"),
        (labels(100, 60), 3, "nothing says"),
        (labels(100, 60), 1, None),
        (labels(100, 75), 6, None),
    ],
)
def test_an_orientation_is_told_with_the_view_of_the_labels(info: ImageInfo, tag: int, told: str | None) -> None:
    found = [*find_turned(picture(info, shown(orientation=tag)))]
    assert [one.value for one in found] == ([f"EXIF orientation {tag}"] if told else [])
    assert all(told is not None and told in one.message for one in found)


def test_other_colours_are_told_only_beside_colour_pictures() -> None:
    found = [*find_odd_colours(overview(shown(), shown("grey"), shown("grey"), shown("CMYK"), GONE))]
    assert [(one.file, one.value) for one in found] == [
        ("1.jpg", "grey, as 2 of 4 pictures are"),
        ("2.jpg", "grey, as 2 of 4 pictures are"),
        ("3.jpg", "CMYK, as 1 of 4 pictures are"),
    ]
    assert max(found, key=lambda one: one.weight).file == "3.jpg"
    assert not [*find_odd_colours(overview(shown("grey"), shown("grey"), GONE))]


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("a.JPG", "PNG", "PNG in a .jpg"),
        ("a.png", "WEBP", "WEBP in a .png"),
        ("a.jpg", "MPO", None),
        ("a.tif", "TIFF", None),
        ("a", "PNG", None),
        ("a.ppm", "PPM", None),
        ("built.png", "", None),
    ],
)
def test_a_kind_that_the_name_does_not_say(name: str, kind: str, value: str | None) -> None:
    seen = replace(shown(), shown=Shown("colour", b"", 0, b"", flat=False, kind=kind))
    assert [one.value for one in find_other_kind(picture(ImageInfo(name), seen))] == ([value] if value else [])


@pytest.mark.parametrize(("share", "value"), [(0.5, "50% of its rows"), (0.02, None), (0.0, None)])
def test_a_filled_part(share: float, value: str | None) -> None:
    seen = replace(shown(), shown=Shown("colour", b"", 0, b"", flat=False, filled=share))
    found = [*find_filled(picture(labels(90, 60), seen))]
    assert [(one.value, one.place) for one in found] == ([(value, (0, 30, 90, 60))] if value else [])


def test_damage_is_told_once() -> None:
    cut = Look(there=True, header=PictureHeader((100, 60), 1), problem="it is cut short", length=1234)
    bad = Look(there=True, problem="the file is empty")
    for look in (GONE, shown(), cut, bad):
        found = [picture(labels(100, 60), look)]
        assert [one.value for each in found for one in find_truncated(each)] == (["1,234 bytes"] if look is cut else [])
        assert [one.value for each in found for one in find_unreadable(each)] == (["0 bytes"] if look is bad else [])
