"""People on a stage, and the exact boxes of their heads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.synthesis.plain_stage import SIZE, Array, Stage

HEAD = (0.082, 0.118)
"""Half width and half height of an average head in metres; a head is an upright ellipsoid."""
JOINT = 0.15
"""How far the point that games give for a head lies below its middle, as a share of its half height."""
_ELBOW_ROOM = 0.55
_ATTEMPTS = 200


@dataclass(frozen=True, slots=True)
class Crowd:
    """N people, the farthest first.

    Attributes:
        spots: (N, 2) on the stage.
        heights: (N,) metres.
        heads: (N, 2) half width and half height of the head, metres.
        points: (N, 2) head joints in the picture.
        boxes: (N, 4) exact extent of the heads in the picture.
        looks: (N,) chance numbers that clothes and hair are chosen by.
    """

    spots: Array
    heights: Array
    heads: Array
    points: Array
    boxes: Array
    looks: NDArray[np.int64]

    def select(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Crowd:
        """The people at `rows`, in that order."""
        return Crowd(*(getattr(self, name)[rows] for name in self.__slots__))


def draw_crowd(stage: Stage, people: int, rng: np.random.Generator) -> Crowd:
    """At most `people` (fewer where the ground is full) whose head joints lie in the picture."""
    spots = _settle(stage, people, rng)
    heights = np.clip(rng.normal(1.70, 0.09, len(spots)), 1.45, 2.0)
    heads = np.asarray(HEAD) * np.clip(rng.normal(1.0, 0.06, (len(spots), 1)), 0.85, 1.15)
    points, _ = stage.see(spots, heights - heads[:, 1] * (1 + JOINT))
    boxes = head_boxes(stage, stage.world(spots, heights - heads[:, 1]), heads)
    crowd = Crowd(spots, heights, heads, points, boxes, rng.integers(0, 2**31, len(spots)))
    # The labeler keeps a head whose rounded row and column are pixels.
    kept = np.all((np.rint(points) >= 1) & (points <= SIZE), axis=1)
    return crowd.select(np.flatnonzero(kept)[np.argsort(-spots[kept, 1], kind="stable")])


def head_boxes(stage: Stage, centres: Array, heads: Array) -> Array:
    """Boxes (N, 4) of upright ellipsoids around world points (N, 3) with half width and half height (N, 2).

    A plane through the camera with normal n touches an ellipsoid around X where (n X)^2 = n' Q n; the planes of a
    column (or row) of pixels have n = (1, 0, -m), which leaves a quadratic equation for both edges m.
    """
    camera = stage.camera
    axes = np.stack(camera.axes())
    place = (centres - np.asarray(camera.location)) @ axes.T
    squares = np.column_stack([heads[:, 0], heads[:, 0], heads[:, 1]]) ** 2
    shape = np.einsum("ik,nk,jk->nij", axes, squares, axes)
    edges = []
    for side in (0, 1):
        a = place[:, 2] ** 2 - shape[:, 2, 2]
        b = place[:, side] * place[:, 2] - shape[:, side, 2]
        c = place[:, side] ** 2 - shape[:, side, side]
        root = np.sqrt(b * b - a * c)
        edges += [(b - root) / a, (b + root) / a]
    focal = camera.focal_length(SIZE[1])
    left, right, low, high = (focal * edge for edge in edges)
    middle = SIZE[0] / 2, SIZE[1] / 2
    return np.column_stack([middle[0] + left, middle[1] - high, middle[0] + right, middle[1] - low])


def _settle(stage: Stage, people: int, rng: np.random.Generator) -> Array:
    """Spots (N, 2) with elbow room: half of them beside somebody, the rest evenly over the picture."""
    spots = np.empty((0, 2))
    wide = SIZE[0] / 2 / stage.camera.focal_length(SIZE[1])
    near = np.log([stage.near(), stage.reach])
    for _ in range(_ATTEMPTS * people):
        if len(spots) == people:
            break
        along = np.exp(rng.uniform(*near))
        spot = np.array([rng.uniform(-wide, wide) * along * 1.05, along])
        if len(spots) and rng.random() < 0.5:
            angle = rng.uniform(0, 2 * np.pi)
            spot = spots[rng.integers(len(spots))] + rng.uniform(0.6, 1.0) * np.array([np.cos(angle), np.sin(angle)])
        inside = near[0] <= np.log(max(spot[1], 1e-3)) <= near[1]
        if inside and np.all(np.hypot(*(spots - spot).T) >= _ELBOW_ROOM):
            spots = np.vstack([spots, spot])
    return spots
