"""GCC Labeler scenes as the labeler writes them, built for tests from the description of the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image
from scipy.io import savemat

CAMERA = {"location": [-1250.0, -850.0, 35.0], "rotation": [-18.5, 0.0, 123.25], "fov": 40.0}
AREA = [(-1260.0, -860.0), (-1290.0, -855.0), (-1300.0, -900.0), (-1275.0, -905.0), (-1262.0, -880.0)]
"""Five vertices, all in front of CAMERA: an odd number, so that scrambling mixes x and y."""


def rounded(points: ArrayLike) -> list[list[int]]:
    """Rows and columns that the labeler stores for heads x y (N, 2) in pixels."""
    return [[round(y) - 1, round(x) - 1] for x, y in np.asarray(points, dtype=np.float64).reshape(-1, 2)]


def scrambled(area: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Pairs that the labeler stores for a polygon."""
    flat = [number for vertex in area for number in vertex]
    return list(zip(flat[: len(area)], flat[len(area) :], strict=True))


def write_json(scene: Path, stem: str, pairs: Any, **more: Any) -> Path:
    """A json with these stored pairs; `more` are the other keys."""
    file = scene / "jsons" / f"{stem}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"image_info": pairs, **more}))
    return file


def write_mat(scene: Path, stem: str, pairs: ArrayLike, *, number: int | None = None, **more: Any) -> Path:
    """A mat with these stored pairs; `more` are the other variables."""
    location = np.asarray(pairs, dtype=np.int64)
    count = len(location) if number is None else number
    info = np.array((location, np.array([[count]])), dtype=[("location", "O"), ("number", "O")])
    file = scene / "mats" / f"{stem}.mat"
    file.parent.mkdir(parents=True, exist_ok=True)
    savemat(file, {"image_info": info, **more})
    return file


def mat_camera(**changes: ArrayLike) -> Any:
    """CAMERA as the struct of a mat."""
    parts = {"location": [CAMERA["location"]], "rotation": [CAMERA["rotation"]], "fov": [[CAMERA["fov"]]], **changes}
    return np.array([[tuple(np.array(part) for part in parts.values())]], dtype=[(name, "O") for name in parts])


def write_picture(file: Path, size: tuple[int, int] = (1920, 1080)) -> Path:
    """A black picture of that size."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size).save(file)
    return file
