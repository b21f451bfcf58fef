"""Pictures as arrays: any file of a data set in, RGB out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.errors import DataFormatError
from gta_head_tools.picture_header import opened, orientation_of, turned_back
from gta_head_tools.whole_files import replacing

if TYPE_CHECKING:
    from PIL import Image

Picture = NDArray[np.uint8]
"""(H, W, 3) RGB."""


def read_picture(path: Path) -> Picture:
    """The picture in a file; grey, 16-bit, CMYK and palette pictures become RGB, transparent ones lie on white.

    Pixels are as stored: an orientation tag is not applied (`gta_head_tools.picture_header.turned` applies it).

    Raises:
        DataFormatError: the file is no picture, is cut short, or is too large to be one.
    """
    with opened(path) as picture:
        plain = picture.format == "JPEG" and picture.mode in {"RGB", "L"}
        decoded = _decode_jpeg(path.read_bytes()) if plain else None
        if decoded is not None:
            return decoded
        # Pillow turns a TIFF when it decodes it, and no other kind of picture.
        tag = orientation_of(picture, path) if picture.format == "TIFF" else 1
        return turned_back(to_rgb(picture), tag)


def read_small(path: Path, least: int) -> Picture:
    """The picture in a file for a small view of it; the longer side has at least `least` pixels, or all that there are.

    A JPEG is decoded at a half, a quarter or an eighth of its size, in a fraction of the time.

    Raises:
        DataFormatError: as `read_picture`.
    """
    with opened(path) as picture:
        if picture.format == "JPEG":
            scale = least / max(picture.size)
            picture.draft(picture.mode, (math.ceil(scale * picture.width), math.ceil(scale * picture.height)))
            return to_rgb(picture)
    return read_picture(path)


def _decode_jpeg(data: bytes) -> Picture | None:
    """The pixels as Pillow decodes them, in a quarter of its time; None = OpenCV may not decode all of them."""
    import cv2

    if not data.endswith(b"\xff\xd9"):  # OpenCV fills the missing part of a cut file with grey, without an error.
        return None
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if pixels is None else np.asarray(pixels, np.uint8)


def to_rgb(picture: Image.Image) -> Picture:
    """The pixels of an open picture; grey, 16-bit, CMYK and palette become RGB, transparent ones lie on white."""
    from PIL import Image

    if picture.mode.startswith(("I", "F")):
        return _deep_to_rgb(np.asarray(picture))
    if picture.has_transparency_data:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    return np.asarray(picture.convert("RGB"))


def _deep_to_rgb(values: NDArray[np.generic]) -> Picture:
    """Grey of 16 bits is reduced to 8, floats are stretched to their own range; Pillow would clip both at 255."""
    with np.errstate(invalid="ignore"):
        grey = np.nan_to_num(values.astype(np.float64))
    if values.dtype.kind == "f":
        low, high = float(grey.min()), float(grey.max())
        grey = (grey - low) * (255 / max(high - low, 1e-9))
    elif grey.max() > 255:
        grey = grey / 257
    eight: Picture = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return np.repeat(eight[..., None], 3, axis=2)


def write_jpeg(path: Path, picture: Picture, *, quality: int = 92, fine_colour: bool = True, comment: str = "") -> None:
    """Write a JPEG, whole or not at all.

    Args:
        path: of the file.
        picture: to write.
        quality: 1 to 95.
        fine_colour: keep colour at full resolution (4:4:4), because thin lines fade at 4:2:0, which cameras write.
        comment: kept in the file, for `read_comment`.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    from PIL import Image

    with replacing(path) as partial:
        Image.fromarray(picture).save(
            partial, format="JPEG", quality=quality, subsampling="4:4:4" if fine_colour else "4:2:0", comment=comment
        )


def write_png(path: Path, picture: Picture) -> None:
    """Write a PNG, whole or not at all.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    from PIL import Image

    with replacing(path) as partial:
        Image.fromarray(picture).save(partial, format="PNG")


def read_comment(path: Path) -> str:
    """The comment in the header of a JPEG; "" where there is none, and where the file is no JPEG."""
    try:
        with opened(path) as picture:
            comment = picture.info.get("comment", b"")
    except DataFormatError:
        return ""
    return comment.decode(errors="replace") if isinstance(comment, bytes) else str(comment)
