"""Maps of whole pictures, as far as a sample shows them: heads beyond a crop reach into it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.maps.map_window import Window
from training.base import Sample


def shown_part(sample: Sample, draw: Callable[[ImageAnnotations, Window], NDArray[Any]]) -> NDArray[np.float64]:
    """The part (H, W) of a map of the whole picture that a sample shows; 0 in what lies beside the picture.

    Args:
        sample: with all heads of its picture.
        draw: gets the heads that are not ignored, in pixels of the whole picture at the scale of the sample, with its
            size; and the window of it that is to be drawn. Gives the map (h, w) of the window.
    """
    height, width = sample.picture.shape[:2]
    x0, y0, x1, y1 = np.round(sample.whole[0], 6).tolist()
    left, top, right, bottom = math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)
    found = np.zeros((height, width))
    inner = found[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if inner.size:
        points, boxes = sample.points - (left, top), sample.boxes - np.tile((left, top), 2)
        info = ImageInfo("", right - left, bottom - top)
        heads = ImageAnnotations(info, points, boxes=boxes).select(~sample.ignore)
        x, y = max(-left, 0), max(-top, 0)
        inner[...] = draw(heads, (x, y, x + inner.shape[1], y + inner.shape[0]))
    return found
