"""Checks of the points of one image."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.checks.finding import Check, Finding, ImageCheck, head_record
from gta_head_tools.checks.image_faults import FEWEST, border, boxless, frame_fault, picture_words, plain, positive
from gta_head_tools.geometry import any_in_row, outside

_MOSTLY = 0.9
"""Part of the heads that have a box where a head without one is odd."""
FEWEST_LAST = 3
"""Points on the last column or row that tell of pixels counted from 1; fewer may have been rounded there."""


def _finding(image: ImageAnnotations, row: int, message: str, weight: float = 0.0) -> Finding:
    x, y = image.points[row].tolist()
    return Finding(
        image.info.path, head_record(row), f"{x:.6g}, {y:.6g}", message, (x - 10, y - 10, x + 10, y + 10), weight
    )


def check_outside(image: ImageAnnotations) -> Iterator[Finding]:
    """Points beyond the border of the picture; a point within its own box is a matter of the checks of boxes."""
    if plain(image):
        return
    beyond = outside(image.points, border(image))
    if not beyond.any() or frame_fault(image) is not None:
        return
    first, last = image.boxes[:, :2], image.boxes[:, 2:]
    beyond &= ~((image.points >= first) & (image.points <= last)).all(axis=1) & np.isfinite(image.points).all(axis=1)
    with np.errstate(invalid="ignore"):
        apart = np.maximum(-image.points, image.points - border(image)).max(axis=1)
    for row in np.flatnonzero(beyond).tolist():
        told = f"the point lies {apart[row]:.4g} pixels outside {picture_words(image)}"
        yield _finding(image, row, told, float(apart[row]))


def check_duplicates(image: ImageAnnotations) -> Iterator[Finding]:
    """Points without a box that are there twice."""
    if plain(image):
        return
    without = np.flatnonzero(boxless(image))
    if len(without) < 2:
        return
    x, y = image.points[without].T
    order = np.lexsort((y, x))
    same = (x[order[1:]] == x[order[:-1]]) & (y[order[1:]] == y[order[:-1]])
    firsts = order[np.maximum.accumulate(np.where(np.concatenate([[True], ~same]), np.arange(len(order)), 0))]
    for place in np.flatnonzero(same).tolist():
        told = f"the point is the same as that of {head_record(int(without[firsts[place + 1]]))}"
        yield _finding(image, int(without[order[place + 1]]), told)


def check_swapped(image: ImageAnnotations) -> Iterator[Finding]:
    """Rows and columns of all points are swapped."""
    if frame_fault(image) == "swapped":
        yield _of_all(image, "all points are within the picture when x and y are swapped")


def check_scaled(image: ImageAnnotations) -> Iterator[Finding]:
    """Points of a picture of another size."""
    if frame_fault(image) == "scaled":
        width, height = image.points.max(axis=0).tolist()
        yield _of_all(image, f"the points belong to a larger picture, of at least {width:.0f} x {height:.0f} pixels")


def _of_all(image: ImageAnnotations, message: str) -> Finding:
    count = int(outside(image.points, image.info.size).sum())
    value = f"{count} of {len(image)} points outside {image.info.width} x {image.info.height}"
    return Finding(image.info.path, "", value, message, weight=float(count))


def check_far(image: ImageAnnotations) -> Iterator[Finding]:
    """Points without a box that lie far from all boxes, in images whose other heads nearly all have one.

    Far is ten times the longer side of the nearest box, and a quarter of the diagonal of what all heads cover. Boxes
    whose points lie outside are a matter of another check, and so are points outside the picture.
    """
    if plain(image):
        return
    lone, boxed = boxless(image), positive(image)
    if not lone.any() or boxed.sum() < max(FEWEST, _MOSTLY * len(image)):
        return
    boxes = image.boxes[boxed]
    if any_in_row((image.points[boxed] < boxes[:, :2]) | (image.points[boxed] > boxes[:, 2:])).any():
        return
    if image.info.sized:
        lone = lone & ~outside(image.points, image.info.size)
    known = image.points[boxed | lone]
    reach = np.hypot(*(known.max(axis=0) - known.min(axis=0)))
    for row in np.flatnonzero(lone).tolist():
        apart = np.hypot(
            *np.maximum(np.maximum(boxes[:, :2] - image.points[row], image.points[row] - boxes[:, 2:]), 0).T
        )
        nearest = int(apart.argmin())
        if apart[nearest] > max(10 * (boxes[nearest, 2:] - boxes[nearest, :2]).max(), reach / 4):
            told = f"the point has no box, and the nearest box is {apart[nearest]:.4g} pixels away"
            yield _finding(image, row, told, float(apart[nearest]))


def check_from_one(image: ImageAnnotations) -> Iterator[Finding]:
    """Whole-pixel points that count pixels from 1: some are equal to width or height, and none is 0."""
    if not image.info.sized or len(image) < FEWEST:
        return
    points, size = image.points, np.asarray(image.info.size)
    if not (points[:FEWEST] == np.floor(points[:FEWEST])).all():
        return
    last = any_in_row(points == size)
    if (
        last.sum() >= FEWEST_LAST
        and (points >= 1).all()
        and (points <= size).all()
        and (points == np.floor(points)).all()
    ):
        value = f"{int(last.sum())} points on the last column or row"
        yield Finding(image.info.path, "", value, "the points seem to count pixels from 1")


OUTSIDE: ImageCheck = Check(
    find=check_outside,
    severity="warning",
    means="A point outside the picture marks nothing that can be seen, but it is counted.",
    fix="`--fix drop` leaves such heads out.",
)
DUPLICATE: ImageCheck = Check(
    find=check_duplicates,
    severity="warning",
    means="One head is counted twice.",
    fix="`--fix dedupe` keeps the first of heads that are the same in point and box.",
)
FAR: ImageCheck = Check(
    find=check_far,
    severity="warning",
    means="Such a point is most likely a slip of the mouse, or the coordinates of something else.",
    fix="Look at the picture: remove the point, or draw the box of the head.",
)
SWAPPED: ImageCheck = Check(
    find=check_swapped,
    severity="error",
    means="Rows were read as x and columns as y, so that every head of the image is in a wrong place.",
    fix="Swap the two columns in the label file.",
)
SCALED: ImageCheck = Check(
    find=check_scaled,
    severity="error",
    means="The picture was made smaller after it was labelled, so that every head of the image is in a wrong place.",
    fix="Use the picture of the size that was labelled, or scale the labels.",
)
FROM_ONE: ImageCheck = Check(
    find=check_from_one,
    severity="info",
    means="Pixels are most likely counted from 1, so that all points lie one pixel too far right and down.",
    fix="Subtract 1 from the points if the program that made them counts from 1.",
)
