"""Mall: 2,000 frames of one fixed camera in a shopping centre, one point per head; reading only.

```
mall_gt.mat            frame: 1 x 2000 cell of 1 x 1 struct `loc` (N x 2, x y); count: 2000 x 1
perspective_roi.mat    roi: struct `mask` (480 x 640, 1 = counts); pMapN: 480 x 640, grows with distance   (optional)
frames/seq_%06d.jpg    640 x 480                                                                           (optional)
```

The first 800 frames are the training split, the rest is the test split; all are one scene. Points are MATLAB plot
coordinates, see `matlab`; `-i shift=-0.5` moves them to pixel edges. Heads: 62,315, 13 to 53 a frame.
Source: Chen, Loy, Gong, Xiang, "Feature mining for localised crowd counting", BMVC 2012; the copy of
`guohaoyu110/Crowd-Density-Estimation`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from converters.files.arrays import matlab
from converters.files.pictures.frame_pictures import numbered_pictures
from converters.formats.format import Format
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import existing_folder
from gta_head_tools.picture_header import image_size
from gta_head_tools.regions import Region

_HEADS = "mall_gt.mat"
_PERSPECTIVE = "perspective_roi.mat"
_TRAINING_FRAMES = 800
_SIZE = (640, 480)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options of reading.

    Attributes:
        shift: added to both coordinates, pixels.
    """

    shift: float = 0.0


def detect(path: Path) -> bool:
    """True for a folder with `mall_gt.mat`, and for that file."""
    return path.is_file() if path.name == _HEADS else (path / _HEADS).is_file()


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set at `path`, its folder or the `mall_gt.mat` in it. Iterated, it holds all heads (1 MB).

    Raises:
        DatasetLayoutError: no folder, or no `mall_gt.mat` in it.
        DataFormatError: a file is damaged or holds what it should not.
    """
    root = path.parent if path.name == _HEADS and path.is_file() else existing_folder(path)
    count = _frame_count(root / _HEADS)
    pictures, notes = _pictures(root / "frames", count)
    size, roi = _size_and_roi(root, pictures)
    images = tuple(
        ImageInfo(
            picture,
            *size,
            scene="mall",
            frame=number,
            split="train" if number <= _TRAINING_FRAMES else "test",
            roi=roi,
        )
        for number, picture in enumerate(pictures, start=1)
    )
    return Dataset(
        root, (Scene("mall", images, folder=""),), partial(_load, root / _HEADS, options.shift), path, notes=notes
    )


def _frame_count(file: Path) -> int:
    if not file.is_file():
        raise DatasetLayoutError(file, "no such file; the folder of Mall holds it")
    shape, kind = matlab.shapes(file).get("frame", ((), "nothing"))
    if kind != "cell" or len(shape) != 2 or 1 not in shape:
        found = " x ".join(map(str, shape))
        raise DataFormatError(file, f"expected a 1 x n cell, found {found} {kind}; copy it again", record="frame")
    return shape[0] * shape[1]


def _pictures(folder: Path, count: int) -> tuple[list[str], tuple[str, ...]]:
    """Path of the picture of each frame, and what is worth telling of them."""
    there = numbered_pictures(folder)
    first, notes = 1, tuple[str, ...]()
    if 0 in there:
        if there.keys() != set(range(count)):
            problem = (
                f"pictures count from 0 to {max(there)}, frames from 1 to {count}; call the first one seq_000001.jpg"
            )
            raise DatasetLayoutError(folder, problem)
        first, notes = 0, ("pictures count from 0: picture 0 is that of frame 1",)
    numbers = range(first, first + count)
    return [f"{folder.name}/{there.get(number, f'seq_{number:06d}.jpg')}" for number in numbers], notes


def _size_and_roi(path: Path, pictures: list[str]) -> tuple[tuple[int, int], Region | None]:
    present, size = _first_size(path, pictures)
    file = path / _PERSPECTIVE
    if not file.is_file():
        return size or _SIZE, None
    roi = matlab.variable(file, matlab.load(file, ["roi"]), "roi")
    mask = matlab.field(file, roi, "mask", record="roi")
    if mask.ndim != 2 or mask.size == 0 or mask.dtype.kind not in "buif" or not np.isfinite(mask).all():
        raise DataFormatError(file, "expected a number for every pixel; copy the file again", record="roi.mask")
    if size and mask.shape != size[::-1]:
        problem = (
            f"{mask.shape[1]} x {mask.shape[0]}, but {present} is {size[0]} x {size[1]}; one of them is not Mall's"
        )
        raise DataFormatError(file, problem, record="roi.mask")
    return (mask.shape[1], mask.shape[0]), Region(mask=mask != 0)


def _first_size(path: Path, pictures: list[str]) -> tuple[Path | None, tuple[int, int] | None]:
    """The first picture that can be read, and its size."""
    for picture in (path / name for name in pictures if (path / name).exists()):
        with contextlib.suppress(DataFormatError):  # A damaged picture is told by those who need its pixels.
            return picture, image_size(picture)
    return None, None


def _load(file: Path, shift: float, scene: Scene) -> Iterator[ImageAnnotations]:
    stored = matlab.load(file, ["frame", "count"])
    frames = matlab.variable(file, stored, "frame").reshape(-1)
    counts = matlab.numbers(file, stored["count"], len(frames), record="count") if "count" in stored else None
    for info in scene.images:
        assert info.frame is not None
        record = f"frame{{{info.frame}}}"
        points = matlab.pairs(
            file, matlab.field(file, frames[info.frame - 1], "loc", record=record), record=f"{record}.loc"
        )
        if counts is not None and counts[info.frame - 1] != len(points):
            problem = f"says {counts[info.frame - 1]:g} heads, but {record}.loc holds {len(points)}"
            raise DataFormatError(file, f"{problem}; correct one of them", record=f"count({info.frame})")
        yield ImageAnnotations(info, points + shift)


FORMAT = Format(
    holds=frozenset({"points", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
)
