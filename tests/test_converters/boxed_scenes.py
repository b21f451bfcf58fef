"""Small GCC scenes with anchors, for tests of the main job: heads whose size is known at every place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from test_converters.gcc_scenes import rounded, write_json, write_picture

SIZE = (1920, 1080)


def true_size(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The size of a head at points (N, 2)."""
    return 12 + 48 * points[:, 1] / 1080


def write_scene(folder: Path, *, seed: int = 0, images: int = 3, heads: int = 40, pictures: bool = False) -> Path:
    """A Labeler scene without pictures unless asked."""
    rng = np.random.default_rng(seed)
    for number in range(images):
        points = np.round(rng.uniform([5, 100], [1915, 1075], (heads, 2)))
        write_json(folder, f"{1000 + number}", rounded(points))
        if pictures:
            write_picture(folder / "jpgs" / f"{1000 + number}.jpg", SIZE)
    return folder


def stored_points(folder: Path, stem: str = "1000") -> NDArray[np.float64]:
    """Head points of one image as the reader gives them."""
    pairs = np.array(json.loads((folder / "jsons" / f"{stem}.json").read_text())["image_info"], dtype=np.float64)
    return pairs[:, ::-1] + 1


def write_anchor_file(folder: Path, rows: tuple[int, ...] = (0, 5, 10, 15, 20, 25), **changes: Any) -> Path:
    """Exact boxes of some heads of the first image, in the scene's own anchor file."""
    points = stored_points(folder)[list(rows)]
    half = true_size(points)[:, None] / 2
    boxes = np.concatenate([points - half, points + half], axis=1)
    anchors = [
        {"image": "1000", "point": point, "box": box}
        for point, box in zip(points.tolist(), boxes.tolist(), strict=True)
    ]
    content = {"format": "ghtools-anchors", "version": 1, "image_size": list(SIZE), "anchors": anchors, **changes}
    path = folder / "anchors.json"
    path.write_text(json.dumps(content))
    return path


def two_scenes(root: Path) -> Path:
    """Two scenes with anchors."""
    for number in (1, 2):
        write_anchor_file(write_scene(root / f"scene_{number}_0", seed=number))
    return root


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder and its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
