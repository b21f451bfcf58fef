"""Small data sets for tests, and what they look like when they come back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory

DATA = Path(__file__).parent.parent / "data"
SIZE = (16, 12)


def image(path: str, boxes: Any = (), **columns: Any) -> ImageAnnotations:
    """An image with these boxes (N, 4) or with points alone; the scene is the folder, points are middles of boxes."""
    known = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    info = {key: columns.pop(key) for key in ("width", "height", "scene", "split", "frame", "facts") if key in columns}
    named = ImageInfo(path, **{"width": SIZE[0], "height": SIZE[1], "scene": path.rpartition("/")[0], **info})
    points = columns.pop("points", (known[:, :2] + known[:, 2:]) / 2)
    return ImageAnnotations(named, points, boxes=known if len(known) else None, **columns)


def write_pictures(root: Path, images: Iterable[ImageAnnotations]) -> Path:
    """Black pictures of the images below `root`."""
    for one in images:
        file = root / one.info.path
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", one.info.size).save(file)
    return root


def boxes_only(root: Path = Path("/nowhere"), **info: Any) -> Dataset:
    """Two scenes, three images, three heads with boxes: what every format that is written can hold."""
    return in_memory(
        [
            image("street/a.png", [[1.5, 2, 4.5, 6.25], [-1, 8, 2.125, 13]], ids=[7, -1], ignore=[False, True], **info),
            image("street/b.png", **info),
            image("square/c.png", [[10, 3.5, 14, 8]], ids=[3], **info),
        ],
        root,
    )


def columns(images: Iterable[ImageAnnotations]) -> dict[str, list[NDArray[Any]]]:
    """Name of each image to its columns, for comparison across formats."""
    return {one.info.name: [one.points, one.boxes, one.ids, one.ignore] for one in images}


def assert_same_heads(left: Iterable[ImageAnnotations], right: Iterable[ImageAnnotations], atol: float = 0.0) -> None:
    """The same images by name, with the same heads; coordinates within `atol` pixels."""
    expected, found = columns(left), columns(right)
    assert expected.keys() == found.keys()
    for name, values in expected.items():
        for want, have in zip(values, found[name], strict=True):
            np.testing.assert_allclose(have, want, rtol=0, atol=atol, err_msg=name)


COORDINATES = st.integers(-10_000, 4_000_000).map(lambda number: number / 1000)
"""Coordinates with three decimals."""


@st.composite
def crowds(draw: st.DrawFn) -> Dataset:
    """Data sets with boxes, ids and ignored heads, of up to three scenes."""
    images = []
    for number in range(draw(st.integers(1, 4))):
        rows = draw(st.lists(st.tuples(*[COORDINATES] * 4, st.integers(-1, 10**6), st.booleans()), max_size=4))
        table = np.array([row[:4] for row in rows], dtype=np.float64).reshape(-1, 4)
        boxes = np.concatenate([table[:, :2], table[:, :2] + np.abs(table[:, 2:])], axis=1)
        ids, ignore = [row[4] for row in rows], [row[5] for row in rows]
        scene = draw(st.sampled_from(["street", "square", "hall"]))
        images.append(image(f"{scene}/{number}.png", boxes, ids=ids, ignore=ignore))
    return in_memory(images, Path("/nowhere"))
