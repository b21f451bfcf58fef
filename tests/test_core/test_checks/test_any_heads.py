"""No check raises an error or warns, whatever numbers a label file holds."""

from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.camera import Camera
from gta_head_tools.checks import box_checks, image_faults, point_checks
from gta_head_tools.checks.finding import SceneHeads
from gta_head_tools.checks.known_checks import IMAGE_CHECKS, SCENE_CHECKS
from gta_head_tools.dataset import Scene

ODD = (0, 1, -1, 5, 640, 1e17, 1e155, 1e300, -1e300, np.inf, -np.inf, np.nan, 1e-300, 5e-324)
CAMERAS = (None, Camera((0, 0, 0), (0, 0, 0), 50), Camera((1e300, 0, 0), (1e300, 0, 0), 50))


def any_image(random: np.random.Generator, number: int) -> ImageAnnotations:
    count = int(random.integers(0, 60))
    points, half = random.uniform(0, 640, (count, 2)), random.uniform(1, 20, (count, 2))
    boxes = np.concatenate([points - half, points + half], axis=1)
    share = random.choice([0, 0.05, 0.3, 1])
    for column in (points, boxes):
        odd = random.random(column.shape) < share
        column[odd] = random.choice(ODD, np.count_nonzero(odd))
    ids = random.choice([-1, 0, 1, 2, 2**63 - 1], count) if random.random() < 0.5 else np.arange(count)
    info = ImageInfo(
        f"{number}.jpg",
        *[(640, 480), (0, 0), (1, 1)][random.integers(3)],
        frame=[None, number, 5 * number, -3, 2**62][random.integers(5)],
        camera=CAMERAS[random.integers(3)],
    )
    return ImageAnnotations(info, points, boxes=boxes, ids=ids, ignore=random.random(count) < 0.1)


@pytest.mark.parametrize("seed", range(60))
def test_any_heads_can_be_checked(seed: int) -> None:
    random = np.random.default_rng(seed)
    images = [any_image(random, number) for number in range(random.integers(0, 8))]
    for image in images:
        for check in IMAGE_CHECKS.values():
            assert all(found.file == image.info.path and found.message for found in check.find(image))
    for of_scene in SCENE_CHECKS.values():
        assert all(found.value for found in of_scene.find(SceneHeads(Scene("s", ()), images)))


@pytest.mark.parametrize("seed", range(30))
def test_the_short_way_of_plain_images_finds_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(seed)
    points = np.floor(random.uniform(0, 100, (8, 2)))
    half = random.choice([0.5, 4, 30], (8, 1))
    boxes = np.clip(np.concatenate([points - half, points + half], axis=1), 0, 101)
    image = ImageAnnotations(ImageInfo("a.jpg", 101, 101), points, boxes=boxes)
    assert image_faults.plain(image) == bool((boxes[:, :2] < boxes[:, 2:]).all())
    short = {name: list(check.find(image)) for name, check in IMAGE_CHECKS.items()}
    for module in (image_faults, box_checks, point_checks):
        monkeypatch.setattr(module, "plain", lambda _: False)
    again = image.replace()  # What was asked of an image is kept.
    assert short == {name: list(check.find(again)) for name, check in IMAGE_CHECKS.items()}
