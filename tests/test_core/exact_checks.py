"""Checks of the size rules that have an exact answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gta_head_tools.anchors.anchors import Anchor, AnchorSet
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.geometry import around
from gta_head_tools.interpolation.rules import fit_sizes
from gta_head_tools.interpolation.scene_boxes import fit_scene
from gta_head_tools.interpolation.scene_input import SizeSettings, gather_scene
from gta_head_tools.interpolation.size_model import SceneView
from test_core.crowd_places import Array
from test_core.reference_rules import two_nearest
from test_core.simulator import choose_anchors, draw_boxes, simulate


def worst_affine_error() -> float:
    """Largest relative error of the affine rule from three anchors without noise: 1 / depth is affine."""
    crowd = simulate("plane", 0)
    line = crowd.pose.turn() @ [0.0, 0.0, -1.0]
    pixels = (crowd.points - np.array(crowd.pose.size) / 2) / crowd.pose.focal
    exact = 100 * np.repeat((pixels @ line[:2] + line[2])[:, None], 2, axis=1)
    rows = choose_anchors(crowd, "spread", 3, np.random.default_rng(0))
    model = fit_sizes(crowd.points[rows], exact[rows], SceneView(crowd.heads(), crowd.pose.size), rule="affine")
    return float(np.max(np.abs(model.predict(crowd.points).widths / exact[:, 0] - 1)))


def half_size_difference() -> float:
    """Largest difference between boxes at half the resolution and halved boxes, over the smallest side."""
    crowd, rng = simulate("plane", 1), np.random.default_rng(1)
    rows = choose_anchors(crowd, "random", 6, rng)
    points, boxes = crowd.points[rows], around(crowd.points[rows], *draw_boxes(crowd, rows, rng).T)
    drawn = tuple(
        Anchor("a", (x, y), (left, top, right, bottom))
        for (x, y), (left, top, right, bottom) in zip(points.tolist(), boxes.tolist(), strict=True)
    )
    anchors = AnchorSet((1920, 1080), drawn)
    whole, half = _boxes_at(crowd.points, (1920, 1080), anchors), _boxes_at(crowd.points / 2, (960, 540), anchors)
    return float(np.max(np.abs(2 * half - whole)) / np.min(whole[:, 2:] - whole[:, :2]))


def _boxes_at(points: Array, size: tuple[int, int], anchors: AnchorSet) -> Array:
    image = ImageAnnotations(ImageInfo("a.jpg", *size), points)
    fit = fit_scene(gather_scene("scene", [image], anchors, SizeSettings(), path=Path("anchors.json")))
    return fit.boxes(image)[0].boxes


def plain_loop_differences() -> float:
    """Heads on which the paper's rule and the plain loop differ in any bit; two anchors lie in one place, on a head."""
    crowd, rng = simulate("plane", 2), np.random.default_rng(2)
    rows = choose_anchors(crowd, "random", 9, rng)
    rows[-1] = rows[0]
    points, sizes = crowd.points[rows], draw_boxes(crowd, rows, rng)
    expected = two_nearest(_pairs(crowd.points), _pairs(points), _pairs(sizes))
    view = SceneView(crowd.heads(), crowd.pose.size)
    found = fit_sizes(points, sizes, view, rule="two-nearest").predict(crowd.points)
    return float(np.sum(np.any(np.stack([found.widths, found.heights], axis=1) != expected, axis=1)))


def _pairs(rows: Array) -> list[tuple[float, float]]:
    return [(float(left), float(right)) for left, right in rows]
