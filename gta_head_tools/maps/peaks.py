"""Points from a density map. They are a guess, because a density map says how many heads there are, not where."""

from __future__ import annotations

import cv2
import numpy as np

from gta_head_tools.annotations import Points
from gta_head_tools.maps.components import components
from gta_head_tools.maps.map_window import FloatMap


def density_points(density: FloatMap, *, stride: int = 1) -> Points:
    """The local maxima (M, 2) x y of a density map, the strongest first, at most as many as its rounded sum.

    Lossy: heads closer than about two sigmas have one maximum between them, and M is then below the count; a point is
    the centre of its cell. Equal cells side by side are one maximum, in their middle.

    Args:
        density: (H, W) float32 or float64, not negative where there are heads.
        stride: side of a cell, pixels.
    """
    highest = (density > 0) & (density == cv2.dilate(density, np.ones((3, 3), np.uint8)))
    found = components(highest, diagonal=True)
    # The middle of a curved ridge may lie beside it, so take the height of a cell of it, from the first row of its box.
    rows = found.boxes[:, 1].astype(np.int64)
    first = np.array(
        [
            box[0] + np.argmax(highest[row, int(box[0]) : int(box[2])])
            for row, box in zip(rows, found.boxes, strict=True)
        ],
        dtype=np.int64,
    )
    strongest = np.argsort(-density[rows, first], kind="stable")[: max(round(float(density.sum(dtype=np.float64))), 0)]
    return found.centres[strongest] * stride
