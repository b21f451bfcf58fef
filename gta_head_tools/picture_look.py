"""One look at a picture: whether it can be decoded, its size and colours, and what it shows in short.

The picture is decoded once, and a JPEG at an eighth of its size where that leaves enough pixels: all of its data are
read all the same, so that a file that is cut short is noticed, in two thirds of the time of a full decode.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageInfo
from gta_head_tools.errors import DataFormatError, GtaHeadError
from gta_head_tools.picture_header import PictureHeader, opened, read_header, turned, turned_size, unreadable
from gta_head_tools.pictures import Picture, to_rgb

if TYPE_CHECKING:
    from PIL import Image

Colours = Literal["colour", "grey", "grey in three channels", "palette", "CMYK", "16-bit", "transparent"]
"""How the colours of a picture are stored."""
View = Literal["stored", "turned", "open"]
"""Which view of a picture with an EXIF orientation its labels belong to; open = nothing says."""

SIDE = 32
"""Rows and columns of a thumbnail."""
_ENOUGH = 80
"""Pixels per side that a reduced decode leaves at least."""
_LOWEST = 8
"""Rows and columns of frequencies in a hash."""
_BLACK = 8
"""Grey levels below which a colour is black; white is as near to the other end."""
_FLAT = 4.0
"""Least standard deviation, in grey levels, of the thumbnail of a picture that shows something."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a picture shows, in short, as viewers show it: turned by its EXIF orientation.

    Attributes:
        colours: how they are stored.
        digest: of the bytes of the file, "" = the picture is not one file; equal files have equal ones.
        hash: 64 bits, of which near-same pictures share almost all.
        thumbnail: `SIDE` x `SIDE` grey levels, row by row.
        flat: the thumbnail shows next to nothing, so that it is like that of any other flat picture.
        kind: of the file by its content, as Pillow calls it, "" = the picture is not one file.
        filled: share of the rows, from the lowest upwards, that are of one colour which is neither black nor white.
    """

    colours: Colours
    digest: bytes
    hash: int
    thumbnail: bytes
    flat: bool
    kind: str = ""
    filled: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of the picture of an image.

    Attributes:
        there: there is a picture, damaged or not.
        header: size of the stored pixels and orientation, None = the file is not a picture.
        shown: None = the pixels cannot be decoded.
        problem: why there is no header, or nothing is shown; "" = all is well.
        length: bytes of the file.
    """

    there: bool
    header: PictureHeader | None = None
    shown: Shown | None = None
    problem: str = ""
    length: int = 0


def look_at(path: Path, build: Callable[[], Picture] | None = None) -> Look:
    """What is seen of a picture; it never raises an error for a bad file.

    Args:
        path: of the file.
        build: builds the picture (H, W, 3) of several files where there is no such file.
    """
    if build is not None:
        return _look_at_built(build)
    try:
        length = os.stat(path).st_size  # noqa: PTH116  # Paths would take most of the time where there is no picture.
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return Look(there=False, problem="the picture is a link that leads nowhere" if os.path.islink(path) else "")  # noqa: PTH114
    except OSError as error:
        return Look(there=True, problem=unreadable(path, error).problem)
    header = None
    try:
        header = read_header(path)
        return Look(there=True, header=header, shown=_shown(path, header), length=length)
    except DataFormatError as error:
        return Look(there=True, header=header, problem=error.problem, length=length)


def _look_at_built(build: Callable[[], Picture]) -> Look:
    from PIL import Image

    try:
        pixels = build()
    except GtaHeadError as error:
        return Look(there=True, problem=str(error))
    header = PictureHeader((pixels.shape[1], pixels.shape[0]), 1)
    return Look(there=True, header=header, shown=_summary(Image.fromarray(pixels), header.size, 1, b""))


