"""Boxes from sizes that come with the heads: each head has its own, and drawn boxes stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from gta_head_tools.anchors.anchors import AnchorSet
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import centres, sizes
from gta_head_tools.interpolation.given_sizes import GivenSizes
from gta_head_tools.interpolation.scene_boxes import SceneFit, fit_scene
from gta_head_tools.interpolation.scene_input import SceneInput, SizeSettings, gather_scene
from test_core.drawn_scenes import DRAWN, FILE, IMAGES, SIZE, anchor

LEARNED = SizeSettings("learned")


def given(images: Sequence[ImageAnnotations]) -> list[GivenSizes]:
    """Sizes that have nothing to do with the places of heads."""
    rng = np.random.default_rng(0)
    return [
        GivenSizes(each.points, rng.uniform(5, 50, len(each)), rng.uniform(0.05, 0.2, len(each)), 0.81)
        for each in images
    ]


def gathered(images: Sequence[ImageAnnotations] = IMAGES, drawn: AnchorSet | None = None) -> SceneInput:
    return gather_scene("s", images, drawn, LEARNED, path=FILE)


def fitted(scene: SceneInput, *, giver: str = "a") -> SceneFit:
    return fit_scene(scene, given=given(scene.images), giver=giver)


def test_every_head_has_the_size_that_was_given_to_it() -> None:
    fit = fitted(gathered())
    assert (fit.model.rule, fit.heads, fit.drawn, fit.clamped) == ("learned", 120, 0, 0)
    for image, expected in zip(IMAGES, given(IMAGES), strict=True):
        boxes = fit.boxes(image)[0].boxes
        np.testing.assert_allclose(sizes(boxes), expected.sizes)
        np.testing.assert_allclose((boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1]), 0.81)
        np.testing.assert_allclose(centres(boxes), image.points)


def test_sizes_are_in_pixels_of_the_pictures_whatever_the_drawings_were_made_on() -> None:
    small = AnchorSet((SIZE[0] // 2, SIZE[1] // 2))
    boxes = fitted(gathered(drawn=small)).boxes(IMAGES[0])[0].boxes
    np.testing.assert_allclose(sizes(boxes), given(IMAGES)[0].sizes)


def test_a_drawn_box_stays_and_changes_no_other() -> None:
    fit = fitted(gathered(drawn=replace(DRAWN, anchors=(anchor(7, factor=1.2),))))
    boxes = fit.boxes(IMAGES[0])[0].boxes
    np.testing.assert_allclose(boxes[7], anchor(7, factor=1.2).box)
    np.testing.assert_allclose(np.delete(sizes(boxes), 7), np.delete(given(IMAGES)[0].sizes, 7))


def test_the_expected_error_is_that_of_the_spreads() -> None:
    judged = fitted(gathered()).diagnosis
    spreads = np.concatenate([each.spreads for each in given(IMAGES)])
    assert judged.expected is not None
    assert judged.expected.field == judged.expected.heads == pytest.approx(0.6745 * np.median(spreads))
    assert judged.grade == "amber"
    assert judged.notes == ()


def test_boxes_of_another_network_are_out_of_date() -> None:
    scene = gathered()
    assert fitted(scene).digest == fitted(scene).digest != fitted(scene, giver="b").digest


def test_an_image_without_heads_takes_part() -> None:
    images = (IMAGES[0], IMAGES[1].select(np.zeros(60, np.bool_)))
    fit = fitted(gathered(images))
    assert len(fit.boxes(images[1])[0]) == 0
    np.testing.assert_allclose(sizes(fit.boxes(images[0])[0].boxes), given(images)[0].sizes)


def test_what_cannot_be_told_apart_is_refused() -> None:
    twins = (IMAGES[0], replace_name(IMAGES[1], IMAGES[0].info.name))
    with pytest.raises(ConfigError, match="scene s: has two images of one name"):
        fitted(gathered(twins))
    with pytest.raises(ConfigError, match=r"rule learned takes sizes from a trained head-size network.*--model"):
        fit_scene(gathered())


def replace_name(image: ImageAnnotations, name: str) -> ImageAnnotations:
    return image.replace(info=replace(image.info, name=name))
