"""Peaks of a map of scores: as many as there are, with no cap."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.base import Map

Cells = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Rows (M,), columns (M,), scores (M,)."""


def find_peaks(scores: Map, *, floor: float) -> Cells:
    """Cells above `floor` that none of their 8 neighbours exceeds, the highest first.

    Equal cells side by side are one peak, at the first of them in reading order; so are the plateaus of maps that
    were computed in half precision. Peaks of equal scores come in reading order.

    Args:
        scores: float32 (h, w); what is not a number is no peak.
        floor: score that a peak exceeds.
    """
    known = np.ascontiguousarray(np.nan_to_num(scores, nan=-np.inf), dtype=np.float32)
    highest = (known > floor) & (known == cv2.dilate(known, np.ones((3, 3), np.uint8)))
    cells = np.flatnonzero(highest)
    # Neighbours of which none exceeds the other are equal: a plateau is a component of the mask.
    plateaus, names = cv2.connectedComponents(highest.astype(np.uint8), connectivity=8)
    if plateaus - 1 < len(cells):
        cells = cells[np.unique(names.reshape(-1)[cells], return_index=True)[1]]
    values = known.reshape(-1)[cells].astype(np.float64)
    order = np.lexsort((cells, -values))
    rows, columns = np.divmod(cells[order], scores.shape[1])
    return rows, columns, values[order]
