"""Faults of all heads of an image at once; the checks of single heads are silent where there is one.

Many checks ask the same of one image after the other, so the last answer is kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.geometry import any_in_row, outside

Fault = Literal["swapped", "scaled"]
LONGEST = 4.0
"""Greatest ratio of the sides of a head's box."""
FEWEST = 5
"""Heads beyond the border that tell of a fault of the whole image; fewer may be single mistakes."""


def border(image: ImageAnnotations) -> tuple[float, float]:
    """Right and lower border of the picture in pixels, infinite where its size is unknown.

    What lies left of or above the picture is outside whatever its size.
    """
    return image.info.size if image.info.sized else (np.inf, np.inf)


def picture_words(image: ImageAnnotations) -> str:
    """The picture in words, with its size where that is known."""
    return "the picture" + (f" of {image.info.width} x {image.info.height}" if image.info.sized else "")


@lru_cache(maxsize=1)
def plain(image: ImageAnnotations) -> bool:
    """True where all heads have a box of positive sides around their point, and all boxes lie in the picture.

    Most images are so, and most checks have nothing to find in them.
    """
    first, last = image.boxes[:, :2], image.boxes[:, 2:]
    return bool(
        image.info.sized
        and (first >= 0).all()
        and (last <= np.asarray(image.info.size)).all()
        and (first < last).all()
        and ((image.points >= first) & (image.points <= last)).all()
    )


@lru_cache(maxsize=1)
def positive(image: ImageAnnotations) -> NDArray[np.bool_]:
    """(N,) True for boxes with four finite corners and positive sides, which the checks of boxes can compare.

    No box can be compared where corners are stored as width and height. The array is read only.
    """
    usable: NDArray[np.bool_] = np.ones(len(image), dtype=bool)
    if not plain(image):
        with np.errstate(invalid="ignore", over="ignore"):
            sides = image.boxes[:, 2:] - image.boxes[:, :2]
        usable = ~any_in_row(~((sides > 0) & np.isfinite(sides)))
        if not usable.all() and stored_as_sizes(image):
            usable = np.zeros(len(image), dtype=bool)
    usable.flags.writeable = False
    return usable


@lru_cache(maxsize=1)
def boxless(image: ImageAnnotations) -> NDArray[np.bool_]:
    """(N,) True for heads without a box whose point is finite. The array is read only."""
    lone: NDArray[np.bool_] = np.isnan(image.boxes[:, 0])
    if lone.any():
        lone = ~any_in_row(~np.isnan(image.boxes)) & ~any_in_row(~np.isfinite(image.points))
    lone.flags.writeable = False
    return lone


def stored_as_sizes(image: ImageAnnotations) -> bool:
    """True when the second corners look like widths and heights.

    Most second corners lie left of or above the first ones, all are positive, and as widths and heights they give
    boxes within the picture.
    """
    boxes = image.boxes[image.has_box]
    first, second = boxes[:, :2], boxes[:, 2:]
    if len(boxes) < FEWEST or not (second > 0).all() or any_in_row(second <= first).mean() <= 0.5:
        return False
    with np.errstate(over="ignore"):
        ends = first + second
    return bool((first >= 0).all() and (not image.info.sized or (ends <= np.asarray(image.info.size) + 1).all()))


@lru_cache(maxsize=1)
def frame_fault(image: ImageAnnotations) -> Fault | None:
    """What is wrong with the coordinates of all heads; None when nothing is, or the size of the picture is unknown.

    Rows and columns are swapped when a tenth of the points lie beyond the border and all are within after swapping.
    Points are those of a larger picture when a fifth lie beyond the right or lower border and none beyond the others.
    """
    if not image.info.sized or not len(image) or plain(image):
        return None
    points = image.points
    beyond = outside(points, image.info.size)
    count = int(beyond.sum())
    if count < FEWEST or not np.isfinite(points).all():
        return None
    if count >= 0.1 * len(points) and not outside(points[:, ::-1], image.info.size).any():
        return "swapped"
    far = (points / np.asarray(image.info.size)).max()
    return "scaled" if count >= 0.2 * len(points) and (points >= 0).all() and far > 1.2 else None
