"""Sizes of boxes of a fixed camera: clean scenes give nothing, and what is planted is found."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.finding import Finding, SceneHeads
from gta_head_tools.checks.scene_checks import check_levels, check_off_field
from gta_head_tools.dataset import Scene
from gta_head_tools.geometry import around
from test_core.simulator import simulate

SIZE = (1920, 1080)
Heads = list[ImageAnnotations]


def crowd(seed: int, *, images: int = 6, people: int = 40, noise: float = 0.1) -> Heads:
    """People on a plane that may lean to a side; sizes vary by `noise`."""
    random = np.random.default_rng(seed)
    horizon, growth, lean = random.uniform(-900, 0), random.uniform(0.02, 0.1), random.uniform(-0.01, 0.01)
    heads = []
    for number in range(images):
        points = random.uniform((100, 100), (1820, 980), (people, 2))
        size = np.maximum(4, growth * (points[:, 1] - horizon) + lean * (points[:, 0] - 960))
        sides = size[:, None] * [0.9, 1.1] * np.exp(noise * random.standard_normal((people, 1)))
        info = ImageInfo(f"{number}.jpg", *SIZE, scene="s")
        heads.append(ImageAnnotations(info, points, boxes=around(points, *sides.T)))
    return heads


def resized(image: ImageAnnotations, factor: float, rows: slice = slice(None)) -> ImageAnnotations:
    boxes = image.boxes.copy()
    boxes[rows] = around(image.points, *((boxes[:, 2:] - boxes[:, :2]) * factor).T)[rows]
    return image.replace(boxes=boxes)


def off_field(heads: Heads) -> list[Finding]:
    return list(check_off_field(SceneHeads(Scene("s", ()), heads)))


def levels(heads: Heads) -> list[Finding]:
    return list(check_levels(SceneHeads(Scene("s", ()), heads)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 8), st.integers(8, 200), st.floats(0, 0.2))
def test_clean_scenes_yield_nothing(seed: int, images: int, people: int, noise: float) -> None:
    heads = crowd(seed, images=images, people=people, noise=noise)
    assert not off_field(heads)
    assert not levels(heads)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.floats(0, 0.1), st.integers(0, 5), st.integers(0, 39), st.sampled_from([4, 0.2]))
def test_a_head_of_another_size_is_found(seed: int, noise: float, image: int, row: int, factor: float) -> None:
    heads = crowd(seed, noise=noise)
    heads[image] = resized(heads[image], factor, slice(row, row + 1))
    x0, y0, x1, y1 = heads[image].boxes[row].tolist()
    if min(x0, y0) <= 1 or x1 >= SIZE[0] - 1 or y1 >= SIZE[1] - 1:
        return  # The border cuts the box, so that its size tells nothing.
    y, rows = heads[image].points[row, 1], np.concatenate([one.points[:, 1] for one in heads])
    if factor > 1 and not np.quantile(rows, 0.1) < y < np.quantile(rows, 0.9):
        return  # A person may walk just before the camera.
    (found,) = off_field(heads)
    assert (found.file, found.record, found.place) == (f"{image}.jpg", f"head {row + 1}", (x0, y0, x1, y1))
    assert found.value == f"size {np.sqrt((x1 - x0) * (y1 - y0)):.3g} pixels"
    assert f"times {'larger' if factor > 1 else 'smaller'} than heads of this scene are there" in found.message


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100_000), st.integers(0, 5), st.sampled_from([0.5, 1.8, 3.0]))
def test_an_image_of_another_scale_is_found_alone(seed: int, image: int, factor: float) -> None:
    heads = crowd(seed, people=60)
    heads[image] = resized(heads[image], factor)
    (found,) = levels(heads)
    assert (found.file, found.record) == (f"{image}.jpg", "")
    told = re.fullmatch(
        r"its boxes are (.*) times as large as those of the other images at the same places", found.message
    )
    assert told is not None
    assert float(told[1]) == pytest.approx(factor, rel=0.15)
    assert found.value.endswith(" boxes")
    assert not off_field(heads)


def test_hills_and_stands_give_next_to_nothing() -> None:
    heads = false = found = planted = 0
    for family in ("two_plane", "curved", "wide"):
        for seed in range(4):
            scene = simulate(family, seed)
            images = [
                ImageAnnotations(ImageInfo(f"{number}.jpg", *SIZE), scene.points[own], boxes=scene.boxes[own])
                for number in range(4)
                for own in [scene.images == number]
            ]
            heads += len(scene.points)
            false += len(off_field(images)) + len(levels(images))
            image, row = images[0], int(np.argmin(np.abs(images[0].points - [960, 540]).sum(axis=1)))
            images[0] = resized(image, 4, slice(row, row + 1))
            planted += 1
            found += any(one.record == f"head {row + 1}" for one in off_field(images))
    assert heads > 5000
    assert false == 0
    assert found >= planted - 1


def test_people_on_a_bridge_are_no_slips() -> None:
    """A tenth of the people walk over the others, near the camera, in a band of the picture."""
    heads = crowd(1, people=80)
    for number, image in enumerate(heads):
        random = np.random.default_rng(number)
        points, boxes = image.points.copy(), image.boxes.copy()
        points[:8] = random.uniform((200, 500), (1720, 560), (8, 2))
        boxes[:8] = around(points[:8], *random.uniform(220, 280, (2, 8)))
        heads[number] = image.replace(points=points, boxes=boxes)
    assert np.median([image.boxes[8:, 2] - image.boxes[8:, 0] for image in heads]) < 90
    assert not off_field(heads)


def test_what_other_checks_find_is_left_out() -> None:
    heads = crowd(2)
    boxes = heads[0].boxes.copy()
    boxes[0], boxes[1], boxes[2] = [300, 300, 900, 310], [-200, 400, 300, 900], [500, 500, 500, np.inf]
    heads[0] = heads[0].replace(boxes=boxes)
    ignored = resized(heads[1], 6, slice(7, 8))
    heads[1] = ignored.replace(ignore=np.arange(len(ignored)) == 7)
    heads[2] = heads[2].replace(points=heads[2].points[:, ::-1], boxes=heads[2].boxes[:, [1, 0, 3, 2]])
    sides = np.concatenate([heads[3].boxes[:, :2], heads[3].boxes[:, 2:] - heads[3].boxes[:, :2]], axis=1)
    heads[3] = heads[3].replace(boxes=sides)
    assert not off_field(heads)
    assert not levels(heads)


@pytest.mark.parametrize(
    "heads", [[], [ImageAnnotations(ImageInfo("a.jpg"), np.empty((0, 2)))], crowd(0, images=1)[:0]]
)
def test_scenes_without_boxes_yield_nothing(heads: Heads) -> None:
    assert not off_field(heads)
    assert not levels(heads)


def test_a_single_picture_is_not_measured() -> None:
    """In single pictures people stand on anything, and near the camera."""
    (image,) = crowd(4, images=1, people=300)
    assert not off_field([resized(image, 5, slice(4, 5))])


def test_pictures_of_unknown_size_are_measured() -> None:
    heads = [image.replace(info=ImageInfo(image.info.path)) for image in crowd(3)]
    heads[2] = resized(heads[2], 5, slice(4, 5))
    assert [found.record for found in off_field(heads)] == ["head 5"]
