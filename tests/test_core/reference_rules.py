"""The two-nearest rule of the Mask Focal Loss paper (section 4.1) as a plain loop: the reference of bit-equality.

Order of the float operations, in double precision, for a head (x, y) and anchors (ax, ay, w, h):
`dx = x - ax`, `dy = y - ay`, `d = sqrt(dx*dx + dy*dy)`; the two anchors of smallest d, of equal ones the earlier;
`w = (d2 * w1 + d1 * w2) / (d1 + d2)` and likewise h; `w = (w1 + w2) / 2` if d1 + d2 = 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Pair = tuple[float, float]


def two_nearest(heads: Sequence[Pair], anchors: Sequence[Pair], sizes: Sequence[Pair]) -> list[Pair]:
    """Width and height of every head from the anchors at (x, y) with their (width, height)."""
    return [_one(head, anchors, sizes) for head in heads]


def _one(head: Pair, anchors: Sequence[Pair], sizes: Sequence[Pair]) -> Pair:
    if len(anchors) == 1:
        return sizes[0]
    distances = []
    for index, (ax, ay) in enumerate(anchors):
        dx, dy = head[0] - ax, head[1] - ay
        distances.append((math.sqrt(dx * dx + dy * dy), index))
    (d1, first), (d2, second) = sorted(distances)[:2]
    (w1, h1), (w2, h2) = sizes[first], sizes[second]
    if d1 + d2 == 0:
        return (w1 + w2) / 2, (h1 + h2) / 2
    return (d2 * w1 + d1 * w2) / (d1 + d2), (d2 * h1 + d1 * h2) / (d1 + d2)
