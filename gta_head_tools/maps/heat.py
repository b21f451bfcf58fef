"""Heat maps of key points that detectors learn: a Gaussian around the cell of each box's centre, 1 at that cell.

`mask_focal_heat` cuts every Gaussian to its own box, so that the map is positive exactly on the mask of the Mask Focal
Loss; `centernet_heat` draws what CenterNet and CornerNet publish. Boxes are in pixels of the network's input, `stride`
of them to a cell. Heads whose centre lies outside are left out: they belong to other crops.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.annotations import Boxes
from gta_head_tools.columns import numbers_of
from gta_head_tools.compiled import compiled
from gta_head_tools.maps.map_window import FloatMap, Size, canvas
from gta_head_tools.maps.stamping import stamp_heads

Radius = Literal["half_side", "literal", "iou"]
"""The radius r of a head, in cells, of which equation 10 of the Mask Focal Loss makes sigma.

- `half_side`: half of its shorter side. The paper says that its mask is 0 exactly where p is 0, and that heads pass
  into the background softly. Both are true of this r alone: p is .011 at the border of the box, which cuts it.
- `literal`: its shorter side, as the formula of D is printed. p is .32 at the border of the box, and is cut to 0 there.
- `iou`: how far its corners may err at 0.7 overlap (CornerNet).
"""
Combine = Literal["max", "sum"]
Plan = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]
"""Key cells (N, 2), sigmas (N,), spans (N, 4), as `stamp_heads` wants them."""
WIDENING = 1.0
"""Eta, which widens the Gaussians of small heads; the paper does not give its value.

With 10, which suits a `literal` radius, a head of one cell is drawn 2.4 times as wide by half its side.
"""

_RULES = ("half_side", "literal", "iou")
_OVERLAP = 0.7
"""Overlap that a box whose corners are off by the radius must still have (CornerNet)."""


def mask_focal_heat(
    boxes: ArrayLike,
    size: Size,
    *,
    stride: int = 4,
    radius: Radius = "half_side",
    widening: float = WIDENING,
    combine: Combine = "max",
    out: FloatMap | None = None,
) -> FloatMap:
    """The target (H, W) of the Mask Focal Loss: positive where a cell's centre lies in a box, and at each key cell.

    With r the radius in cells and D = 2 r + 1, sigma is D (1 + eta exp(-D)) / 6 (Mask Focal Loss, equation 10).

    Args:
        boxes: (N, 4) x0 y0 x1 y1, pixels, all known; sides under one cell count as one cell for sigma.
        size: width and height of the network's input, pixels.
        stride: pixels per cell.
        radius: what r is, see `Radius`.
        widening: eta, which widens the Gaussians of small heads, 0 = none.
        combine: what two heads make of one cell; sums exceed 1 where heads overlap.
        out: array to fill instead of a new one, float32 or float64.

    Returns:
        float32 (ceil(height / stride), ceil(width / stride)), or `out`.

    Raises:
        ValueError: a box is unknown, `radius` or `combine` has no such choice, `widening` is below 0, or `out` does
            not fit.
    """
    if not 0 <= widening < float("inf"):
        raise ValueError(f"widening is a number from 0, not {widening}")
    found = canvas(size, None, stride).values(out)
    shape = found.shape[1], found.shape[0]
    plan = _plan(numbers_of(boxes, "boxes", width=4), stride, _rule(radius), float(widening), shape, size)
    stamp_heads(found, *plan, _adds(combine))
    return found


def centernet_heat(
    boxes: ArrayLike,
    size: Size,
    *,
    stride: int = 4,
    combine: Combine = "max",
    out: FloatMap | None = None,
) -> FloatMap:
    """CenterNet's own target (H, W): the radius r is whole, sigma is (2 r + 1) / 6, a head's square ends r cells away.

    Sources: Law and Deng, CornerNet, ECCV 2018; Zhou et al., Objects as Points, 2019, with the roots of the overlap
    equations as published there (halved whatever the leading coefficient is).

    Args, returns and errors are those of `mask_focal_heat`; there is no choice of radius and no widening.
    """
    found = canvas(size, None, stride).values(out)
    plan = _plan(numbers_of(boxes, "boxes", width=4), stride, -1, 0.0, (found.shape[1], found.shape[0]), size)
    stamp_heads(found, *plan, _adds(combine))
    return found


def _rule(radius: str) -> int:
    if radius not in _RULES:
        raise ValueError(f"radius is one of {', '.join(_RULES)}, not {radius!r}")
    return _RULES.index(radius)


def _adds(combine: str) -> bool:
    if combine not in ("max", "sum"):
        raise ValueError(f"combine is max or sum, not {combine!r}")
    return combine == "sum"


@compiled
def _allowed_error(width: float, height: float) -> float:
    """How far, in cells, both corners of a box may be off at 0.7 overlap: the smallest of three published roots."""
    around, area = width + height, width * height
    shifted = np.sqrt(around * around - 4.0 * area * (1.0 - _OVERLAP) / (1.0 + _OVERLAP))
    inside = np.sqrt(4.0 * around * around - 16.0 * (1.0 - _OVERLAP) * area)
    outside = np.sqrt(4.0 * _OVERLAP * _OVERLAP * around * around + 16.0 * _OVERLAP * (1.0 - _OVERLAP) * area)
    error: float = min((around + shifted) / 2.0, around + inside / 2.0, outside / 2.0 - _OVERLAP * around)
    return error


@compiled
def _plan(boxes: Boxes, stride: int, rule: int, widening: float, shape: Size, size: Size) -> Plan:
    """Heads whose centre is inside. Rules are indices of `_RULES`, spans then the box; -1 = CenterNet's squares."""
    cells, sigmas = np.empty((len(boxes), 2), np.int64), np.empty(len(boxes), np.float64)
    spans, count = np.empty((len(boxes), 4), np.int64), 0
    for i in range(len(boxes)):
        box = (boxes[i, 0] / stride, boxes[i, 1] / stride, boxes[i, 2] / stride, boxes[i, 3] / stride)
        middle = ((box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0)
        if not (0.0 <= middle[0] * stride < size[0] and 0.0 <= middle[1] * stride < size[1]):
            continue
        sides = (max(box[2] - box[0], 1.0), max(box[3] - box[1], 1.0))
        radius = min(sides[0], sides[1])
        if rule == -1:
            radius = np.floor(_allowed_error(np.ceil(sides[0]), np.ceil(sides[1])))
        elif rule == 0:
            radius = radius / 2.0
        elif rule == 2:
            radius = _allowed_error(sides[0], sides[1])
        across = 2.0 * radius + 1.0
        sigmas[count] = across * (1.0 + widening * np.exp(-across)) / 6.0
        for axis in range(2):
            key = int(middle[axis])
            if rule == -1:
                first, last = key - int(radius), key + int(radius) + 1
            else:
                # A cell is in the box if its centre is: the first at or after one edge, none at or after the other.
                first, last = int(np.ceil(box[axis] - 0.5)), int(np.ceil(box[axis + 2] - 0.5))
            cells[count, axis] = key
            spans[count, axis], spans[count, axis + 2] = max(first, 0), min(last, shape[axis])
        count += 1
    return cells[:count], sigmas[:count], spans[:count]
