"""A job of the published size, 1,732,043 heads in 35 scenes with 8 anchors each, and the CPU seconds it takes."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.rules import fit_sizes
from gta_head_tools.interpolation.size_model import SceneView

Array = NDArray[np.float64]

HEADS, SCENES, IMAGES, ANCHORS = 1_732_043, 35, 5096, 8
BLOCK = 8192


@dataclass(frozen=True)
class Scene:
    """Head points image by image, and anchors (8, 2) with their sizes (8, 2)."""

    heads: tuple[Array, ...]
    anchors: Array
    sizes: Array


@dataclass(frozen=True)
class Speed:
    """CPU seconds for the whole job on one core; `paper` is the two-nearest rule in plain vectorised numpy."""

    fit: float
    predict: float
    paper: float

    @property
    def per_scene(self) -> float:
        """Milliseconds to fit one scene."""
        return 1000 * self.fit / SCENES

    @property
    def ratio(self) -> float:
        """Fit and predict over the plain two-nearest rule."""
        return (self.fit + self.predict) / self.paper


def make_job(seed: int = 0) -> list[Scene]:
    """Scenes whose heads crowd towards the top, with sizes that grow towards the bottom."""
    rng = np.random.default_rng(seed)
    scenes = []
    for counts in np.array_split(np.diff(np.linspace(0, HEADS, IMAGES + 1).astype(int)), SCENES):
        heads = tuple(rng.random((n, 2)) ** [1.0, 2.0] * [1920.0, 900.0] + [0.0, 180.0] for n in counts)
        anchors = heads[0][rng.choice(len(heads[0]), size=ANCHORS, replace=False)]
        sizes = (8 + 0.05 * anchors[:, 1:]) * np.exp(0.08 * rng.standard_normal((ANCHORS, 2)))
        scenes.append(Scene(heads, anchors, sizes))
    return scenes


def two_nearest(points: Array, anchors: Array, sizes: Array) -> Array:
    """Widths and heights (N, 2) by the paper's rule, block by block."""
    found = np.empty_like(points)
    for start in range(0, len(points), BLOCK):
        rows = slice(start, start + BLOCK)
        apart = np.hypot(points[rows, 0, None] - anchors[:, 0], points[rows, 1, None] - anchors[:, 1])
        pair = np.argpartition(apart, 1, axis=1)[:, :2]
        near = np.take_along_axis(apart, pair, axis=1)
        total = near.sum(axis=1, keepdims=True)
        share = np.divide(near, total, out=np.full_like(near, 0.5), where=total > 0)
        found[rows] = share[:, 1:] * sizes[pair[:, 0]] + share[:, :1] * sizes[pair[:, 1]]
    return found


def measure_speed(job: list[Scene]) -> Speed:
    """Fit and predict every scene once, and the plain two-nearest rule beside it."""
    fit = predict = paper = 0.0
    for scene in job:
        points = np.concatenate(scene.heads)
        start = time.process_time()
        model = fit_sizes(scene.anchors, scene.sizes, SceneView(scene.heads, (1920, 1080)))
        fitted = time.process_time()
        model.predict(points)
        predicted = time.process_time()
        two_nearest(points, scene.anchors, scene.sizes)
        fit, predict, paper = (
            fit + fitted - start,
            predict + predicted - fitted,
            paper + time.process_time() - predicted,
        )
    return Speed(fit, predict, paper)
