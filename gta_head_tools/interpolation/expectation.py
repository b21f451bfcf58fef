"""What errors to expect of the boxes of a scene: of the size field, of single heads around it, and of the overlap.

The size field is the size that heads have at a place on average. People's own heads are larger or smaller, wider or
narrower, and their points lie higher or lower in them: so the box of one head is less sure than the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from gta_head_tools.geometry import around, overlap

Array = NDArray[np.float64]

MEDIAN_OF_NORMAL = 0.6745
HALF_NORMAL = ndtri(0.5 + (np.arange(50) + 0.5) / 100)
"""Evenly spaced quantiles of |error| / standard deviation."""
ASPECT_SPREAD, SHIFT_SPREAD, KNOWN_BEFORE = 0.08, 0.05, 3
"""Standard deviations of the log of width / height of heads and of the middles of their boxes in units of the size,
which count as much as those of three anchors."""
DRAWS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Errors to expect over the heads of a scene, as fractions.

    Attributes:
        field: median error of the size field.
        field_p95: error that 95 % of the field keep within.
        heads: median error of the sizes of single heads.
        overlap: mean intersection over union of the boxes with the exact ones.
        at_least: the errors are a lower bound, and the overlap an upper one.
    """

    field: float
    field_p95: float
    heads: float
    overlap: float
    at_least: bool = False

    @property
    def cells(self) -> tuple[str, str, str]:
        """Errors of sizes and of single heads, and the overlap, as the cells of a table under `EXPECTED`."""
        least, most = ("at least ", "at most ") if self.at_least else ("", "")
        return f"{least}±{percent(self.field)}", f"{least}±{percent(self.heads)}", f"{most}{self.overlap:.2f}"

    def __str__(self) -> str:
        return ", ".join(f"{name} {cell}" for name, cell in zip(EXPECTED, self.cells, strict=True))


EXPECTED = ("sizes", "single heads", "expected overlap")


def percent(share: float) -> str:
    """A share in percent, with one decimal below ten."""
    return f"{100 * share:.{0 if share >= 0.0995 else 1}f} %"


def expect(field: Array, heads: Array, *, aspects: Array, shifts: Array, at_least: bool = False) -> Expectation:
    """Summarise standard deviations.

    Args:
        field: (N,) relative standard deviation of the size field at heads, N >= 1.
        heads: (N,) the same of single heads.
        aspects: (M,) width / height of the boxes that were drawn.
        shifts: (M, 2) distance of their middles from the middles of the boxes that are made, in units of the size.
        at_least: see `Expectation`.
    """
    logs = np.log(aspects)
    aspect = _spread(logs - logs.mean() if len(logs) else logs, ASPECT_SPREAD, len(logs) - 1)
    shift = _spread(shifts.ravel(), SHIFT_SPREAD, shifts.size)
    return Expectation(
        field=MEDIAN_OF_NORMAL * float(np.median(field)),
        field_p95=float(np.quantile(np.outer(field, HALF_NORMAL), 0.95)),
        heads=MEDIAN_OF_NORMAL * float(np.median(heads)),
        overlap=_mean_overlap(heads, aspect, shift),
        at_least=at_least,
    )


def _spread(residuals: Array, usual: float, freedom: int) -> float:
    known = KNOWN_BEFORE * usual**2
    return float(np.sqrt((known + (residuals**2).sum()) / (KNOWN_BEFORE + max(freedom, 0))))


def _mean_overlap(heads: Array, aspect: float, shift: float) -> float:
    """Mean overlap of boxes whose size, shape and place are off by normal errors with a box of one pixel."""
    rng = np.random.default_rng(0)
    evenly = ndtri((np.arange(DRAWS) + 0.5) / DRAWS)
    off, shape, dx, dy = (rng.permutation(evenly) for _ in range(4))
    # A deviation of 300 % leaves no overlap to speak of; anchors that are wrong by far give larger ones.
    sizes = np.exp(np.outer(np.minimum(heads, 3.0), off))
    root = np.exp(aspect * shape / 2)
    middles = np.broadcast_to(shift * np.stack([dx, dy], axis=1), (len(heads), DRAWS, 2)).reshape(-1, 2)
    boxes = around(middles, (sizes * root).ravel(), (sizes / root).ravel())
    return float(overlap(boxes, np.broadcast_to([-0.5, -0.5, 0.5, 0.5], boxes.shape)).mean())


def joined(parts: Sequence[tuple[Expectation, int]]) -> Expectation:
    """One expectation of parts with so many heads each: means, the worst of the 95th percentiles.

    Args:
        parts: at least one.
    """
    expected, counts = zip(*parts, strict=True)

    def mean(values: list[float]) -> float:
        return float(np.average(values, weights=counts))

    return Expectation(
        field=mean([each.field for each in expected]),
        field_p95=max(each.field_p95 for each in expected),
        heads=mean([each.heads for each in expected]),
        overlap=mean([each.overlap for each in expected]),
        at_least=any(each.at_least for each in expected),
    )
