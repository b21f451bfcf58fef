"""The frame of dense methods: a picture of any size in, the maps of a network over it, and its heads in its own pixels.

A dense network answers a picture with maps whose cells are `stride` pixels of its input. Fitting and padding the
picture, running it in tiles, cutting the padding off, and bringing places back to the picture are alike for all of
them. A subclass of `Dense` gives the network and says what its maps mean:

- A map named `density` is the prediction itself: its sum is the count, unless the method predicts points, too.
- Any others are turned into points or boxes with scores by `read`, most often from `find_peaks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gta_head_tools.annotations import Boxes, Points
from gta_head_tools.maps.cells import at_pixels
from gta_head_tools.pictures import Picture
from training.base import Map, Prediction
from training.families.fitted import Fitted, Scores
from training.samples.letterbox import resize
from training.samples.tiling import run_tiled

Maps = Mapping[str, Map]
"""By name, each (c, h, w)."""
Answer = Callable[[Tensor], dict[str, Tensor]]
"""Maps (1, c, h, w) by name of an image (1, 3, H, W)."""
Cells = tuple[NDArray[np.int64], NDArray[np.int64], Scores]
"""Rows (M,), columns (M,), scores (M,)."""


class Dense(Fitted):
    """A method whose network answers with maps; `flip_test` averages those of the picture and of the mirrored one."""

    SHOWN: ClassVar[tuple[str, ...]] = ("density",)
    """Maps that `predict` hands out when asked for maps."""

    def answer(self, image: Tensor) -> dict[str, Tensor]:
        """Maps (1, c, H / s, W / s) by name, float, of an image (1, 3, H, W); scores 0 to 1, s most often `stride`."""
        return {name: each.float() for name, each in self.network(image).items()}

    def mirrored(self, maps: dict[str, Tensor]) -> dict[str, Tensor]:
        """The maps (1, c, h, w) of a mirrored picture as those of the picture; for what only changes its place."""
        return {name: each.flip(-1) for name, each in maps.items()}

    def read(self, maps: Maps) -> tuple[Points | Boxes, Scores]:
        """Points (M, 2) or boxes (M, 4), pixels of the input, and their scores (M,); not called for a `density` alone.

        Args:
            maps: of the picture, without what pads it.
        """
        raise TypeError(
            f"{type(self).__name__} gives the maps {', '.join(maps)}: it needs a hook `read`, or a `density`"
        )

    def _averaged(self, image: Tensor, answer: Answer) -> dict[str, Tensor]:
        found = answer(image)
        if not self.flip_test:
            return found
        other = self.mirrored(answer(image.flip(-1)))
        return {name: (each + other[name]) / 2 for name, each in found.items()}

    @torch.inference_mode()
    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        """The density, or every point or box that `read` finds; those above the threshold count.

        The cells of a density are those of the network, or the pixels of the picture where the input is scaled.
        `maps` has those of `SHOWN` (h, w): cells of `stride` pixels of the network's input, from the picture's corner
        on, the last ones cut by its border. Stretched to the picture, they lie upon it.
        """
        size = (picture.shape[1], picture.shape[0])
        inner, fit = self.fitted(size)
        found = self.maps_of(resize(picture, inner))
        shown = {name: found[name][0] for name in self.SHOWN if name in found} if maps else {}
        density = self.density_of(found["density"][0], size) if "density" in found else None
        if density is not None and "points" not in self.PREDICTS:
            return Prediction(float(density.sum(dtype=np.float64)), density=density, maps=shown)
        places, scores = self.read(found)
        return self.placed(places, scores, fit, size, maps=shown, density=density)

    def density_of(self, density: Map, size: tuple[int, int]) -> Map:
        """A density (h, w) of the network's input as one of a picture of (width, height), see `predict`."""
        inner, fit = self.fitted(size)
        if inner == size:
            return density
        return at_pixels(density, size, cell=(self.stride / fit.scale_x, self.stride / fit.scale_y))

    def maps_of(self, picture: Picture, answer: Answer | None = None) -> dict[str, Map]:
        """What the network answers to a fitted picture, without the cells of what pads it.

        Args:
            picture: (H, W, 3) at the scale of the input.
            answer: of another network than `network`, in place of the hook.
        """
        height, width = picture.shape[:2]
        image = self.padded(picture)
        found = run_tiled(
            partial(self._averaged, answer=answer or self.answer),
            image,
            tile=self.tile,
            overlap=self.OVERLAP,
            stride=self.COARSEST,
        )
        cells = {name: image.shape[2] // each.shape[2] for name, each in found.items()}
        return {
            name: each[0, :, : -(-height // cells[name]), : -(-width // cells[name])].cpu().numpy()
            for name, each in found.items()
        }


def find_peaks(scores: Map, *, floor: float) -> Cells:
    """Cells above `floor` that none of their 8 neighbours exceeds, the highest first; as many as there are, no cap.

    Equal cells side by side are one peak, at the first of them in reading order; so are the plateaus of maps that
    were computed in half precision. Peaks of equal scores come in reading order.

    Args:
        scores: float32 (h, w); NaN is no peak.
        floor: score that a peak exceeds.
    """
    known = np.ascontiguousarray(np.nan_to_num(scores, nan=-np.inf), dtype=np.float32)
    highest = (known > floor) & (known == cv2.dilate(known, np.ones((3, 3), np.uint8)))
    cells = np.flatnonzero(highest)
    # Two neighbours that are both highest are equal, so that a plateau is a connected component of the mask.
    plateaus, names = cv2.connectedComponents(highest.astype(np.uint8), connectivity=8)
    if plateaus - 1 < len(cells):
        cells = cells[np.unique(names.reshape(-1)[cells], return_index=True)[1]]
    values = known.reshape(-1)[cells].astype(np.float64)
    order = np.lexsort((cells, -values))
    rows, columns = np.divmod(cells[order], scores.shape[1])
    return rows, columns, values[order]


def spaced_peaks(scores: Map, *, floor: float, apart: int = 3) -> Cells:
    """Cells above `floor` that none of their 8 neighbours exceeds, none closer than `apart` to another, the best first.

    Several cells of a plateau may be peaks, where they are far enough apart. Of two that are not, the one with the
    higher score stays, or the first one in reading order.

    Args:
        scores: float32 (h, w).
        floor: score that a peak exceeds.
        apart: cells between two peaks, along one of the axes.
    """
    highest = (scores > floor) & (scores == cv2.dilate(scores, np.ones((3, 3), np.uint8)))
    cells = np.flatnonzero(highest)
    values = scores.reshape(-1)[cells].astype(np.float64)
    taken = np.zeros((scores.shape[0] + apart, scores.shape[1] + apart), np.bool_)
    kept = []
    for place in np.lexsort((cells, -values)).tolist():
        row, column = divmod(int(cells[place]), scores.shape[1])
        if not taken[row, column]:
            taken[max(row - apart + 1, 0) : row + apart, max(column - apart + 1, 0) : column + apart] = True
            kept.append(place)
    rows, columns = np.divmod(cells[kept], scores.shape[1])
    return rows, columns, values[kept]
