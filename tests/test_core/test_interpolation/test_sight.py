"""How well heads are seen, on painted pictures, and which heads are suggested for it."""

from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError
from gta_head_tools.interpolation.scene_input import SizeSettings, gather_scene
from gta_head_tools.interpolation.sight import Seen, Sight
from gta_head_tools.interpolation.suggestions import suggest_for_scene
from gta_head_tools.pictures import Picture
from test_core.drawn_scenes import FILE, IMAGES

SIZE = (80, 60)
INFO = ImageInfo("a.jpg", *SIZE)


def painted(dark: bool = False) -> Picture:
    """Noise on the left half, one even grey on the right."""
    picture = np.full((60, 80, 3), 5 if dark else 90, np.uint8)
    picture[:, :40] = np.random.default_rng(0).integers(0, 20 if dark else 200, (60, 40, 1), dtype=np.uint8)
    return picture


def unreadable(info: ImageInfo) -> Picture:
    raise DataFormatError(FILE, f"{info.path} is cut short")


def heads(*points: tuple[float, float], **extra: list[float]) -> ImageAnnotations:
    columns = {name: np.array(values) for name, values in extra.items()}
    return ImageAnnotations(INFO, np.array(points, dtype=np.float64), extra=columns)


@pytest.mark.parametrize(
    ("picture", "point", "seen"),
    [
        (painted(), (20, 30), Seen.WELL),
        (painted(), (65, 30), Seen.POORLY),
        (painted(), (0, 0), Seen.WELL),
        (painted(), (79.9, 59.9), Seen.POORLY),
        (painted(dark=True), (20, 30), Seen.POORLY),
        (painted()[:30], (20, 20), Seen.NOT),
    ],
)
def test_contrast_and_brightness_decide(picture: Picture, point: tuple[float, float], seen: Seen) -> None:
    assert Sight(lambda _: picture).look(heads(point), 0, 12.0) == seen


def test_hidden_heads_are_seen_poorly_and_damaged_pictures_not() -> None:
    sight = Sight(lambda _: painted())
    assert sight.look(heads((20, 30), (22, 33)), 0, 12.0) == Seen.POORLY
    assert sight.look(heads((20, 30), (22, 33)), 1, 12.0) == Seen.WELL
    assert sight.look(heads((20, 30), (22, 45)), 0, 12.0) == Seen.WELL
    shares = [0.2, 1.0, -1.0]
    image = heads((20, 10), (20, 30), (20, 50), visibility=shares)
    assert [sight.look(image, row, 8.0) for row in range(3)] == [Seen.POORLY, Seen.WELL, Seen.WELL]
    assert Sight(unreadable).look(image, 1, 8.0) == Seen.NOT


def test_a_picture_is_decoded_once_for_its_heads() -> None:
    asked: list[str] = []

    def read(info: ImageInfo) -> Picture:
        asked.append(info.path)
        return painted()

    sight, image = Sight(read), heads((20, 10), (20, 30))
    assert [sight.look(image, row, size) for row in (0, 1, 0) for size in (8.0, 8.2)] == [Seen.WELL] * 6
    assert asked == ["a.jpg"]


def test_heads_that_are_seen_come_first_and_damaged_frames_never() -> None:
    scene = gather_scene("s", IMAGES, None, SizeSettings(), path=FILE)
    noise = np.random.default_rng(0).integers(0, 255, (1080, 1920, 3), dtype=np.uint8)
    noise[:, 960:] = 7

    def read(info: ImageInfo) -> Picture:
        return noise if info.path == IMAGES[0].info.path else unreadable(info)

    found = suggest_for_scene(scene, count=5, sight=Sight(read))
    assert {suggestion.image for suggestion in found} == {0}
    assert all(suggestion.point[0] < 1020 for suggestion in found)
    dark = suggest_for_scene(scene, count=3, sight=Sight(lambda _: np.zeros_like(noise)))
    assert len(dark) == 3
    assert suggest_for_scene(scene, count=3, sight=Sight(unreadable)) == suggest_for_scene(scene, count=3)
