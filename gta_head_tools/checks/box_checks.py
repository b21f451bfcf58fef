"""Checks of the boxes of one image."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.checks.finding import Check, Finding, ImageCheck, box_findings, head_record
from gta_head_tools.checks.image_faults import (
    LONGEST,
    border,
    frame_fault,
    picture_words,
    plain,
    positive,
    stored_as_sizes,
)
from gta_head_tools.geometry import any_in_row, clip


def check_degenerate(image: ImageAnnotations) -> Iterator[Finding]:
    """Boxes without area: a side is zero or negative."""
    if plain(image):
        return
    with np.errstate(invalid="ignore", over="ignore"):
        sides = np.minimum(image.boxes[:, 2] - image.boxes[:, 0], image.boxes[:, 3] - image.boxes[:, 1])
    wrong = sides <= 0
    if wrong.any():
        wrong &= np.isfinite(image.boxes).all(axis=1)
        if not stored_as_sizes(image):
            yield from box_findings(image, wrong, lambda _: "the box has no area", weights=-sides)


def check_non_finite(image: ImageAnnotations) -> Iterator[Finding]:
    """Heads with an infinite number, a point that is not a number, or a box of which only some corners are known."""
    if plain(image):
        return
    if np.isfinite(image.points).all():
        unknown = np.isnan(image.boxes)
        if not unknown.any() and np.isfinite(image.boxes).all():
            return
    unknown = np.isnan(image.boxes)
    partly = any_in_row(unknown) & ~unknown.all(axis=1)
    wrong = partly | np.isinf(image.boxes).any(axis=1) | ~np.isfinite(image.points).all(axis=1)
    for row in np.flatnonzero(wrong).tolist():
        value = ", ".join(f"{number:.6g}" for number in (*image.points[row], *image.boxes[row]))
        yield Finding(
            image.info.path, head_record(row), value, "a coordinate (x, y, x0, y0, x1, y1) is no finite number"
        )


def check_stored_as_sizes(image: ImageAnnotations) -> Iterator[Finding]:
    """Second corners that are widths and heights."""
    if plain(image):
        return
    with np.errstate(invalid="ignore"):
        suspect = (image.boxes[:, 2:] <= image.boxes[:, :2]).any()
    if suspect and stored_as_sizes(image):
        row = int(np.flatnonzero(image.has_box)[0])
        value = ", ".join(f"{number:.6g}" for number in image.boxes[row])
        message = f"the second corners of {int(image.has_box.sum())} boxes look like widths and heights"
        yield Finding(image.info.path, "", value, message, weight=float(len(image)))


def _beyond(image: ImageAnnotations) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N,) how far a box reaches beyond the border in pixels, and (N,) how far all of it lies beyond; <= 0 = not."""
    first, last = image.boxes[:, :2], image.boxes[:, 2:]
    with np.errstate(invalid="ignore"):
        ends, starts = last - border(image), first - border(image)
    return np.maximum(-first, ends).max(axis=1), np.maximum(-last, starts).max(axis=1)


@lru_cache(maxsize=1)
def _all_inside(image: ImageAnnotations) -> bool:
    """True when no known box reaches more than a pixel beyond the border."""
    if plain(image):
        return True
    first, last = image.boxes[:, :2], image.boxes[:, 2:]
    return not ((first < -1).any() or (last > np.asarray(border(image)) + 1).any())


def check_outside(image: ImageAnnotations) -> Iterator[Finding]:
    """Boxes of which nothing lies in the picture."""
    if _all_inside(image) or frame_fault(image) is not None:
        return
    _, apart = _beyond(image)
    told = f"the box lies outside {picture_words(image)}"
    yield from box_findings(image, positive(image) & (apart >= 0), lambda _: told, weights=apart)


def check_partly_outside(image: ImageAnnotations) -> Iterator[Finding]:
    """Boxes of which less than a quarter lies in the picture; labels of heads cut by its border are honest."""
    if _all_inside(image) or frame_fault(image) is not None:
        return
    reach, apart = _beyond(image)
    with np.errstate(invalid="ignore", over="ignore"):
        parts = clip(image.boxes, border(image))
        whole, seen = (np.prod(some[:, 2:] - some[:, :2], axis=1) for some in (image.boxes, parts))
        most = (seen < 0.25 * whole) & (reach > 1)
    told = f"less than a quarter of the box lies in {picture_words(image)}"
    yield from box_findings(image, positive(image) & most & (apart < 0), lambda _: told, weights=reach)


def check_absurd(image: ImageAnnotations) -> Iterator[Finding]:
    """Boxes that are longer than any head, smaller than a pixel, or larger than half of the picture."""
    with np.errstate(invalid="ignore", over="ignore"):
        sides = image.boxes[:, 2:] - image.boxes[:, :2]
        flat = sides[:, 1] == 0
        areas, ratios = sides[:, 0] * sides[:, 1], sides[:, 0] / np.where(flat, 1, sides[:, 1])
        most = (min(image.info.size) / 2) ** 2 if image.info.sized else np.inf
        wrong = (ratios > LONGEST) | (ratios < 1 / LONGEST) | (areas < 1) | (areas > most)
    if not wrong.any():
        return
    wrong &= positive(image)
    if image.info.sized:  # Boxes at the border may have been cut there.
        inner = (image.boxes[:, :2] > 1) & (image.boxes[:, 2:] < np.asarray(image.info.size) - 1)
        wrong &= inner.all(axis=1) | (areas > most)
    with np.errstate(divide="ignore"):  # A side may be so short that the ratio is rounded to 0.
        weights = np.abs(np.log(np.where(wrong, ratios, 1.0)))
    yield from box_findings(
        image,
        wrong,
        lambda row: "a box of {:.4g} x {:.4g} pixels is no head".format(*sides[row].tolist()),
        weights=weights,
    )


