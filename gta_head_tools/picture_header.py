"""The header of a picture, read without decoding: its size, and the EXIF orientation by which viewers turn it."""

from __future__ import annotations

import errno
import functools
import struct
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.errors import DataFormatError

if TYPE_CHECKING:
    from PIL import Image

Size = tuple[int, int]
"""Width and height."""
Values = TypeVar("Values", bound=np.generic)

_TAG = 0x0112
_BROKEN = (SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, struct.error, EOFError)
"""What Pillow raises for damaged data, besides OSError."""
_PNG_START = b"\x89PNG\r\n\x1a\n"

_JPEG_HEADER = 4096
"""Bytes that hold the header of a JPEG without a thumbnail or EXIF data."""
_FRAMES, _SCAN, _QUANTISATION, _JFIF = {0xC0, 0xC1, 0xC2}, 0xDA, 0xDB, 0xE0
_TABLES = {0xC4, 0xDD, 0xFE}
"""Segments of a JPEG: Huffman tables, restart interval, comment."""
_KINDS = ("JPEG", "JPEG2000", "PNG", "BMP", "DIB", "TIFF", "WEBP", "GIF", "PPM")
"""What Pillow may open, whatever a file is called: it gives EPS, for one, to a program that runs what stands in it."""
_MOST_PIXELS = 64_000_000
"""Pictures that Pillow takes without a warning."""

_UPRIGHT: Mapping[int, Callable[[NDArray[Values]], NDArray[Values]]] = {
    1: lambda rows: rows,
    2: lambda rows: rows[:, ::-1],
    3: lambda rows: rows[::-1, ::-1],
    4: lambda rows: rows[::-1],
    5: lambda rows: rows.swapaxes(0, 1),
    6: lambda rows: rows.swapaxes(0, 1)[:, ::-1],
    7: lambda rows: rows[::-1, ::-1].swapaxes(0, 1),
    8: lambda rows: rows.swapaxes(0, 1)[::-1],
}
_INVERSE = {6: 8, 8: 6}


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What is known of a picture that is not decoded.

    Attributes:
        size: width and height of the stored pixels.
        orientation: EXIF orientation, 1 to 8; 1 = viewers show the pixels as they are stored.
    """

    size: Size
    orientation: int


def read_header(path: Path) -> PictureHeader:
    """The header of a picture; an orientation tag that is damaged or has no meaning is like none.

    It is read once as long as the file stays the same: size and orientation are asked for at several places.

    Raises:
        DataFormatError: the file cannot be read as a picture.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    return _read_header(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)


@functools.lru_cache(maxsize=1 << 16)
def _read_header(path: Path, *_: int) -> PictureHeader:
    return _plain_jpeg(path) or _by_pillow(path)


def _by_pillow(path: Path) -> PictureHeader:
    with opened(path) as picture:
        tag = orientation_of(picture, path)
        # Pillow gives the size of a TIFF as it is shown.
        shown = picture.format == "TIFF"
        return PictureHeader(turned_size(picture.size, tag) if shown else picture.size, tag)


def _plain_jpeg(path: Path) -> PictureHeader | None:
    """The header of a plain JPEG without EXIF data, in a fifth of the time that Pillow takes; None for all others."""
    if not path.is_file():  # Opening a pipe would wait for another program forever.
        return None
    try:
        with path.open("rb", buffering=0) as file:
            start = file.read(_JPEG_HEADER)
    except OSError:
        return None
    size, place = (0, 0), 2
    while start[:2] == b"\xff\xd8" and place + 4 <= len(start) and start[place] == 0xFF:
        kind, end = start[place + 1], place + 2 + int.from_bytes(start[place + 2 : place + 4], "big")
        content = start[place + 4 : end]
        if end > len(start) or not (kind == _SCAN or _is_plain(kind, content)):
            return None
        if kind == _SCAN:
            return PictureHeader(size, 1) if 0 < size[0] * size[1] <= _MOST_PIXELS else None
        if kind in _FRAMES:
            size = int.from_bytes(content[3:5], "big"), int.from_bytes(content[1:3], "big")
        place = end
    return None


def _is_plain(kind: int, content: bytes) -> bool:
    """True for a segment that Pillow takes, and that changes neither size nor orientation."""
    if kind in _FRAMES:
        return len(content) >= 6 and content[0] == 8 and content[5] in {1, 3} and len(content) == 6 + 3 * content[5]
    if kind == _QUANTISATION:
        return len(content) % 65 == 0 and all(number < 16 for number in content[::65])
    return kind in _TABLES or (kind == _JFIF and len(content) == 14)


