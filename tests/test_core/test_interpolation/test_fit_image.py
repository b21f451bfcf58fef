"""One image fitted alone, and drawings exchanged, against the fit of the whole scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gta_head_tools.anchors.anchors import AnchorSet, Zone
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.camera import Camera
from gta_head_tools.interpolation.scene_boxes import fit_image, fit_scene
from gta_head_tools.interpolation.scene_input import SizeSettings, gather_scene, redrawn
from test_core.drawn_scenes import DRAWN, FILE, IMAGES, SIX, SIZE, anchor, image

STAND = Zone(((0.0, 0.0), (960.0, 0.0), (960.0, 1080.0), (0.0, 1080.0)), "stand")
HORIZON = ((0.0, -50.0), (1920.0, -60.0))
OWN = AnchorSet(SIZE, SIX, pins=(anchor(20, factor=3),), image_anchors=(anchor(9, factor=1.1, of=IMAGES[1]),))
TURNED = tuple(
    image(name, seed=seed, camera=Camera((0, 0, 9), (-20, 0, turn), 50))
    for name, seed, turn in (("a", 1, 0), ("b", 2, 40))
)


@pytest.mark.parametrize(
    ("images", "drawn", "rule"),
    [
        (IMAGES, DRAWN, "auto"),
        (IMAGES, DRAWN, "two-nearest"),
        (IMAGES, replace(OWN, zones=(STAND,), horizon=HORIZON), "auto"),
        (TURNED, DRAWN, "auto"),
        (tuple(image(name, seed=seed, size=(960, 540)) for name, seed in (("a", 1), ("b", 2))), OWN, "auto"),
    ],
    ids=["plain", "paper", "all drawings", "camera moved", "half size"],
)
def test_an_image_alone_gets_the_boxes_of_its_scene(
    images: tuple[ImageAnnotations, ...], drawn: AnchorSet, rule: str
) -> None:
    scene = gather_scene("s", images, drawn, SizeSettings(rule=rule), path=FILE)
    for index, each in enumerate(images):
        whole, flags = fit_scene(scene).boxes(each)
        alone, alone_flags = fit_image(scene, index)
        assert alone.same_as(whole)
        assert np.array_equal(flags, alone_flags)


def test_other_drawings_give_what_gathering_them_gives() -> None:
    drawn = replace(OWN, zones=(STAND,), horizon=HORIZON)
    anew = gather_scene("s", IMAGES, drawn, SizeSettings(), path=FILE)
    changed = gather_scene("s", IMAGES, DRAWN, SizeSettings(), path=FILE)
    assert fit_scene(changed).digest != fit_scene(anew).digest
    assert fit_scene(redrawn(changed, drawn)).digest == fit_scene(anew).digest
    assert fit_image(redrawn(changed, drawn), 0)[0].same_as(fit_image(anew, 0)[0])
