"""How a picture of any size becomes the input of a network, and how coordinates go there and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from gta_head_tools.pictures import Picture

PADDING = (124, 116, 104)
"""Colour of the padding: ImageNet's mean, which is about 0 after normalisation."""


def round_up(side: int, multiple: int) -> int:
    """The smallest multiple that is not below `side`."""
    return -(-side // multiple) * multiple


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a picture lies in the input of a network: input = picture * scale + pad, axis by axis.

    Attributes:
        scale_x: input pixels per picture pixel; it differs from `scale_y` only by rounding to whole pixels.
        scale_y: the same downwards.
        pad_x: input pixels to the left of the picture; negative where a crop begins inside of it.
        pad_y: above it.
    """

    scale_x: float = 1.0
    scale_y: float = 1.0
    pad_x: float = 0.0
    pad_y: float = 0.0

    def apply(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (N, 2) or boxes (N, 4) of the picture, in pixels of the input."""
        scale, pad = self._columns(places)
        return places * scale + pad

    def undo(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (N, 2) or boxes (N, 4) of the input, in pixels of the picture."""
        scale, pad = self._columns(places)
        return (places - pad) / scale

    def _columns(self, places: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        times = places.shape[1] // 2
        return np.tile([self.scale_x, self.scale_y], times), np.tile([self.pad_x, self.pad_y], times)


def resize(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture at another (width, height): shrunk by area means, enlarged bilinearly."""
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    shrinks = size[0] < picture.shape[1]
    found = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(found, dtype=np.uint8)


def letterbox_size(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    """The largest whole (width, height) of the shape of `size` that fits into `room`, at least 1 x 1.

    >>> letterbox_size((1920, 1080), (1088, 608))
    (1081, 608)
    """
    scale = min(room[0] / size[0], room[1] / size[1])
    return min(max(round(size[0] * scale), 1), room[0]), min(max(round(size[1] * scale), 1), room[1])


def letterbox(picture: Picture, size: tuple[int, int]) -> tuple[Picture, Fit]:
    """The whole picture as large as fits into an input of (width, height), in its upper left corner.

    Args:
        picture: (H, W, 3) of any size.
        size: of the input, pixels.

    Returns:
        The input (height, width, 3), filled up with `PADDING`, and where the picture lies in it.
    """
    height, width = picture.shape[:2]
    inner = letterbox_size((width, height), size)
    return pad_to(resize(picture, inner), size), Fit(inner[0] / width, inner[1] / height)


def pad_to(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture with `PADDING` at its right and below, up to (width, height); unchanged where it has that size."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    found = np.empty((size[1], size[0], 3), np.uint8)
    found[:] = np.array(PADDING, np.uint8)
    found[:height, :width] = picture
    return found


def fill_maps(maps: torch.Tensor, cells: Sequence[int]) -> torch.Tensor:
    """Maps (..., h, w) with 0 or False at the right and below, up to this number of rows and columns."""
    rows, columns = cells
    return torch.nn.functional.pad(maps, (0, columns - maps.shape[-1], 0, rows - maps.shape[-2]))
