"""Anchors that contradict the others: found one after another, by fitting everything again without each of them.

A wrong anchor also spoils the scale and the shape that a fit starts from, so that its weight alone cannot be lowered.
Two explanations are compared for an anchor of size s: the model predicts s from the other anchors, or s is a mistake,
whose size may be anything (its log is spread evenly). The rise of the log evidence is

    log p(others) + log(1 / s) - log p(all)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.grid_fits import PriorFits

Array = NDArray[np.float64]
Rows = NDArray[np.intp]
FitRows = Callable[[Rows], PriorFits]

GAIN = 4.0
"""Rise of the log evidence from which an anchor is taken for a mistake."""
WORTH_FITTING = 0.0
"""Rise at the scale of the present fit from which the fit without an anchor is tried."""
TRIED, TRIED_AMONG_MANY, MANY = 3, 1, 20
"""Anchors that are left out on trial, those with the highest rise at the scale of the present fit. Among many anchors
a wrong one hardly changes the scale, so that the highest rise is right, and fits are slow."""
LEAST = 4
"""Anchors from which on the others can tell which one is wrong."""


@dataclass(frozen=True, slots=True)
class Found:
    """The anchors without the wrong ones.

    Attributes:
        kept: (K,) anchors that agree.
        fits: of these.
        suspects: the other anchors, the clearest one first.
        unresolved: the kept anchors still contradict each other.
    """

    kept: Rows
    fits: PriorFits
    suspects: tuple[int, ...]
    unresolved: bool


def find_wrong(fit: FitRows, sizes: Array, trusted: NDArray[np.bool_]) -> Found:
    """Leave out the anchor that raises the evidence most, until none raises it clearly; at most one in three.

    Where a trusted anchor is the clearest one, the search ends: without it the others would be blamed for its size.

    Args:
        fit: fits some of the anchors.
        sizes: (N,) their geometric sizes.
        trusted: (N,) anchors that are never left out.
    """
    limit = max(1, len(sizes) // 3) if len(sizes) >= LEAST else 0
    kept = np.arange(len(sizes))
    fits, suspects = fit(kept), list[int]()
    while True:
        trials = _trials(fit, fits, kept, sizes)
        wrong = next(iter(trials), None)
        if wrong is None or trusted[wrong] or len(suspects) == limit:
            return Found(kept, fits, tuple(suspects), wrong is not None)
        kept, fits = kept[kept != wrong], trials[wrong]
        suspects.append(wrong)


def _trials(fit: FitRows, fits: PriorFits, kept: Rows, sizes: Array) -> dict[int, PriorFits]:
    """The fits without each anchor that seems to be wrong, by anchor, the clearest one first."""
    if len(kept) < 2:
        return {}
    now, mistaken = fits.evidence, -np.log(sizes[kept])
    rough = fits.left_out_evidence + mistaken - now
    count = TRIED_AMONG_MANY if len(kept) > MANY else TRIED
    likely = [int(place) for place in np.argsort(-rough, kind="stable")[:count] if rough[place] > WORTH_FITTING]
    tried = []
    for place in likely:
        without = fit(np.delete(kept, place))
        gain = without.evidence + mistaken[place] - now
        if gain > GAIN:
            tried.append((gain, int(kept[place]), without))
    return {index: without for _, index, without in sorted(tried, key=lambda trial: -trial[0])}