def view_of(info: ImageInfo, header: PictureHeader) -> View:
    """Which view of a picture with an EXIF orientation the labels of an image belong to, once reading has decided it.

    A size that the labels declare tells the views apart where they have different sizes.
    """
    if info.orientation != 1:
        return "turned"
    declared = info.sized and not info.measured and info.size == header.size
    return "stored" if declared and turned_size(header.size, header.orientation) != info.size else "open"


def _shown(path: Path, header: PictureHeader) -> Shown:
    with opened(path) as picture:
        _, box = picture.draft("RGB", (_ENOUGH, _ENOUGH)) or ("", (0, 0, *picture.size))
        picture.load()
        # Pillow turns a TIFF itself, when it decodes it.
        orientation = 1 if picture.format == "TIFF" else header.orientation
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest()
        return _summary(picture, box[2:], orientation, digest)


def _summary(picture: Image.Image, extent: tuple[float, float], orientation: int, digest: bytes) -> Shown:
    """What a picture shows whose content ends at `extent` (x, y): the last pixels of a reduced one may be cut ones."""
    from PIL import Image

    colours = _stored_as(picture)
    plain = (
        picture if colours in {"colour", "grey"} and picture.mode in {"RGB", "L"} else Image.fromarray(to_rgb(picture))
    )
    factor = max(1, min(plain.size) // _ENOUGH)
    small = plain.reduce(factor)
    box = (0, 0, extent[0] / factor, extent[1] / factor)
    thumbnail = np.asarray(small.convert("L").resize((SIDE, SIDE), Image.Resampling.HAMMING, box))
    flat = bool(thumbnail.std() < _FLAT)
    if colours == "colour" and not flat and _is_grey(small):
        colours = "grey in three channels"
    upright = turned(thumbnail, orientation)
    filled = 0.0 if flat else _filled(np.asarray(small))
    return Shown(colours, digest, _hash(upright), upright.tobytes(), flat, picture.format or "", filled)


def _stored_as(picture: Image.Image) -> Colours:
    if picture.has_transparency_data:
        return "transparent"
    if picture.mode.startswith(("I", "F")):
        return "16-bit"
    kinds: dict[str, Colours] = {"1": "grey", "L": "grey", "P": "palette", "CMYK": "CMYK"}
    return kinds.get(picture.mode, "colour")


def _is_grey(picture: Image.Image) -> bool:
    """True where red, green and blue are equal, but for rounding."""
    from PIL import ImageChops

    red, green, blue = picture.split()
    return not any(any(ImageChops.difference(green, other).histogram()[3:]) for other in (red, blue))


def _filled(pixels: NDArray[np.uint8]) -> float:
    """Share of the rows at the end of a picture (H, W) or (H, W, 3) that are of the colour of the last one.

    Decoders fill so what is missing of a JPEG. Black and white are those of bars, which people add.
    """
    whole = pixels[:-1]  # The last row may be a part of one.
    if not len(whole):
        return 0.0
    colour = whole[-1, 0].astype(np.int16)
    bar = colour.max() < _BLACK or colour.min() > 255 - _BLACK
    if bar or np.abs(whole[-1] - colour).max() > 1:
        return 0.0
    others = (np.abs(whole[:, :-1] - colour) > 1).reshape(len(whole), -1).any(axis=1)
    return float(np.argmax(others[::-1]) / len(whole)) if others.any() else 1.0


def _hash(thumbnail: NDArray[np.uint8]) -> int:
    """Signs of the lowest frequencies of a discrete cosine transform, against their median."""
    waves = _waves()
    lowest = (waves @ thumbnail.astype(np.float64) @ waves.T).ravel()
    median = np.sort(lowest[1:])[len(lowest) // 2 - 1]
    return int.from_bytes(np.packbits(lowest > median).tobytes(), "big")


@functools.cache
def _waves() -> NDArray[np.float64]:
    """(`_LOWEST`, `SIDE`) cosine waves."""
    return np.asarray(np.cos(np.pi * np.outer(np.arange(_LOWEST), np.arange(SIDE) + 0.5) / SIDE))
