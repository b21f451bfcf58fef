"""Changes that mend the heads of one image: each does only what it says, and names every head that it changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes, ImageAnnotations, Mask, off_centre
from gta_head_tools.checks.finding import head_record
from gta_head_tools.checks.image_faults import border
from gta_head_tools.errors import UnknownNameError
from gta_head_tools.geometry import any_in_row, centres, cut_at_border, outside


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to one head.

    Attributes:
        image: path of its image.
        record: the head, as it is counted in the source.
        what: name of the fix.
        before: its point and box.
        after: its point and box now, or why it was left out.
    """

    image: str
    record: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Mended:
    """The heads of an image after a fix.

    Attributes:
        image: the new heads.
        kept: (N,) True for the old heads that are still there.
        told: row of an old head that was changed or left out, to what it is now; a copy has the row of the first one.
    """

    image: ImageAnnotations
    kept: Mask
    told: Mapping[int, str | int]


def swap(image: ImageAnnotations) -> Mended:
    """Boxes whose corners are swapped, with the corners in order."""
    first, last = image.boxes[:, :2], image.boxes[:, 2:]
    wrong = any_in_row(first > last) & image.has_box
    ordered = np.concatenate([np.minimum(first, last), np.maximum(first, last)], axis=1)
    return _with_boxes(image, ordered, wrong)


def clip(image: ImageAnnotations) -> Mended:
    """Boxes that reach beyond the border of their picture, cut there; boxes that lie outside stay as they are.

    A point that is the middle of its box stays the middle; others stay where they are.
    """
    finite = ~any_in_row(~np.isfinite(image.boxes))
    boxes = np.where(finite[:, None], image.boxes, 0.0)
    cut, left = cut_at_border(boxes, np.broadcast_to(np.array(border(image)), (len(image), 2)))
    in_order = ~any_in_row(boxes[:, :2] > boxes[:, 2:])
    return _with_boxes(image, cut, finite & in_order & left & any_in_row(cut != boxes))


def drop(image: ImageAnnotations) -> Mended:
    """The heads without those whose box has no area or lies outside, or whose point lies outside the picture."""
    first, last = image.boxes[:, :2], image.boxes[:, 2:]
    reasons = {"the box has no area": any_in_row(last <= first) & image.has_box}
    far = any_in_row((last <= 0) | (first >= np.array(border(image)))) & image.has_box
    reasons["the box lies outside the picture"] = far
    reasons["the point lies outside the picture"] = outside(image.points, border(image))
    told: dict[int, str | int] = {}
    for reason, wrong in reasons.items():
        for row in np.flatnonzero(wrong).tolist():
            told.setdefault(row, f"left out: {reason}")
    return _without(image, told)


def dedupe(image: ImageAnnotations) -> Mended:
    """The heads without exact copies: of heads with one point, box and ignore flag, the first one stays."""
    if len(image) < 2:
        return _unchanged(image)
    # Adding zero makes -0.0 equal to 0.0, and all NaN get one pattern of bits, so that rows can be compared as bytes.
    columns = np.concatenate([image.points, image.boxes, image.ignore[:, None]], axis=1) + 0.0
    columns[np.isnan(columns)] = np.nan
    rows = np.ascontiguousarray(columns).view(f"V{columns.shape[1] * columns.itemsize}")[:, 0]
    _, first, group = np.unique(rows, return_index=True, return_inverse=True)
    firsts = first[group]
    copies = np.flatnonzero(firsts != np.arange(len(image)))
    return _without(image, {int(row): int(firsts[row]) for row in copies})


FIXES: dict[str, Callable[[ImageAnnotations], Mended]] = {"swap": swap, "clip": clip, "drop": drop, "dedupe": dedupe}
"""By name, in the order in which they are applied: a swapped box is put in order before its area is asked for."""


def chosen_fixes(names: Iterable[str]) -> tuple[str, ...]:
    """Names of fixes in the order in which they are applied.

    Raises:
        UnknownNameError: no fix has that name.
    """
    wanted = [*names]
    for name in wanted:
        if name not in FIXES:
            raise UnknownNameError("fix", name, FIXES)
    return tuple(name for name in FIXES if name in wanted)


def mend(image: ImageAnnotations, fixes: Collection[str]) -> tuple[ImageAnnotations, list[Change]]:
    """The image after these fixes, and what they changed; order and all columns of other heads stay.

    >>> from gta_head_tools.annotations import ImageInfo
    >>> image = ImageAnnotations(ImageInfo("a.jpg", 10, 10), [[9, 5]], boxes=[[8, 4, 10, 6]])
    >>> mend(image, FIXES)[0] is image
    True
    """
    changes: list[Change] = []
    rows = np.arange(len(image))
    for name, fix in FIXES.items():
        if name not in fixes:
            continue
        mended = fix(image)
        changes += _changes(image, rows, name, mended.told)
        image, rows = mended.image, rows[mended.kept]
    return image, changes


def _changes(
    image: ImageAnnotations, rows: NDArray[np.intp], name: str, told: Mapping[int, str | int]
) -> Iterator[Change]:
    """Changes of a fix; `rows` are the places of its heads in the source."""
    for row, after in told.items():
        now = after if isinstance(after, str) else f"left out: the same as {head_record(int(rows[after]))}"
        yield Change(image.info.path, head_record(int(rows[row])), name, _shown(image, row), now)


def _unchanged(image: ImageAnnotations) -> Mended:
    return Mended(image, np.ones(len(image), dtype=bool), {})


def _with_boxes(image: ImageAnnotations, boxes: Boxes, wrong: Mask) -> Mended:
    """Other boxes where they are wrong; a point that is the middle of its box stays the middle."""
    if not wrong.any():
        return _unchanged(image)
    new = np.where(wrong[:, None], boxes, image.boxes)
    follow = wrong & ~off_centre(image)
    points = image.points.copy()
    points[follow] = centres(new[follow])
    changed = image.replace(boxes=new, points=points)
    told: dict[int, str | int] = {row: _shown(changed, row) for row in np.flatnonzero(wrong).tolist()}
    return Mended(changed, np.ones(len(image), dtype=bool), told)


def _without(image: ImageAnnotations, told: Mapping[int, str | int]) -> Mended:
    if not told:
        return _unchanged(image)
    kept = np.ones(len(image), dtype=bool)
    kept[list(told)] = False
    return Mended(image.select(kept), kept, told)


def _shown(image: ImageAnnotations, row: int) -> str:
    """Point and box of a head in words."""
    x, y = image.points[row].tolist()
    point = f"point {x:.10g} {y:.10g}"
    if not image.has_box[row]:
        return point
    return f"{point}, box {' '.join(f'{corner:.10g}' for corner in image.boxes[row].tolist())}"
