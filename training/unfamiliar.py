"""Pictures that lie outside of what the model that ships was taught: grey ones, and heads of a few pixels."""

from __future__ import annotations

import numpy as np

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.pictures import Picture

GREY = 3.0
"""Mean difference between the largest and the smallest channel of a pixel, grey levels; below, a picture is grey."""
TINY = 6.0
"""Side of the median head, pixels, below which heads are tiny."""
_FEWEST = 10
"""Heads whose median is taken."""


class Unfamiliar:
    """Counts such pictures while they are predicted."""

    def __init__(self) -> None:
        self._images = 0
        self._grey: list[str] = []
        self._tiny: list[str] = []

    def add(self, picture: Picture, found: ImageAnnotations) -> None:
        """Look at a picture (H, W, 3) and the heads that were found in it."""
        self._images += 1
        some = picture[::4, ::4].astype(np.int16)
        if float((some.max(axis=2) - some.min(axis=2)).mean()) < GREY:
            self._grey.append(found.info.path)
        if len(found) >= _FEWEST and found.has_box.all():
            sides = np.sqrt(np.prod(found.boxes[:, 2:] - found.boxes[:, :2], axis=1))
            if float(np.median(sides)) < TINY:
                self._tiny.append(found.info.path)

    def notes(self) -> tuple[str, ...]:
        """A line for each kind."""
        told = {
            "nearly grey, and the model that ships has learned from colour pictures: it misses many heads": self._grey,
            f"full of heads under {TINY:g} pixels, which the model that ships hardly sees; try --scale 1.5": self._tiny,
        }
        return tuple(self._line(what, paths) for what, paths in told.items() if paths)

    def _line(self, what: str, paths: list[str]) -> str:
        if self._images == 1:
            return f"{paths[0]} is {what}"
        verb = "is" if len(paths) == 1 else "are"
        return f"{len(paths)} of {self._images} pictures {verb} {what} (the first: {paths[0]})"
