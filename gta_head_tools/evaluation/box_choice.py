"""Which head each predicted box of an image chooses, in every range of areas and at every threshold; compiled.

Only pairs that overlap by the lowest threshold are held, found by a grid of the middles: no dense matrix.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.columns import Numbers
from gta_head_tools.compiled import compiled
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.average_precision import THRESHOLDS, Bits, Flags
from gta_head_tools.geometry import written_xywh
from gta_head_tools.nearest import cell_of, grid_of

Places = NDArray[np.int64]
Edges = NDArray[np.int32]

_MOST_PAIRS = 100_000_000
"""That are held at once, 12 bytes each."""

# As in COCO's evaluator: an overlap equal to the threshold is enough, and 1 is reached within rounding.
_LEVELS = np.minimum(np.array(THRESHOLDS), 1 - 1e-10)


def choose(found: Numbers, heads: Numbers, regions: Flags, areas: Numbers) -> tuple[Bits, Bits]:
    """For each range of areas (A) and prediction (P): at which thresholds it chose a head, and where it is ignored.

    Args:
        found: (P, 4) predicted boxes x0 y0 x1 y1, the best first.
        heads: (N, 4) boxes x0 y0 x1 y1.
        regions: (N,) heads that are regions to ignore.
        areas: (A, 2) smallest and largest area, square pixels.

    Raises:
        ConfigError: too many boxes overlap.
    """
    # From left, top, width, height, as COCO computes it, so that overlaps are equal to the last digit.
    found, heads = written_xywh(found), written_xywh(heads)
    starts, edges, overlaps = _overlapping(found, heads, regions, _LEVELS[0])
    if starts[-1] > _MOST_PAIRS:
        raise ConfigError(
            f"{len(found):,} predictions and {len(heads):,} heads make more than {_MOST_PAIRS:,} pairs of boxes that "
            "overlap by half, too many to be scored; look at the boxes, or take --protocol counting"
        )
    return _choose(
        starts, edges, overlaps, found[:, 2] * found[:, 3], heads[:, 2] * heads[:, 3], regions, areas, _LEVELS
    )


@compiled
def _overlapping(found: Numbers, heads: Numbers, regions: Flags, least: float) -> tuple[Places, Edges, Numbers]:
    """Heads that each prediction overlaps enough, ascending, as in `matching`, and by how much; boxes are x y w h."""
    starts = np.zeros(len(found) + 1, dtype=np.int64)
    edges, overlaps = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float64)
    if len(found) == 0:
        return starts, edges, overlaps
    # Half of a prediction lies in the head's box only if its middle does.
    firsts, order, _, (columns, rows), (left, top, side) = grid_of(found[:, :2] + found[:, 2:] / 2)
    filled = starts
    total = 0
    for turn in range(2):  # The first turn counts the pairs, the second fills them in.
        if turn == 1:
            starts = np.cumsum(starts)
            edges, overlaps = np.empty(starts[-1], dtype=np.int32), np.empty(starts[-1], dtype=np.float64)
            filled = starts[:-1].copy()
        for head in range(len(heads)):
            if total > _MOST_PAIRS:
                starts[-1] = total
                return starts, edges, overlaps
            x, y, width, height = heads[head, 0], heads[head, 1], heads[head, 2], heads[head, 3]
            # Half a pixel and a millionth more, because of rounding.
            more = 0.5 + 1e-6 * side
            first, last = cell_of(x - more, left, side, columns), cell_of(x + width + more, left, side, columns)
            upper, lower = cell_of(y - more, top, side, rows), cell_of(y + height + more, top, side, rows)
            for row in range(upper, lower + 1):
                for place in range(firsts[row * columns + first], firsts[row * columns + last + 1]):
                    box = order[place]
                    wide, high = found[box, 2], found[box, 3]
                    down = min(found[box, 1] + high, y + height) - max(found[box, 1], y)
                    across = min(found[box, 0] + wide, x + width) - max(found[box, 0], x)
                    if down <= 0 or across <= 0:
                        continue
                    shared = across * down
                    overlap = shared / (wide * high if regions[head] else wide * high + width * height - shared)
                    if overlap < least:
                        continue
                    if turn == 0:
                        starts[box + 1] += 1
                        total += 1
                    else:
                        edges[filled[box]] = head
                        overlaps[filled[box]] = overlap
                        filled[box] += 1
    return starts, edges, overlaps


@compiled
def _choose(
    starts: Places,
    edges: Edges,
    overlaps: Numbers,
    sizes: Numbers,
    head_sizes: Numbers,
    regions: Flags,
    areas: Numbers,
    levels: Numbers,
) -> tuple[Bits, Bits]:
    hits = np.zeros((len(areas), len(sizes)), dtype=np.uint16)
    ignored = np.zeros((len(areas), len(sizes)), dtype=np.uint16)
    taken = np.full(len(head_sizes), -1, dtype=np.int64)  # Number of the last pass that took the head; never cleared.
    for area in range(len(areas)):
        low, high = areas[area, 0], areas[area, 1]
        passed_over = regions | (head_sizes < low) | (head_sizes > high)
        for level in range(len(levels)):
            flag = np.uint16(1 << level)
            turn = area * len(levels) + level
            for box in range(len(sizes)):
                chosen = -1
                for side in range(2):  # Any head that counts is preferred to all ignored ones.
                    best = levels[level]
                    for edge in range(starts[box], starts[box + 1]):
                        head = edges[edge]
                        if passed_over[head] != (side == 1) or overlaps[edge] < best:
                            continue
                        if taken[head] == turn and not regions[head]:
                            continue
                        best = overlaps[edge]
                        chosen = head
                    if chosen >= 0:
                        break
                if chosen >= 0:
                    taken[chosen] = turn
                    hits[area, box] |= flag
                    if passed_over[chosen]:
                        ignored[area, box] |= flag
                elif sizes[box] < low or sizes[box] > high:
                    ignored[area, box] |= flag
    return hits, ignored
