"""How large heads are from the top to the bottom of a scene's pictures, beside the size model that is fitted to them.

The model is the one that `interpolate-boxes` fits to anchors; here boxes of the data set take the place of anchors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.head_places import STEPS, Crowd
from gta_head_tools.statistics import Numbers

BINS = 24
"""Strips of the picture."""
ENOUGH = 5
"""Boxes from which a strip has a median."""
LEAST = 30
"""Boxes from which a scene has a field."""
QUANTILES = (0.25, 0.5, 0.75)
_FITTED = 3
"""Boxes of each strip that the model is fitted to; all of them would take minutes and hardly change it."""
_PREDICTED = 50
"""Boxes of each strip whose size is predicted."""
_COMPARED = 2000


@dataclass(frozen=True, slots=True, eq=False)
class SizeField:
    """Sizes are sqrt(width height) in pixels.

    Attributes:
        name: of the scene.
        images: how many.
        boxes: how many.
        fitted: to how many of them the model is fitted.
        height: of the pictures in pixels.
        rows: (B,) middles of the strips that have enough boxes, in pixels from the top.
        quartiles: (3, B) of the boxes of each strip.
        model: (B,) median of the fitted sizes of the same heads.
        off: median of how far a box is from the model, as a share of the model's size.
    """

    name: str
    images: int
    boxes: int
    fitted: int
    height: int
    rows: Numbers
    quartiles: Numbers
    model: Numbers
    off: float


def fit_field(crowd: Crowd) -> SizeField | None:
    """The size field of a scene; None with fewer than `LEAST` boxes in pictures of one known size."""
    from gta_head_tools.interpolation.rules import fit_sizes  # Loads scipy.
    from gta_head_tools.interpolation.size_model import SceneView

    # Boxes far larger than the picture are defects, which would bend the model.
    boxed = np.flatnonzero((crowd.sides > 0) & (crowd.sides <= 2 * max(crowd.size)))
    if len(boxed) < LEAST:
        return None
    points, sides = crowd.points, crowd.sides.astype(np.float64)
    rng = np.random.default_rng(0)
    strips = _strips(crowd, rng.permutation(boxed))
    anchors = np.concatenate([strip[:_FITTED] for strip in strips.values()])
    heads = np.split(points, np.flatnonzero(np.diff(crowd.owner)) + 1)
    model = fit_sizes(points[anchors], np.repeat(sides[anchors, None], 2, axis=1), SceneView(tuple(heads), crowd.size))
    drawn = {row: strip for row, strip in strips.items() if len(strip) >= ENOUGH}
    predicted = [float(np.median(model.predict(points[strip[:_PREDICTED]]).sizes)) for strip in drawn.values()]
    quartiles = [np.quantile(sides[strip], QUANTILES) for strip in drawn.values()]
    some = rng.permutation(boxed)[:_COMPARED]
    return SizeField(
        name=crowd.name,
        images=crowd.images,
        boxes=len(boxed),
        fitted=len(anchors),
        height=crowd.size[1],
        rows=(np.array([*drawn], dtype=np.float64) + 0.5) * crowd.size[1] / BINS,
        quartiles=np.array(quartiles).reshape(-1, len(QUANTILES)).T,
        model=np.array(predicted),
        off=float(np.median(np.abs(sides[some] / model.predict(points[some]).sizes - 1))),
    )


def _strips(crowd: Crowd, boxes: NDArray[np.intp]) -> dict[int, NDArray[np.intp]]:
    """The boxes in each strip that has any, from the top."""
    strip = crowd.y[boxes].astype(np.int64) * BINS // STEPS
    return {number: boxes[strip == number] for number in np.unique(strip).tolist()}
