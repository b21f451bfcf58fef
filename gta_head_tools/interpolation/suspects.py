"""Anchors that contradict the others: named and given less weight, never left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.grid_fits import GRID_T, PIXEL_NOISE, Part

Array = NDArray[np.float64]

SUSPECT_NOISE = 60.0
"""Factor on the noise variance of a suspect."""
SUSPECT_GAIN = 3.5
"""Rise of the log evidence that makes one."""


class _Trial:
    """One part of a fit in which anchors are given more noise, one after the other, its scale and shape kept.

    More noise for one anchor changes one entry of the covariance, so that inverse and evidence follow without solving
    anew (Sherman and Morrison).
    """

    def __init__(self, part: Part, phi: Array) -> None:
        self.inverse, self.alpha, self.evidence = part.inverse.copy(), part.alpha.copy(), part.evidence.copy()
        noise = np.outer(GRID_T, part.scale.shape(phi)) ** 2 + PIXEL_NOISE**2
        self.more = (SUSPECT_NOISE - 1) * noise

    def evidences(self) -> Array:
        """(C, N) evidence of every combination with each anchor's noise raised."""
        grown = 1 + self.more * np.diagonal(self.inverse, axis1=1, axis2=2)
        raised: Array = self.evidence[:, None] + 0.5 * self.more * self.alpha**2 / grown - 0.5 * np.log(grown)
        return raised

    def raise_noise(self, index: int) -> None:
        """Go on with the noise of one anchor raised."""
        self.evidence = self.evidences()[:, index]
        column = self.inverse[:, :, index].copy()
        step = self.more[:, index] / (1 + self.more[:, index] * column[:, index])
        self.alpha -= (step * self.alpha[:, index])[:, None] * column
        self.inverse -= step[:, None, None] * column[:, :, None] * column[:, None, :]


def find_suspects(parts: Sequence[Part], phi: Array, trusted: NDArray[np.bool_]) -> list[int]:
    """Anchors that contradict the others, at most one in five.

    Of the two with the largest leave-one-out residual, the one whose noise raised lifts the evidence more is taken, as
    long as it does so clearly.
    """
    count = len(trusted)
    trials = [_Trial(part, phi) for part in parts]
    open_to_doubt, found = ~trusted, list[int]()
    while count >= 4 and len(found) < max(1, count // 5):
        now = np.stack([trial.evidence for trial in trials])
        part, c = np.unravel_index(int(np.argmax(now)), now.shape)
        best = trials[part]
        doubts = np.abs(best.alpha[c]) / np.sqrt(np.diagonal(best.inverse[c]))
        doubts = np.where(open_to_doubt, doubts, -1.0)
        tried = [int(index) for index in np.argsort(-doubts, kind="stable")[:2] if doubts[index] >= 0]
        raised = np.logaddexp.reduce(np.concatenate([trial.evidences()[:, tried] for trial in trials]), axis=0)
        if not tried or raised.max() <= np.logaddexp.reduce(now.ravel()) + SUSPECT_GAIN:
            break
        winner = tried[int(np.argmax(raised))]
        for trial in trials:
            trial.raise_noise(winner)
        open_to_doubt[winner] = False
        found.append(winner)
    return found
