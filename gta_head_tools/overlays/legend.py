"""A legend on a picture: rows of marks and words on a dark ground, in the corner that hides the fewest heads."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gta_head_tools.annotations import Points
from gta_head_tools.overlays.marks import Corners
from gta_head_tools.pictures import Picture

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

GROUND = (20, 20, 24)
INK = (250, 250, 250)


@dataclass(frozen=True, slots=True)
class Entry:
    """A mark and what it means.

    Attributes:
        text: the words.
        mark: draws on a picture within one row of corners; None = words alone.
    """

    text: str
    mark: Callable[[Picture, Corners], None] | None = None


Row = Sequence[Entry]


def draw_legend(picture: Picture, rows: Sequence[Row], taken: Points) -> None:
    """Draw the rows onto the picture (H, W, 3); nothing where they do not fit.

    Args:
        picture: changed in place.
        rows: entries side by side.
        taken: (N, 2) places that should stay visible.
    """
    panel = _panel([row for row in rows if row], text_height(picture.shape[:2]))
    height, width = picture.shape[:2]
    if panel.shape[0] + 8 > height or panel.shape[1] + 8 > width:
        return
    x, y = _free_corner((panel.shape[1], panel.shape[0]), (width, height), taken)
    under = picture[y : y + panel.shape[0], x : x + panel.shape[1]]
    under[:] = np.rint(0.88 * panel + 0.12 * under).astype(np.uint8)


def text_height(shape: tuple[int, int]) -> int:
    """Size of the letters in pixels for a picture of (height, width)."""
    return max(12, round(min(shape) / 56))


def _free_corner(panel: tuple[int, int], size: tuple[int, int], taken: Points) -> tuple[int, int]:
    margin = 4
    places = [(x, y) for y in (size[1] - panel[1] - margin, margin) for x in (margin, size[0] - panel[0] - margin)]

    def hidden(place: tuple[int, int]) -> int:
        offset = taken - np.asarray(place, dtype=np.float64)
        return int(np.count_nonzero(np.all((offset >= 0) & (offset < panel), axis=1)))

    return min(places, key=hidden)


def _panel(rows: Sequence[Row], letters: int) -> Picture:
    from PIL import Image, ImageDraw

    font = _font(letters)
    icon, gap, line = letters, round(letters * 0.5), round(letters * 1.5)
    width = gap + max((sum(_width(entry, font, icon, gap) for entry in row) for row in rows), default=0)
    panel = Image.new("RGB", (width, line * len(rows) + gap), GROUND)
    pen = ImageDraw.Draw(panel)
    marks: list[tuple[Entry, Corners]] = []
    for number, row in enumerate(rows):
        x, middle = gap, gap // 2 + line * number + line // 2
        for entry in row:
            text_x = x + (icon + gap if entry.mark else 0)
            pen.text((text_x, middle), entry.text, INK, font=font, anchor="lm")
            top = middle - icon // 2
            marks.append((entry, np.array([[x, top, x + icon - 1, top + icon - 1]])))
            x += _width(entry, font, icon, gap)
    picture = np.array(panel)
    for entry, corners in marks:
        if entry.mark:
            entry.mark(picture, corners)
    return picture


@functools.cache
def _font(letters: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(letters)


def _width(entry: Entry, font: FreeTypeFont | ImageFont, icon: int, gap: int) -> int:
    return (icon + gap if entry.mark else 0) + round(font.getlength(entry.text)) + 2 * gap
