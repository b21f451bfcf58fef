"""UCF-QNRF in its plainest spelling: MATLAB files of version 5, uncompressed so that accidents reach the numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.io import loadmat, savemat

from test_wild.plain.plain import POINTS, Heads, Plain, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "Train", {f"img_{name}": None for name in POINTS})
    for name, points in POINTS.items():
        savemat(folder / f"Train/img_{name}_ann.mat", {"annPoints": np.reshape(points, (-1, 2))})
    return sorted(folder.glob("*/*.mat"))


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("*/*.mat")):
        points = loadmat(file)["annPoints"]
        if points.shape[1:] != (2,) and points.size:
            raise ValueError(points.shape)
        found[file.stem.removesuffix("_ann")] = [numbers(point, 2) for point in points.tolist() if points.size]
    return found


PLAIN = Plain(put, heads, None)
