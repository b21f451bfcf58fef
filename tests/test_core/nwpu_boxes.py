"""Head sizes of NWPU-Crowd's validation images, and how well the size rules find them from a few anchors.

A line of `val_gt_loc.txt` is `id n` and n times `x y sigma_s sigma_l level`; sigma_s is half the shorter side of the
box and sigma_l half its diagonal, rounded half up. Which side is the width is lost; here it is the shorter one.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.rules import fit_sizes
from gta_head_tools.interpolation.size_model import SceneView

Array = NDArray[np.float64]

SMALLEST = 6.0
"""Pixels of the shorter side: below, rounding alone is worth more than the rules differ by."""


@dataclass(frozen=True)
class CrowdImage:
    """One image as a scene of its own: all head points (M, 2), and the usable ones (N, 2) with their sides (N, 2)."""

    number: int
    heads: Array
    points: Array
    sides: Array

    @cached_property
    def view(self) -> SceneView:
        """The picture's size is not in the file: it ends where the heads do."""
        width, height = (int(side) + 1 for side in self.heads.max(axis=0))
        return SceneView((self.heads,), (width, height))


def read_images(folder: Path) -> list[CrowdImage]:
    """Images with more than 50 heads, which all have enough large ones for 20 anchors."""
    found = []
    for line in gzip.decompress((folder / "nwpu_val" / "val_gt_loc.txt.gz").read_bytes()).decode().splitlines():
        number, count, *values = map(int, line.split())
        rows = np.array(values, dtype=np.float64).reshape(count, 5)
        shorter = 2 * rows[:, 2]
        longer = np.maximum(np.sqrt(np.maximum(4 * rows[:, 3] ** 2 - shorter**2, 0.0)), shorter)
        large = shorter >= SMALLEST
        if count > 50:
            sides = np.stack([shorter, longer], axis=1)[large]
            found.append(CrowdImage(number, rows[:, :2], rows[large, :2], sides))
    return found


def typical_error(images: Sequence[CrowdImage], count: int, rule: str = "auto") -> float:
    """Median over images of the median relative error, %, of the shorter side, from `count` random anchors."""
    medians = []
    for image in images:
        rng = np.random.default_rng([image.number, count])
        anchors = rng.choice(len(image.points), size=count, replace=False)
        predicted = fit_sizes(image.points[anchors], image.sides[anchors], image.view, rule=rule).predict(image.points)
        shorter = np.minimum(predicted.widths, predicted.heights)
        medians.append(np.median(np.abs(shorter / image.sides[:, 0] - 1)))
    return 100 * float(np.median(medians))
