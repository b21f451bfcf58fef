"""The yardstick itself: exact outlines, the law of 1/depth, the scenes that were asked for, and their difficulty."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gta_head_tools.geometry import around, overlap
from gta_head_tools.regions import inside_polygon
from test_core.crowd_places import HEAD_RADIUS, Array, Family, Pose
from test_core.simulator import (
    FAMILIES,
    IMAGES,
    Placement,
    choose_anchors,
    draw_boxes,
    extents,
    outlines,
    simulate,
)
from test_core.speed import two_nearest

POSE = Pose(height=6.0, pitch=-25.0, roll=4.0, yaw=130.0, focal=1100.0, size=(1920, 1080))


def heads_in_view(count: int, *, level: float | None = 1.6) -> Array:
    """World centres (N, 3) somewhere in the picture of `POSE`; at one height unless `level` is None."""
    rng = np.random.default_rng(5)
    pixels = rng.uniform([50, 300], [1870, 1030], (count, 2))
    rays = np.column_stack([(pixels - [960, 540]) / POSE.focal, np.ones(count)]) @ POSE.turn()
    heights = np.full(count, level) if level is not None else rng.uniform(0.5, 3.0, count)
    return [0.0, 0.0, POSE.height] + rays * ((heights - POSE.height) / rays[:, 2])[:, None]


def plane_through(values: Array, points: Array) -> Array:
    """Residuals (N,) of the affine map through three far apart points, relative to the values."""
    basis = np.column_stack([np.ones(len(points)), points / 1000])
    three = [np.argmin(points @ np.array(d)) for d in ((1.0, 1.0), (-1.0, 1.0), (0.0, -1.0))]
    residuals: Array = basis @ np.linalg.solve(basis[three], values[three]) / values - 1
    return residuals


def test_projects_as_the_camera_of_the_product() -> None:
    world = heads_in_view(40, level=None)
    assert POSE.project(world) == pytest.approx(POSE.camera().project(world, POSE.size)[0], abs=1e-8)


def test_sizes_of_equal_spheres_without_their_stretch_are_affine() -> None:
    world = heads_in_view(200)
    boxes = outlines(POSE, world, np.full((200, 3), 1e-5), np.zeros(200))
    points = POSE.project(world)
    stretch = np.sqrt(1 + ((points - [960, 540]) / POSE.focal) ** 2)
    assert np.abs(plane_through(np.sqrt(np.prod(extents(boxes) / stretch, axis=1)), points)).max() < 1e-9


def test_stretch_matters_for_real_heads_and_wide_views() -> None:
    """The specification: a plane fitted with the stretch left in is off by 2 % in the median at 60 degrees or more."""
    world = heads_in_view(200)
    sizes = np.sqrt(np.prod(extents(outlines(POSE, world, np.full((200, 3), HEAD_RADIUS), np.zeros(200))), axis=1))
    assert 0.01 < np.median(np.abs(plane_through(sizes, POSE.project(world)))) < 0.15


def test_boxes_enclose_sampled_ellipsoids_exactly() -> None:
    world, headings = heads_in_view(12, level=None), np.linspace(0, 3, 12)
    axes = 0.115 * np.array([0.7, 1.1, 1.0])
    boxes = outlines(POSE, world, np.tile(axes, (12, 1)), headings)
    polar, around_axis = np.meshgrid(np.linspace(0, math.pi, 400), np.linspace(0, 2 * math.pi, 800))
    ball = np.stack([np.sin(polar) * np.cos(around_axis), np.sin(polar) * np.sin(around_axis), np.cos(polar)], axis=-1)
    for centre, heading, box in zip(world, headings, boxes, strict=True):
        cos, sin = math.cos(heading), math.sin(heading)
        surface = (ball.reshape(-1, 3) * axes) @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]]) + centre
        pixels = POSE.project(surface)
        sampled = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
        assert np.abs(sampled - box).max() < 1e-3 * (box[2:] - box[:2]).min()


@pytest.mark.parametrize("family", FAMILIES)
def test_scenes_are_what_was_asked_for(family: Family) -> None:
    for crowd in (simulate(family, number) for number in range(1000, 1004)):
        assert 50 <= len(crowd.points) <= 3000
        assert np.all((crowd.points > 0) & (crowd.points < crowd.pose.size))
        assert sum(map(len, crowd.heads())) == len(crowd.points)
        assert len(crowd.heads()) == IMAGES
        assert 3 <= crowd.pose.height <= 25
        assert -55 <= crowd.pose.pitch <= -2
        ratio = crowd.scale.max() / crowd.scale.min()
        assert family != "tall" or (25 <= ratio <= 36 and crowd.pose.size == (1080, 1920))


def test_same_number_same_scene() -> None:
    assert np.array_equal(simulate("curved", 1001).boxes, simulate("curved", 1001).boxes)
    assert len(simulate("curved", 1001).points) != len(simulate("curved", 1002).points)


def test_zones_are_where_the_ground_changes() -> None:
    for crowd in (simulate("two_plane", number) for number in range(1000, 1006)):
        for index, polygon in enumerate(crowd.zones):
            right = inside_polygon(crowd.points, polygon) == (crowd.zone == index)
            # Tall people in front of the edge look over it.
            assert right.mean() > 0.95


def test_a_rise_hides_what_is_behind_it() -> None:
    """Heads that meet in the picture are at the same depth: no two grounds share a pixel."""
    crowd = max((simulate("curved", number) for number in range(1000, 1010)), key=lambda c: len(c.points))
    apart = np.hypot(*(crowd.points[:, None] - crowd.points[None]).transpose(2, 0, 1)) + np.eye(len(crowd.points)) * 1e9
    nearest = apart.argmin(axis=1)
    close = apart.min(axis=1) < 0.3 * crowd.scale
    assert np.median(np.abs(crowd.scale[nearest] / crowd.scale - 1)[close]) < 0.03


def test_perfect_field_leaves_the_specified_error() -> None:
    """The specification: 4.9 % median, 14.5 % p95 box error, overlap 0.886; heads differ and nobody gets below."""
    crowds = [simulate("plane", number) for number in range(1000, 1020)]
    off = [np.abs(crowd.scale / np.sqrt(crowd.sizes.prod(axis=1)) - 1) for crowd in crowds]
    assert 100 * np.mean([np.median(o) for o in off]) == pytest.approx(4.9, abs=0.4)
    assert 100 * np.mean([np.quantile(o, 0.95) for o in off]) == pytest.approx(14.5, abs=1.0)
    shared = [overlap(around(c.points, *c.field.T), c.boxes).mean() for c in crowds]
    assert np.mean(shared) == pytest.approx(0.886, abs=0.01)


def least_squares(points: Array, anchors: Array, sizes: Array) -> Array:
    """Geometric size (N,) by the relative least-squares plane, clipped as the rules are."""
    drawn = np.sqrt(sizes.prod(axis=1))
    basis = np.column_stack([np.ones(len(anchors)), anchors]) / drawn[:, None]
    solution = np.linalg.lstsq(basis, np.ones(len(anchors)), rcond=None)[0]
    raw = np.column_stack([np.ones(len(points)), points]) @ solution
    return np.asarray(np.clip(raw, 0.2 * drawn.min(), 5 * drawn.max()))


def typical_errors(family: Family, placement: Placement, count: int, scenes: range) -> tuple[float, float]:
    """Mean over scenes of the median field error, %, of the paper's rule and of the least-squares plane."""
    rows = []
    for number in scenes:
        crowd, rng = simulate(family, number), np.random.default_rng([number, count])
        anchors = choose_anchors(crowd, placement, count, rng)
        points, sizes = crowd.points[anchors], draw_boxes(crowd, anchors, rng)
        nearest = np.sqrt(two_nearest(crowd.points, points, sizes).prod(axis=1))
        pair = (nearest, least_squares(crowd.points, points, sizes))
        rows.append([100 * np.median(np.abs(found / crowd.scale - 1)) for found in pair])
    return tuple(np.mean(rows, axis=0).tolist())


