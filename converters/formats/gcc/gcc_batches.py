"""Pictures of the GCC Collector that were rendered in several batches, put together.

The game shows at most 180 people at a time. Batch N (the index of its first person) leaves `part_N_1.bmp` with its
people, `part_N_0.bmp` the same view without them, and `part_N.raw`, one stencil byte per pixel, row by row: 1 and 17
are people outdoors, 9 and 25 indoors. The stencil was written in text mode on Windows, so that each byte 10 may have
become 13, 10.
Source: `gjy3035/GCC-CL` (GCC-Collector: export.cpp, createCrowd.cpp; GCC-Labeler: combine.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import listed

Picture = NDArray[np.uint8]
"""(H, W, 3) RGB."""

_PICTURE = re.compile(r"part_(\d+)_1\.bmp")
_PERSON = 1
_FLAGS = 8 | 16
"""Bits of the stencil that do not belong to the class: indoors, and one of unknown meaning."""


def find_batches(folder: Path) -> list[int]:
    """Numbers of the batches whose picture lies in `folder`, ascending: far people come first."""
    found = (_PICTURE.fullmatch(file.name) for file in listed(folder, "part_*_1.bmp"))
    return sorted(int(match[1]) for match in found if match)


def compose(folder: Path, batches: Sequence[int]) -> Picture:
    """One picture of several batches.

    Each pixel comes from the last batch that shows a person there (later ones are nearer), else from the batch whose
    picture with people differs most from the one without; the first of equals.

    Args:
        folder: of the image.
        batches: their numbers, ascending, at least one.

    Raises:
        DatasetLayoutError: a file of a batch is missing.
        DataFormatError: a file that is damaged or of another size than the rest.
    """
    picture = _read_picture(folder / f"part_{batches[0]}_1.bmp")
    people = np.zeros(picture.shape[:2], dtype=bool)
    largest = np.full(picture.shape[:2], -1, dtype=np.int64)
    for batch in batches:
        full = _read_picture(folder / f"part_{batch}_1.bmp", like=picture)
        empty = _read_picture(folder / f"part_{batch}_0.bmp", like=picture)
        change = ((full.astype(np.int64) - empty) ** 2).sum(axis=2)
        person = read_stencil(folder / f"part_{batch}.raw", (picture.shape[1], picture.shape[0]))
        taken = person | (~people & (change > largest))
        picture[taken] = full[taken]
        people |= person
        np.maximum(largest, change, out=largest)
    return picture


def read_stencil(path: Path, size: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) True where the stencil of a picture of (width, height) shows a person.

    Raises:
        DatasetLayoutError: the file is missing.
        DataFormatError: it has another size, also after line ends are repaired.
    """
    width, height = size
    stored = _present(path).read_bytes()
    pixels = stored.replace(b"\r\n", b"\n") if len(stored) > width * height else stored
    if len(pixels) != width * height:
        problem = f"{len(stored)} bytes ({len(pixels)} with line ends repaired), expected {width} x {height}"
        raise DataFormatError(path, f"{problem} = {width * height}; capture the image again")
    codes = np.frombuffer(pixels, dtype=np.uint8).reshape(height, width)
    people: NDArray[np.bool_] = (codes & ~np.uint8(_FLAGS)) == _PERSON
    return people


def _present(path: Path) -> Path:
    if not path.is_file():
        raise DatasetLayoutError(path, "file of a batch is missing; capture the image again or say --images none")
    return path


def _read_picture(path: Path, *, like: Picture | None = None) -> Picture:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(_present(path)) as opened:
            picture = np.array(opened.convert("RGB"), dtype=np.uint8)
    except (UnidentifiedImageError, OSError) as error:
        raise DataFormatError(path, f"not a readable picture ({error}); capture the image again") from error
    if like is not None and picture.shape != like.shape:
        sizes = " instead of ".join(f"{image.shape[1]} x {image.shape[0]}" for image in (picture, like))
        raise DataFormatError(path, f"{sizes} of the first batch; capture the image again")
    return picture