def image_size(path: Path) -> Size:
    """Width and height in stored pixels, read from the header only; an orientation tag is not applied.

    Raises:
        DataFormatError: the file cannot be read as a picture.
    """
    return read_header(path).size


def turned_size(size: Size, orientation: int) -> Size:
    """Width and height of a picture once it is turned by its orientation.

    >>> turned_size((100, 60), 6), turned_size((100, 60), 3)
    ((60, 100), (100, 60))
    """
    return size[::-1] if orientation >= 5 else size


def turned(picture: NDArray[Values], orientation: int) -> NDArray[Values]:
    """The pixels (H, W, ...) as viewers show them, turned or mirrored by an EXIF orientation (1 to 8)."""
    return picture if orientation == 1 else np.ascontiguousarray(_UPRIGHT[orientation](picture))


def turned_back(picture: NDArray[Values], orientation: int) -> NDArray[Values]:
    """The stored pixels (H, W, ...) of a picture that has been turned by its orientation."""
    return turned(picture, _INVERSE.get(orientation, orientation))


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """A picture opened with Pillow; whatever goes wrong with it in the block is told in words for the user.

    Raises:
        DataFormatError: the file cannot be read as a picture.
    """
    from PIL import Image

    _quiet()
    try:
        if path.exists() and not path.is_file():  # Opening a pipe would wait for another program forever.
            raise IsADirectoryError(errno.EISDIR, "no file")
        # Pillow maps a file that it opens by its path, and mixes up the rows of a grey TIFF that is stored turned.
        with path.open("rb") as file, Image.open(file, formats=_KINDS) as picture:
            yield picture
    except (OSError, Image.DecompressionBombError, *_BROKEN) as error:
        raise unreadable(path, error) from error


def _quiet() -> None:
    """Keep Pillow from printing warnings of large pictures and of damaged tags, which do not matter here."""
    # Each time, because the filters are those of the caller, who may have replaced them meanwhile.
    warnings.filterwarnings("ignore", module=r"PIL\.")


def unreadable(path: Path, error: Exception) -> DataFormatError:
    """The error for a picture that cannot be read."""
    return DataFormatError(path, f"not a readable picture ({_reason(path, error)}); replace it or leave it out")


def _reason(path: Path, error: Exception) -> str:
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, Image.DecompressionBombError):
        return f"it has more than {2 * (Image.MAX_IMAGE_PIXELS or 0) // 10**6} million pixels"
    if isinstance(error, OSError) and error.errno is not None:
        known = {
            errno.EISDIR: "it is a folder, or no file at all",
            errno.EACCES: "you may not read it",
            errno.ENOENT: "it is not there",
        }
        return known.get(error.errno, str(error.strerror or error).lower())
    if isinstance(error, UnidentifiedImageError):
        empty = path.is_file() and path.stat().st_size == 0
        return "the file is empty" if empty else "its content is no picture"
    return "it is cut short" if "truncated" in str(error).lower() else "its data are damaged"


def orientation_of(picture: Image.Image, path: Path) -> int:
    """The EXIF orientation of an open picture, 1 to 8; 1 where the tag is missing, damaged or has no meaning."""
    if picture.format in {"JPEG", "WEBP"} and not picture.info.keys() & {"exif", "xmp"}:
        return 1
    try:
        tags = _png_tags(picture, path) if picture.format == "PNG" else picture.getexif()
        tag = None if tags is None else tags.get(_TAG)
    except (OSError, *_BROKEN):
        return 1
    return int(tag) if isinstance(tag, int) and 1 <= tag <= 8 else 1


def _png_tags(picture: Image.Image, path: Path) -> Image.Exif | None:
    """The EXIF tags of a PNG. They may stand behind the pixels, which Pillow would decode to find them."""
    from PIL import Image

    if "exif" in picture.info or "Raw profile type exif" in picture.info:
        return picture.getexif()
    with path.open("rb") as file:
        content = _png_chunk(file, b"eXIf")
    if content is None:
        return None
    tags = Image.Exif()
    tags.load(content)
    return tags


def _png_chunk(file: BinaryIO, kind: bytes) -> bytes | None:
    """The content of the first chunk of a kind; None = there is none."""
    place = len(_PNG_START)
    while True:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return None
        length = int.from_bytes(head[:4], "big")
        if head[4:] == kind:
            return file.read(length)
        place += 12 + length
