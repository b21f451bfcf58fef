"""Density maps as CSRNet stores them; where the heads are is a guess, so that there is nothing to compare them with."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from test_wild.plain.plain import POINTS, SIZE, Heads, Plain, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "images")
    (folder / "density").mkdir()
    for name, points in POINTS.items():
        map_ = np.zeros(SIZE[::-1], dtype=np.float32)
        for x, y in points:
            map_[int(y), int(x)] = 1
        with h5py.File(folder / f"density/{name}.h5", "w") as file:
            file["density"] = map_
    return sorted(folder.glob("density/*.h5"))


def heads(folder: Path) -> Heads:
    maps = {}
    for file in sorted(folder.glob("density/*.h5")):
        with h5py.File(file) as stored:
            rows, columns = np.nonzero(np.asarray(stored["density"]))
        maps[file.stem] = list(zip((columns + 0.5).tolist(), (rows + 0.5).tolist(), strict=True))
    return maps


PLAIN = Plain(put, heads, None, options=["points=maxima"], accepts=0)
