"""What every map needs: heads inside of the image, the part of it that is drawn, and the array it is drawn in.

A size is (width, height) in pixels. A window is (left, top, right, bottom) in pixels of the whole image, half open.
Heads are always given for the whole image: those outside of a window reach into it, so that the map of a crop is the
crop of the map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.annotations import Points
from gta_head_tools.columns import numbers_of

FloatMap = NDArray[np.float32] | NDArray[np.float64]
"""(H, W) values; float32 unless a float64 array was handed in to be filled."""
BinaryMap = NDArray[np.bool_]
"""(H, W) flags."""
Size = tuple[int, int]
Window = tuple[int, int, int, int]


def head_points(points: ArrayLike, size: Size) -> Points:
    """Points (N, 2) moved into the image: a head beyond the border is drawn at the border, because it counts."""
    return np.clip(numbers_of(points, "points", width=2), 0.0, np.array(size, dtype=np.float64))


def head_pixels(points: ArrayLike, size: Size) -> NDArray[np.int64]:
    """Columns and rows (N, 2) of the pixels that heads fall into; a point on the right or lower border is inside."""
    last = np.array(size, dtype=np.float64) - 1
    return np.minimum(np.floor(head_points(points, size)), last).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Canvas:
    """The part of an image that a map covers.

    Attributes:
        window: what is drawn of the image.
        stride: side of a cell of the map, pixels; cells begin at the window's corner, the last ones may be cut.
    """

    window: Window
    stride: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the map."""
        left, top, right, bottom = self.window
        return -((top - bottom) // self.stride), -((left - right) // self.stride)

    def values(self, out: FloatMap | None) -> FloatMap:
        """Zeros to draw in: `out`, or a new float32 array.

        Raises:
            ValueError: `out` has another shape, kind or order in memory.
        """
        if out is None:
            return np.zeros(self.shape, dtype=np.float32)
        self._check(out, ("float32", "float64"))
        out.fill(0)
        return out

    def flags(self, out: BinaryMap | None) -> BinaryMap:
        """All False, to draw in: `out`, or a new array."""
        if out is None:
            return np.zeros(self.shape, dtype=np.bool_)
        self._check(out, ("bool",))
        out.fill(False)
        return out

    def _check(self, out: FloatMap | BinaryMap, kinds: tuple[str, ...]) -> None:
        if out.shape != self.shape or out.dtype.name not in kinds or not out.flags.carray:
            raise ValueError(
                f"out is {out.dtype} {out.shape}; wanted is {' or '.join(kinds)} {self.shape}, writable, row by row"
            )


def canvas(size: Size, window: Window | None = None, stride: int = 1) -> Canvas:
    """The canvas of a window of an image, of the whole image if none is given.

    Raises:
        ValueError: nothing is covered, or what lies outside of the image.
    """
    left, top, right, bottom = area = window or (0, 0, *size)
    if not (0 <= left < right <= size[0] and 0 <= top < bottom <= size[1] and stride > 0):
        raise ValueError(f"a window lies inside of its image and is not empty: {area} of {size}, stride {stride}")
    return Canvas(area, stride)
