"""Head sizes as a network sees them everywhere in a picture, and how they are scored at heads whose boxes are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gta_head_tools.annotations import Boxes, ImageAnnotations, Points
from gta_head_tools.interpolation.expectation import MEDIAN_OF_NORMAL

Numbers = NDArray[np.float64]

NINETY = 1.645
"""Standard deviations to both sides of the mean that hold 90 % of a normal distribution."""


@dataclass(frozen=True, slots=True, eq=False)
class SizeMap:
    """What a head has for a size at each place of a picture.

    Attributes:
        logs: float32 (2, h, w): the logarithm of the size sqrt(width height) in pixels of the picture, and that of the
            standard deviation of the first logarithm, which is the relative error of the size.
        cell: pixels of the picture, across and down, that a cell of the map covers.
        aspect: width over height of all heads.
    """

    logs: NDArray[np.float32]
    cell: tuple[float, float]
    aspect: float = 1.0

    def at(self, points: Points) -> tuple[Numbers, Numbers]:
        """Sizes (N,) and their relative standard deviations (N,) at points (N, 2), pixels of the picture."""
        places = torch.from_numpy(np.asarray(points / np.array(self.cell), dtype=np.float32))
        read = at_places(torch.from_numpy(self.logs)[None], places, torch.zeros(len(places), dtype=torch.int64))
        sizes, spreads = read.double().exp().numpy().T
        return sizes, spreads


def at_places(maps: Tensor, places: Tensor, image: Tensor) -> Tensor:
    """Values (N, C) of maps (B, C, h, w) at places (N, 2) x y in cells, by bilinear interpolation.

    The value of a cell is that of its middle; beyond the middles of the outer cells the values go on as they are.

    Args:
        maps: of B images.
        places: of all images.
        image: (N,) the image of each place.
    """
    last = torch.tensor([maps.shape[3] - 1, maps.shape[2] - 1], device=maps.device)
    inner = torch.minimum((places - 0.5).clamp(min=0), last.to(places.dtype))
    first = inner.long()
    beyond = torch.minimum(first + 1, last)
    share = inner - first
    found = maps.new_zeros(len(places), maps.shape[1])
    for x, across in ((first[:, 0], 1 - share[:, 0]), (beyond[:, 0], share[:, 0])):
        for y, down in ((first[:, 1], 1 - share[:, 1]), (beyond[:, 1], share[:, 1])):
            found = found + maps[image, :, y, x] * (across * down)[:, None]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class SizeErrors:
    """The sizes that a map gives to the heads of one image, against those of their boxes.

    Attributes:
        ratios: (N,) size given over size of the box, of heads whose box is known and that are not to be ignored.
        spreads: (N,) relative standard deviation that the map gives.
    """

    ratios: Numbers
    spreads: Numbers

    @classmethod
    def of(cls, found: SizeMap, true: ImageAnnotations) -> SizeErrors:
        """Those of an image whose heads are known."""
        known = ~true.ignore
        sizes = box_sizes(true.boxes)
        known &= sizes > 0
        given, spreads = found.at(true.points[known])
        return cls(given / sizes[known], spreads)

    @property
    def deviations(self) -> Numbers:
        """(N,) distance of the logarithms of both sizes, in standard deviations."""
        found: Numbers = np.abs(np.log(self.ratios)) / self.spreads
        return found


def box_sizes(boxes: Boxes) -> Numbers:
    """Sizes (N,) sqrt(width height) of boxes (N, 4); NaN where a box is unknown, 0 where it has no area."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    found: Numbers = np.sqrt(sides[:, 0] * sides[:, 1])
    return found


def size_scores(images: Sequence[SizeErrors]) -> dict[str, Any]:
    """Scores of all heads alike, under the names that programs know; None without heads.

    Returns:
        `size_error` and `size_p95`: median and 95 % of |size given / size of the box - 1|; `expected_size_error`: the
        median that the error bars expect; `size_coverage`: share of the heads inside of their error bar of 90 %.
    """
    ratios, spreads, away = (
        np.concatenate([getattr(each, name) for each in images]) for name in ("ratios", "spreads", "deviations")
    )
    wrong = np.abs(ratios - 1)
    told: dict[str, Any] = {"images": len(images), "heads": len(ratios)}
    found = dict.fromkeys(("size_error", "size_p95", "expected_size_error", "size_coverage"))
    if not len(ratios):
        return told | found
    values = np.median(wrong), np.quantile(wrong, 0.95), MEDIAN_OF_NORMAL * np.median(spreads), np.mean(away <= NINETY)
    return told | dict(zip(found, map(float, values), strict=True))