@lru_cache(maxsize=1)
def _twins(image: ImageAnnotations) -> tuple[NDArray[np.intp], NDArray[np.float64]] | None:
    """(N,) earlier head whose box covers most of that of a head, and (N,) the share, 0 = none; None = no such heads."""
    from gta_head_tools.checks.near_duplicates import earlier_twins  # Loads compiled code.

    rows = np.flatnonzero(positive(image))
    if len(rows) < 2:
        return None
    twins, ratios = earlier_twins(image.boxes if len(rows) == len(image) else image.boxes[rows])
    if ratios.max() == 0:
        return None
    partner, share = np.zeros(len(image), dtype=np.intp), np.zeros(len(image))
    partner[rows], share[rows] = rows[twins], ratios
    return partner, share


def _told_twins(image: ImageAnnotations, *, exact: bool) -> Iterator[Finding]:
    found = _twins(image)
    if found is None:
        return
    partner, share = found
    wrong = (share == 1) if exact else (share > 0) & (share < 1)
    told = "the box is the same as that of" if exact else "the box covers nearly the same as that of"
    yield from box_findings(image, wrong, lambda row: f"{told} {head_record(int(partner[row]))}", weights=share)


def check_duplicates(image: ImageAnnotations) -> Iterator[Finding]:
    """Boxes that are there twice."""
    return _told_twins(image, exact=True)


def check_near_duplicates(image: ImageAnnotations) -> Iterator[Finding]:
    """Boxes that share nine tenths of their union with an earlier box, and differ from it."""
    return _told_twins(image, exact=False)


def check_without_point(image: ImageAnnotations) -> Iterator[Finding]:
    """Boxes whose point lies farther outside than half of their longer side."""
    if plain(image):
        return
    first, last = image.boxes[:, :2], image.boxes[:, 2:]
    if ((image.points >= first) & (image.points <= last)).all():
        return
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.maximum(first - image.points, image.points - last).max(axis=1)
        wrong = positive(image) & (apart > (last - first).max(axis=1) / 2)
    if image.info.sized:
        size = np.asarray(image.info.size, dtype=np.float64)
        inside = ((image.points >= 0) & (image.points <= size) & (last > 0) & (first < size)).all(axis=1)
        wrong &= inside
    yield from box_findings(
        image, wrong, lambda row: f"its point lies {apart[row]:.4g} pixels outside the box", weights=apart
    )


DEGENERATE: ImageCheck = Check(
    find=check_degenerate,
    severity="error",
    means="A box without area has no overlap with any other box, so training and scores fail on it or leave it out.",
    fix="`--fix swap` puts swapped corners in order, `--fix drop` leaves such heads out.",
)
NON_FINITE: ImageCheck = Check(
    find=check_non_finite,
    severity="error",
    means="A head with an infinite or missing coordinate has no place, so training and scores break on it.",
    fix="Correct the number in the label file, or leave the head out.",
)
STORED_AS_SIZES: ImageCheck = Check(
    find=check_stored_as_sizes,
    severity="error",
    means="Widths and heights were read as corners, so that every box of the image is wrong.",
    fix="Write the boxes as corners x0, y0, x1, y1, or name the columns as width and height.",
)
OUTSIDE: ImageCheck = Check(
    find=check_outside,
    severity="error",
    means="A box outside the picture shows no head, and training loses it or fails on it.",
    fix="`--fix drop` leaves such heads out; where many are outside, check the size of the picture.",
)
PARTLY_OUTSIDE: ImageCheck = Check(
    find=check_partly_outside,
    severity="info",
    means="Most of the head cannot be seen, and many trainers cut or refuse such boxes.",
    fix="`--fix clip` cuts boxes at the border of the picture.",
)
ABSURD: ImageCheck = Check(
    find=check_absurd,
    severity="warning",
    means="No head has such a shape or size, so the box is a slip of the mouse or of the conversion.",
    fix="Draw the box again, or leave the head out.",
)
DUPLICATE: ImageCheck = Check(
    find=check_duplicates,
    severity="warning",
    means="One head is counted twice.",
    fix="`--fix dedupe` keeps the first of heads that are the same in point and box.",
)
NEAR_DUPLICATE: ImageCheck = Check(
    find=check_near_duplicates,
    severity="warning",
    means="Two boxes with more than nine tenths in common are most likely one head that is counted twice.",
    fix="Look at the picture and delete one of the two.",
)
WITHOUT_POINT: ImageCheck = Check(
    find=check_without_point,
    severity="warning",
    means="Point and box of the head tell of different places, so that one of the two is wrong.",
    fix="Look at the picture and move the point or draw the box again.",
)
