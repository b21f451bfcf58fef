"""Mall in its plainest spelling: one MATLAB file of version 5."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.io import loadmat, savemat

from test_wild.plain.plain import POINTS, Heads, Plain, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "frames", {f"seq_{number + 1:06}": None for number in range(len(POINTS))})
    cell = np.empty((1, len(POINTS)), dtype=object)
    for number, points in enumerate(POINTS.values()):
        cell[0, number] = {"loc": np.reshape(points, (-1, 2))}
    count = np.array([[len(points)] for points in POINTS.values()], dtype=np.uint8)
    savemat(folder / "mall_gt.mat", {"frame": cell, "count": count})
    return [folder / "mall_gt.mat"]


def heads(folder: Path) -> Heads:
    frames = loadmat(folder / "mall_gt.mat")["frame"][0]
    points = [frame["loc"][0, 0].tolist() for frame in frames]
    return {f"seq_{number:06}": [numbers(point, 2) for point in part] for number, part in enumerate(points, start=1)}


PLAIN = Plain(put, heads, None)
