"""Boxes of outlines (polygons) and masks (run lengths) of COCO annotations that have no `bbox`.

A box around an outline is exact, with decimals; that of a mask is counted in whole pixels by pycocotools, whose own
parser crashes on run lengths that it did not make: they are checked before.

Source: `cocodataset/cocoapi` (common/maskApi.c).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from converters.formats.coco.coco_ids import whole
from gta_head_tools.json_words import shown

Xywh = tuple[float, float, float, float]
_MOST_PIXELS = 2**31
"""Pixels of a mask: its run lengths are 32-bit numbers."""
_CORNERS = 3
"""Least points of an outline."""


def box_of(segmentation: Any) -> Xywh | None:
    """Left, top, width and height of an outline or mask; None where there is nothing to see.

    Raises:
        ValueError: it is neither; the message says what is wrong with it.
    """
    if not segmentation:
        return None
    if isinstance(segmentation, dict):
        return _box_of_mask(segmentation)
    if not isinstance(segmentation, list):
        raise ValueError(f"found {shown(segmentation)}, expected outlines or a mask")
    return _box_of_outlines(segmentation)


def _box_of_outlines(outlines: list[Any]) -> Xywh | None:
    if not isinstance(outlines[0], list):
        outlines = [outlines]  # one outline that stands without the list around it
    elif all(isinstance(pair, list) and len(pair) == 2 for pair in outlines):
        outlines = [[number for pair in outlines for number in pair]]
    numbers: list[float] = []
    for outline in filter(None, outlines):
        if isinstance(outline, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in outline):
            outline = [number for pair in outline for number in pair]  # noqa: PLW2901
        found = [_number(value) for value in outline] if isinstance(outline, list) else []
        if len(found) < 2 * _CORNERS or len(found) % 2 or None in found:
            raise ValueError(f"found {shown(outline)}, expected x and y of at least {_CORNERS} points of an outline")
        numbers += [value for value in found if value is not None]
    if not numbers:
        return None
    left, top = min(numbers[::2]), min(numbers[1::2])
    return left, top, max(numbers[::2]) - left, max(numbers[1::2]) - top


def _number(value: Any) -> float | None:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _box_of_mask(mask: dict[str, Any]) -> Xywh | None:
    from pycocotools import mask as masks

    size, counts = mask.get("size"), mask.get("counts")
    sides = [whole(side) for side in size] if isinstance(size, list) else []
    if len(sides) != 2 or any(side is None or side <= 0 for side in sides):
        raise ValueError(f"size: found {shown(size)}, expected the height and width of the mask")
    height, width = (side for side in sides if side is not None)
    if height * width >= _MOST_PIXELS:
        raise ValueError(f"size: a mask of {height} x {width} pixels, expected less than {_MOST_PIXELS} pixels")
    runs = _unpacked(counts) if isinstance(counts, str) else counts
    lengths = [whole(run) for run in runs] if isinstance(runs, list) else [None]
    if any(run is None or run < 0 for run in lengths):
        raise ValueError(f"counts: found {shown(counts)}, expected run lengths")
    known = [run for run in lengths if run is not None]
    if sum(known) != height * width:
        raise ValueError(f"counts: run lengths of {sum(known)} pixels for a mask of {height} x {width}")
    if not any(known[1::2]):
        return None
    left, top, wide, high = masks.toBbox(masks.frPyObjects({"size": [height, width], "counts": known}, height, width))
    return float(left), float(top), float(wide), float(high)


def _unpacked(text: str) -> Sequence[int]:
    """The run lengths of a compressed mask: six bits a character, each length but the first ones as a difference.

    Raises:
        ValueError: a character that cannot be one, or a length that is cut off.
    """
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 30:
            raise ValueError(f"counts: found {character!r}, which compressed run lengths cannot have there")
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (1 << shift) if bits & 16 else 0
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    if shift:
        raise ValueError("counts: the compressed run lengths are cut off")
    return runs