@pytest.mark.parametrize(("placement", "low", "high"), [("random", 19.5, 25.1), ("spread", 16.4, 20.6)])
def test_planes_are_as_hard_as_specified(placement: Placement, low: float, high: float) -> None:
    """The paper's rule with six anchors, between the figures of the specification's two sets."""
    paper, plane = typical_errors("plane", placement, 6, range(1000, 1060))
    assert low - 3 < paper < high + 3
    assert 4 < plane < 9


SPECIFIED = {
    ("plane", "random", 12): (14.8, 17.5, 4.1, 4.3),
    ("plane", "spread", 12): (10.9, 14.4, 3.8, 4.5),
    ("two_plane", "random", 6): (21.3, 22.3, 13.9, 13.9),
    ("two_plane", "spread", 6): (15.6, 17.2, 10.6, 10.6),
    ("curved", "random", 6): (20.3, 21.5, 13.0, 13.6),
    ("curved", "spread", 6): (15.8, 17.5, 11.4, 11.4),
    ("tall", "random", 6): (31.2, 31.2, 7.0, 7.6),
    ("tall", "spread", 6): (25.9, 26.9, 5.9, 5.9),
    ("wide", "spread", 6): (27.7, 27.7, 7.0, 9.0),
}
"""Paper's rule from .. to, affine from .. to, %; where the specification names no affine, that of its default rule."""


@pytest.mark.slow
@pytest.mark.parametrize("cell", SPECIFIED, ids=lambda cell: "-".join(map(str, cell)))
def test_every_family_is_about_as_hard_as_specified(cell: tuple[Family, Placement, int]) -> None:
    paper, plane = typical_errors(*cell, range(1000, 1200))
    low, high, flat, steep = SPECIFIED[cell]
    print(f"\n{cell}: paper's rule {paper:.1f} (specified {low}..{high}), plane {plane:.1f} ({flat}..{steep})")
    assert 0.75 * low < paper < 1.4 * high
    assert 0.7 * flat < plane < 1.5 * steep
