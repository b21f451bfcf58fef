"""UCF_CC_50 in its plainest spelling: MATLAB files of version 5, compressed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.io import loadmat, savemat

from test_wild.plain.plain import POINTS, Heads, Plain, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder)
    for name, points in POINTS.items():
        savemat(folder / f"{name}_ann.mat", {"annPoints": np.reshape(points, (-1, 2))}, do_compression=True)
    return sorted(folder.glob("*.mat"))


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("*.mat")):
        points = loadmat(file)["annPoints"]
        found[file.stem.removesuffix("_ann")] = [numbers(point, 2) for point in points.tolist() if points.size]
    return found


PLAIN = Plain(put, heads, None, accepts=0.02)
