"""WorldExpo'10 in its plainest spelling: MATLAB files of version 5."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.io import loadmat, savemat

from test_wild.plain.plain import POINTS, Heads, Plain, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    labels = folder / "train_label" / "100202"
    labels.mkdir(parents=True)
    put_pictures(folder / "train_frame", {f"100202_{name}": None for name in POINTS})
    region = np.array([[0.0], [300.0], [300.0]])
    savemat(labels / "roi.mat", {"maskVerticesXCoordinates": region, "maskVerticesYCoordinates": region[::-1] / 2})
    for name, points in POINTS.items():
        savemat(labels / f"100202_{name}.mat", {"point_position": np.reshape(points, (-1, 2))})
    return sorted(labels.glob("*.mat"))


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("train_label/*/*_*.mat")):
        points = loadmat(file)["point_position"]
        if points.size and points.shape[1:] != (2,):
            raise ValueError(points.shape)
        found[file.stem] = [numbers(point, 2) for point in points.tolist()] if points.size else []
    return found


PLAIN = Plain(put, heads, None)
