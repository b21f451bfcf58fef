"""An image that has a picture file with an orientation tag, and a composer that would build another picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.pictures import Picture

WIDTH, HEIGHT = 64, 32


def stored() -> Picture:
    """(32, 64, 3) pixels of the file: the left half is white, the right half black."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:, : WIDTH // 2] = 255
    return picture


def compose(root: Path, info: ImageInfo) -> Callable[[], Picture]:  # noqa: ARG001
    return lambda: np.full((HEIGHT, WIDTH, 3), 128, np.uint8)


def two_pictures(folder: Path) -> Dataset:
    """One image with one head, whose file asks viewers to turn it by a quarter."""
    tag = Image.Exif()
    tag[0x0112] = 6
    (folder / "s").mkdir()
    Image.fromarray(stored()).save(folder / "s" / "1.jpg", quality=95, exif=tag)
    heads = ImageAnnotations(ImageInfo("s/1.jpg", WIDTH, HEIGHT, scene="s"), np.array([[60.0, 28.0]]))
    return in_memory([heads], folder, compose=compose)


def shows_stored(picture: Picture) -> bool:
    """True when the picture is as stored: not the composed one, and not turned."""
    return picture.shape == (HEIGHT, WIDTH, 3) and bool(np.abs(picture.astype(int) - stored()).mean() < 8)
