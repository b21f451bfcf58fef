"""What changed between the heads of two data sets, image by image: heads are joined first, then compared.

Heads are joined in this order, each head once: rows without any difference; heads at one place with one size, those
whose other columns agree first; heads with one id, where the id is unique in both images and most heads of the first
two steps confirm that both data sets number the same people; boxes by their overlap, the greatest first; points by
their distance, the nearest first. What is left over is removed or added. So the order of heads makes no difference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gta_head_tools.annotations import ImageAnnotations, Mask, known
from gta_head_tools.columns import Numbers, numbers_of
from gta_head_tools.equal_rows import pair_equal_rows
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.nearest_pairs import nearest_first, take_in_order
from gta_head_tools.geometry import any_in_row, overlap
from gta_head_tools.touching_boxes import touching_boxes

PAIR_KINDS = ("moved", "resized", "boxes", "ids", "ignore", "visibility", "score")
"""How two joined heads may differ; a pair may differ in several ways. ``boxes``: only one of the two has a box."""
HEAD_KINDS = ("added", "removed", *PAIR_KINDS)
LEAST_OVERLAP = 0.1
"""Intersection over union from which two boxes may be one head that moved or was resized."""

_VALUE_TOLERANCE = 1e-6
"""Of visibility and score: formats write six decimals or more."""
_ROUNDING = 1e-9
"""Pixels: 35.2 - 25.2 is 10.000000000000004."""
_MOST_PAIRS = 5_000_000
"""Candidates of one image that are held at once."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOptions:
    """What counts as a difference.

    Attributes:
        tolerance: pixels by which a coordinate may differ, inclusive. The default is the largest error with which a
            format of ours that keeps decimals writes a coordinate.
        reach: pixels up to which heads whose boxes do not overlap, or that have no boxes, may be one that moved.

    Raises:
        ConfigError: a number that is negative or not finite.
    """

    tolerance: float = 0.01
    reach: float = 20.0

    def __post_init__(self) -> None:
        for name in ("tolerance", "reach"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ConfigError(f"--{name} {value}: expected a number of pixels, 0 or more")


@dataclass(frozen=True, slots=True, eq=False)
class HeadDiff:
    """How the heads of two images differ.

    Attributes:
        before: (K,) rows of the first image that are joined.
        after: (K,) the rows of the second image they are joined with.
        removed: (R,) rows of the first image alone.
        added: (A,) rows of the second image alone.
        changes: kind of `PAIR_KINDS` to (K,) True where the pair differs so.
        moves: (K,) how far the point of each pair moved, pixels; NaN = one of them has no finite place.
    """

    before: Places
    after: Places
    removed: Places
    added: Places
    changes: Mapping[str, Mask]
    moves: Numbers

    @property
    def counts(self) -> dict[str, int]:
        """Heads by kind of difference, see `HEAD_KINDS`; a head that moved and was resized counts in both."""
        changed = {kind: int(self.changes[kind].sum()) for kind in PAIR_KINDS}
        return {"added": len(self.added), "removed": len(self.removed), **changed}

    @property
    def largest_move(self) -> float:
        """Pixels, of the heads that moved; 0 where none did."""
        return float(np.nan_to_num(self.moves[self.changes["moved"]], nan=0.0).max(initial=0.0))


def diff_heads(before: ImageAnnotations, after: ImageAnnotations, options: DiffOptions | None = None) -> HeadDiff:
    """The differences between the heads of two images.

    Args:
        before: heads of the first data set.
        after: heads of the second one.
        options: what counts as a difference.

    Raises:
        ConfigError: one image holds too many candidates, because its heads lie on a few spots.
    """
    chosen = options or DiffOptions()
    joins = _Joins(before, after, chosen)
    rows, columns = joins.pairs()
    changes = _changes(before, after, rows, columns, chosen.tolerance)
    with np.errstate(over="ignore", invalid="ignore"):
        moves = np.hypot(*(after.points[columns] - before.points[rows]).T)
    return HeadDiff(rows, columns, np.flatnonzero(~joins.joined), np.flatnonzero(joins.holders < 0), changes, moves)


def _near(left: Numbers, right: Numbers, tolerance: float) -> Mask:
    """Where two numbers agree within the tolerance; what is unknown (NaN) on both sides agrees."""
    with np.errstate(over="ignore", invalid="ignore"):
        near: Mask = (np.abs(left - right) <= tolerance + _ROUNDING) | (left == right)
    return near if near.all() else near | (np.isnan(left) & np.isnan(right))


def _far_rows(left: Numbers, right: Numbers, tolerance: float) -> Mask:
    far: Mask = any_in_row(~_near(left, right, tolerance))
    return far


def _values(image: ImageAnnotations, name: str) -> Numbers:
    """(N,) visibility or score, NaN = unknown."""
    if name not in image.extra:
        return np.full(len(image), np.nan)
    column = image.extra[name]
    values: Numbers = np.where(known(column), column, np.nan).astype(np.float64)
    return values


def _changes(
    before: ImageAnnotations, after: ImageAnnotations, rows: Places, columns: Places, tolerance: float
) -> dict[str, Mask]:
    """`HeadDiff.changes` of heads that are joined."""
    boxes, others = before.boxes[rows], after.boxes[columns]
    boxed, others_boxed = before.has_box[rows], after.has_box[columns]
    differs = boxed & others_boxed & _far_rows(boxes, others, tolerance)
    resized, shifted = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    if differs.any():
        with np.errstate(over="ignore", invalid="ignore"):
            steps = others[differs] - boxes[differs]
            resized[differs] = _far_rows(steps[:, 2:], steps[:, :2], tolerance)
            # The middle moved by half of the sum of both steps.
            shifted[differs] = _far_rows(steps[:, 2:], -steps[:, :2], 2 * tolerance)
        # Corners may differ by more than the tolerance while neither the middle nor a side does.
        shifted |= differs & ~resized & ~shifted
    changes = {
        "moved": shifted | _far_rows(before.points[rows], after.points[columns], tolerance),
        "resized": resized,
        "boxes": boxed != others_boxed,
        "ids": before.ids[rows] != after.ids[columns],
        "ignore": before.ignore[rows] != after.ignore[columns],
    }
    for name in ("visibility", "score"):
        if name in before.extra or name in after.extra:
            values, others_values = _values(before, name)[rows], _values(after, name)[columns]
            changes[name] = ~_near(values, others_values, _VALUE_TOLERANCE)
        else:
            changes[name] = np.zeros(len(rows), dtype=bool)
    return changes


class _Joins:
    """Heads of two images that are joined one to one, step by step.

    Attributes:
        joined: (P,) True for heads of the first image that have a partner.
        holders: (N,) row of the first image that each head of the second one is joined with, -1 = none.
    """

    def __init__(self, before: ImageAnnotations, after: ImageAnnotations, options: DiffOptions) -> None:
        self._before, self._after, self._options = before, after, options
        self.joined = np.zeros(len(before), dtype=bool)
        self.holders: Places = np.full(len(after), -1, dtype=np.int64)

    def pairs(self) -> tuple[Places, Places]:
        """Join the heads; the rows of both images that belong together, in the order of the first image."""
        for step in (
            self._same_rows,
            self._same_heads,
            self._in_place,
            self._by_id,
            self._by_overlap,
            self._by_distance,
        ):
            if self.joined.all() or (self.holders >= 0).all():
                break
            step()
        columns = np.flatnonzero(self.holders >= 0)
        rows = self.holders[columns]
        order = np.argsort(rows, kind="stable")
        return rows[order], columns[order]

    def _join(self, rows: Places, columns: Places) -> None:
        self.joined[rows] = True
        self.holders[columns] = rows

    def _free(self) -> tuple[Places, Places]:
        return np.flatnonzero(~self.joined), np.flatnonzero(self.holders < 0)

    def _same_rows(self) -> None:
        """Join heads of one row that do not differ."""
        rows = np.arange(min(len(self._before), len(self._after)))
        changed = np.logical_or.reduce(list(self._changes(rows, rows).values()))
        self._join(rows[~changed], rows[~changed])

    def _changes(self, rows: Places, columns: Places) -> dict[str, Mask]:
        return _changes(self._before, self._after, rows, columns, self._options.tolerance)

    def _same_heads(self) -> None:
        """Join heads whose columns agree to the last bit."""
        left, right = self._free()
        rows, columns = pair_equal_rows(_bits(self._before.select(left)), _bits(self._after.select(right)))
        self._join(left[rows], right[columns])

    def _in_place(self) -> None:
        """Join heads whose point and box agree within the tolerance, those with the fewest other changes first."""
        left, right = self._finite()
        if not len(left) or not len(right):
            return
        # The diagonal of the tolerance, because each coordinate alone may differ by it.
        radius = self._options.tolerance * 1.5 + _ROUNDING
        trees = cKDTree(_points(self._before, left)), cKDTree(_points(self._after, right))
        if trees[0].count_neighbors(trees[1], radius) > _MOST_PAIRS:
            raise self._too_dense(f"within {radius:g} px of each other (lower --tolerance)")
        near = trees[0].sparse_distance_matrix(trees[1], radius, output_type="ndarray")
        rows, columns = left[near["i"]], right[near["j"]]
        changes = self._changes(rows, columns)
        there = ~(changes["moved"] | changes["resized"])
        others = np.sum([changes[kind] for kind in PAIR_KINDS[2:]], axis=0)
        self._take(rows[there], columns[there], (near["v"][there], others[there]))

    def _by_id(self) -> None:
        """Join heads with one id, unless the heads that are joined say that the data sets number people differently."""
        if not self._ids_agree():
            return
        left, right = self._free()
        mine, other = (_unique_ids(image.ids) for image in (self._before, self._after))
        left = left[np.isin(self._before.ids[left], mine)]
        right = right[np.isin(self._after.ids[right], other)]
        _, rows, columns = np.intersect1d(self._before.ids[left], self._after.ids[right], True, True)
        self._join(left[rows], right[columns])

    def _ids_agree(self) -> bool:
        columns = np.flatnonzero(self.holders >= 0)
        mine, other = self._before.ids[self.holders[columns]], self._after.ids[columns]
        both = (mine >= 0) & (other >= 0)
        return bool(2 * np.count_nonzero(mine[both] == other[both]) >= np.count_nonzero(both))

    def _by_overlap(self) -> None:
        """Join boxes that overlap enough, the greatest overlap first."""
        left, right = self._free()
        left = left[np.isfinite(self._before.boxes[left]).all(axis=1)]
        right = right[np.isfinite(self._after.boxes[right]).all(axis=1)]
        boxes = numbers_of(self._before.boxes[left], "boxes", width=4)
        others = numbers_of(self._after.boxes[right], "boxes", width=4)
        found = touching_boxes(boxes, others, _MOST_PAIRS)
        if found is None:
            raise self._too_dense("with boxes that overlap")
        shares = overlap(boxes[found[0]], others[found[1]])
        enough = shares >= LEAST_OVERLAP
        self._take(left[found[0]][enough], right[found[1]][enough], (-shares[enough],))

    def _by_distance(self) -> None:
        """Join heads by their points, the nearest first."""
        left, right = self._finite()
        if len(left) and len(right):
            points, others = _points(self._before, left), _points(self._after, right)
            holders, _ = nearest_first(points, others, self._options.reach + _ROUNDING)
            self._join(left[holders[holders >= 0]], right[holders >= 0])

    def _finite(self) -> tuple[Places, Places]:
        """`_free`, without heads whose point is not finite."""
        left, right = self._free()
        known_left = np.isfinite(self._before.points[left]).all(axis=1)
        return left[known_left], right[np.isfinite(self._after.points[right]).all(axis=1)]

    def _take(self, rows: Places, columns: Places, keys: tuple[Numbers | Places, ...]) -> None:
        """Join candidates wherever both heads are free, in the order of the keys, the last one first."""
        order = np.lexsort((columns, rows, *keys))
        take_in_order(order, rows, columns, np.zeros(len(rows)), self.holders, np.zeros(len(self.holders)))
        self.joined[self.holders[self.holders >= 0]] = True

    def _too_dense(self, what: str) -> ConfigError:
        path = self._before.info.path
        return ConfigError(
            f"{path}: more than {_MOST_PAIRS:,} pairs of heads {what}: this is no crowd; look at the heads"
        )


def _points(image: ImageAnnotations, rows: Places) -> Numbers:
    return numbers_of(image.points[rows], "points", width=2)


def _unique_ids(ids: Places) -> Places:
    """The ids that only one head has."""
    values, counts = np.unique(ids[ids >= 0], return_counts=True)
    alone: Places = values[counts == 1]
    return alone


def _bits(image: ImageAnnotations) -> Places:
    """(N, C) all that is compared, as whole numbers that are equal where the values are; NaN equals NaN."""
    values = np.column_stack([image.points, image.boxes, _values(image, "visibility"), _values(image, "score")])
    same = np.where(np.isnan(values), np.nan, values + 0.0)  # So that -0 is 0, and NaN has one bit pattern.
    table: Places = np.column_stack([same.view(np.int64), image.ids, image.ignore])
    return table
