"""Pictures with one red head on grey, stored as a phone stores them, and where the head is found in a picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE = (60, 100)
"""Width and height of a picture as it is seen."""
HEAD = (10, 20, 26, 36)
"""The box of its head as it is seen."""
_STORING = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""By orientation, how the sensor sees what the viewer sees."""

Box = tuple[int, int, int, int]


def seen(size: tuple[int, int] = SIZE, head: Box = HEAD) -> Image.Image:
    """The picture as it is seen."""
    pixels = np.full((size[1], size[0], 3), 120, np.uint8)
    pixels[head[1] : head[3], head[0] : head[2]] = (255, 0, 0)
    return Image.fromarray(pixels)


def store(path: Path, orientation: int = 1, *, size: tuple[int, int] = SIZE, head: Box = HEAD) -> Path:
    """Write the picture so that viewers who apply its orientation see it upright."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = seen(size, head)
    stored = picture if orientation == 1 else picture.transpose(_STORING[orientation])
    tags = Image.Exif()
    tags[0x0112] = orientation
    if path.suffix == ".jpg":
        stored.save(path, exif=tags, quality=95, subsampling=0)
    else:
        stored.save(path, exif=tags)
    return path


def coco(file: Path, pictures: dict[str, tuple[int, int]], head: Box = HEAD) -> Path:
    """Write a COCO file of pictures with one head each, with the size that it declares for each."""
    images = [
        {"id": number, "file_name": name, "width": size[0], "height": size[1]}
        for number, (name, size) in enumerate(pictures.items(), start=1)
    ]
    box = [head[0], head[1], head[2] - head[0], head[3] - head[1]]
    annotations = [{"id": image["id"], "image_id": image["id"], "category_id": 1, "bbox": box} for image in images]
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "head"}]}
    file.write_text(json.dumps(content))
    return file


def csv(file: Path, names: list[str], head: Box = HEAD) -> Path:
    """Write a CSV of pictures with one head each."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{name},{','.join(map(str, head))}" for name in names]
    file.write_text("\n".join(["image,x1,y1,x2,y2", *rows, ""]))
    return file


def pixels(path: Path) -> NDArray[np.int64]:
    """(H, W, 3) the pixels of a file as they are stored."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(np.int64)


def red_box(shown: NDArray[np.int64]) -> list[int]:
    """x0 y0 x1 y1 of what is red in a picture."""
    red = (shown[..., 0] > 180) & (shown[..., 1] < 90) & (shown[..., 2] < 90)
    rows, columns = np.nonzero(red)
    return [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
