"""The frame of methods that see a whole picture: how it becomes the network's input, and how heads come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gta_head_tools.annotations import Boxes, Points
from gta_head_tools.geometry import centres
from gta_head_tools.pictures import Picture
from training.base import Batch, Map, Method, Prediction
from training.samples.letterbox import Fit, fill_maps, letterbox_size, pad_to, round_up

COARSEST = 32
OVERLAP = 128
Side = Annotated[int, msgspec.Meta(ge=2 * COARSEST, multiple_of=COARSEST)]
"""Of the input. Normalisation cannot learn from a picture whose coarsest map is a single cell."""
Tile = Annotated[int, msgspec.Meta(ge=OVERLAP + COARSEST, multiple_of=COARSEST)]
Scores = NDArray[np.float64]


class Fitted(Method):
    """A method whose input is a picture, scaled and padded."""

    COARSEST = COARSEST
    OVERLAP: ClassVar[int] = OVERLAP
    """Pixels that neighbouring tiles share, at the least."""
    scale: float = 1.0
    """Of the picture in prediction, unless `fit` is letterbox."""
    tile: int = 2048
    """Longest side, pixels of the input, that is predicted in one piece."""
    flip_test: bool = False
    """The mirrored picture is predicted as well, which takes twice the time."""
    stride: int
    """Pixels of the input to a cell of the maps."""

    def forward(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        """The loss, of target maps that have as many cells as the maps of the network.

        Where `fit` is whole, `targets` makes a cell of every begun `stride` pixels of a picture, and the cells of what
        pads the picture are filled in here: with 0 or False, so that a map of True tells where the pictures are.
        """
        if self.config.fit == "whole":
            sides = batch["image"].shape[-2:]
            maps = [name for name, each in batch.items() if isinstance(each, Tensor) and each.ndim == 4]
            batch = batch | {
                name: fill_maps(batch[name], [-(-side // self.stride_of(name)) for side in sides])
                for name in maps
                if name != "image"
            }
        return super().forward(batch, progress)

    def stride_of(self, name: str) -> int:  # noqa: ARG002  # for those whose maps differ
        """Pixels of the input to a cell of the target `name` (c, h, w)."""
        return self.stride

    def fitted(self, size: tuple[int, int]) -> tuple[tuple[int, int], Fit]:
        """Width and height that a picture of (width, height) has in the network's input, and where it lies there."""
        width, height = size
        if self.config.fit == "letterbox":
            inner = letterbox_size(size, (self.config.width, self.config.height))
        else:
            inner = max(round(width * self.scale), 1), max(round(height * self.scale), 1)
        return inner, Fit(inner[0] / width, inner[1] / height)

    def padded(self, picture: Picture) -> Tensor:
        """The input (1, 3, H, W) of a fitted picture; its sides are multiples of `COARSEST`."""
        height, width = picture.shape[:2]
        found = pad_to(picture, (round_up(width, self.COARSEST), round_up(height, self.COARSEST)))
        # PyTorch wants writable arrays, and decoded pictures are read-only.
        return torch.from_numpy(np.require(found, requirements=["C", "W"])).to(self.device).permute(2, 0, 1)[None]

    def placed(
        self,
        places: Points | Boxes,
        scores: Scores,
        fit: Fit,
        size: tuple[int, int],
        *,
        maps: Mapping[str, Map],
        density: Map | None = None,
    ) -> Prediction:
        """The heads found in the input, as those of the picture; those above the threshold count.

        Args:
            places: points (M, 2) or boxes (M, 4), pixels of the input.
            scores: (M,).
            fit: where the picture lies in the input.
            size: width and height of the picture.
            maps: handed out with them.
            density: the same.
        """
        places = fit.undo(places)
        middles = centres(places) if places.shape[1] == 4 else places
        points = np.clip(middles, 0, size)
        boxes = places + np.tile(points - middles, 2) if places.shape[1] == 4 else None
        return Prediction(float(np.count_nonzero(scores > self.threshold)), points, scores, boxes, density, maps=maps)
