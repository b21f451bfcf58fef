"""How well heads can be seen in their pictures: who cannot see a head cannot draw a box around it."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import GtaHeadError
from gta_head_tools.pictures import Picture

VISIBLE = 0.6
"""Least visible share of a head, where the source has it."""
IN_FRONT = 0.5
"""Distance, in sizes of the head, within which another head that is lower in the picture covers it."""
AROUND = 0.75
"""Half the side of the square around a head that is looked at, in sizes of the head."""
CONTRAST, BRIGHT = 8.0, 30.0
"""Least standard deviation of grey levels in the square, and the level that a tenth of it exceeds at least: in rendered
crowds by day and on Mall one to four visible heads in a hundred have less, by night up to a third."""


class Seen(IntEnum):
    """How well a head is seen."""

    NOT = 0
    """Its picture is damaged."""
    POORLY = 1
    WELL = 2


class Sight:
    """Looks at heads in their pictures, and remembers what it saw.

    Args:
        read: returns the pixels of an image.
    """

    def __init__(self, read: Callable[[ImageInfo], Picture]) -> None:
        self._read = read
        self._known: dict[tuple[str, float, float, int], Seen] = {}
        self._open: tuple[str, NDArray[np.uint8] | None] = "", None

    def look(self, image: ImageAnnotations, row: int, size: float) -> Seen:
        """How well a head is seen.

        Args:
            image: with the head.
            row: of the head.
            size: the likely size of the head in pixels of the image.
        """
        x, y = image.points[row].tolist()
        # Sizes change a little with every anchor. In steps, what was seen is still known then.
        half = max(3, round(2 ** (round(2 * np.log2(AROUND * max(size, 1.0))) / 2)))
        key = image.info.path, x, y, half
        if key not in self._known:
            self._known[key] = self._judge(image.info, x, y, half)
        seen = self._known[key]
        return min(seen, Seen.POORLY) if _hidden(image, row, size) else seen

    def _judge(self, info: ImageInfo, x: float, y: float, half: int) -> Seen:
        grey = self._grey(info)
        if grey is None:
            return Seen.NOT
        column, line = int(x), int(y)
        square = grey[max(line - half, 0) : line + half + 1, max(column - half, 0) : column + half + 1]
        if not square.size or square.std() < CONTRAST or np.quantile(square, 0.9) < BRIGHT:
            return Seen.POORLY
        return Seen.WELL

    def _grey(self, info: ImageInfo) -> NDArray[np.uint8] | None:
        """Brightness (H, W) of the picture of an image; None = it cannot be read, or is of another size."""
        path, grey = self._open
        if path != info.path:
            try:
                picture = self._read(info)
            except GtaHeadError:
                picture = None
            fits = picture is not None and picture.shape[:2] == (info.height, info.width)
            grey = picture.max(axis=2) if picture is not None and fits else None
            self._open = info.path, grey
        return grey


def _hidden(image: ImageAnnotations, row: int, size: float) -> bool:
    """True when the source says that too little of a head is visible, or another head stands in front of it."""
    share = float(image.extra["visibility"][row]) if "visibility" in image.extra else 1.0
    away = image.points - image.points[row]
    in_front = (away[:, 1] > 0) & (np.hypot(*away.T) < IN_FRONT * size)
    # A negative share stands for an unknown one.
    return 0 <= share < VISIBLE or bool(in_front.any())
