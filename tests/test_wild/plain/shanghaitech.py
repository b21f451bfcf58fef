"""ShanghaiTech in its plainest spelling: MATLAB files of version 5."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.io import loadmat, savemat

from test_wild.plain.plain import POINTS, Heads, Plain, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "images")
    (folder / "ground_truth").mkdir()
    for name, points in POINTS.items():
        info = np.empty((1, 1), dtype=[("location", object), ("number", object)])
        info[0, 0] = (np.reshape(points, (-1, 2)), np.array([[float(len(points))]]))
        cell = np.empty((1, 1), dtype=object)
        cell[0, 0] = info
        savemat(folder / f"ground_truth/GT_{name}.mat", {"image_info": cell})
    return sorted(folder.glob("ground_truth/*.mat"))


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("ground_truth/*.mat")):
        points = loadmat(file)["image_info"][0, 0]["location"][0, 0].tolist()
        found[file.stem.removeprefix("GT_")] = [numbers(point, 2) for point in points]
    return found


PLAIN = Plain(put, heads, None)
