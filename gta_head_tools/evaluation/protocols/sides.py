"""One side of an image as protocols see it, predictions or truth, and what they take from it.

Ignored heads do not count, nor does what was found at one, see `ignored_heads`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes, ImageAnnotations
from gta_head_tools.columns import Numbers
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.counting import density_within
from gta_head_tools.evaluation.ignored_heads import that_count

DensityMap = NDArray[np.float64] | NDArray[np.float32]
"""(H, W)."""


@dataclass(frozen=True, slots=True)
class Side:
    """The predictions or the truth of one image.

    Attributes:
        heads: points, boxes and scores.
        density: map (H, W) whose sum is the count instead, None = the heads are counted.
    """

    heads: ImageAnnotations
    density: DensityMap | None = None


def common_size(predicted: Side, true: Side) -> tuple[int, int] | None:
    """Width and height of the image, as the truth or else the predictions give them; None = unknown."""
    return next((side.heads.info.size for side in (true, predicted) if side.heads.info.sized), None)


def counted(image: ImageAnnotations) -> ImageAnnotations:
    """The heads that are not ignored."""
    return image.select(~image.ignore) if image.ignore.any() else image


def counted_predictions(predicted: Side, true: Side) -> ImageAnnotations:
    """The predictions that count: those that are not at an ignored head."""
    heads = counted(predicted.heads)
    kept = that_count(heads.points, true.heads)
    return heads if kept.all() else heads.select(kept)


def inside_roi(side: Side, true: ImageAnnotations) -> Side:
    """The part of a side that lies in the region of interest of the true image.

    Raises:
        ConfigError: the true image has no region of interest.
    """
    roi = true.info.roi
    if roi is None:
        raise ConfigError(f"{true.info.path}: the truth knows no region of interest; leave out --roi")
    if side.density is None:
        # An ignored head beyond the region may reach into it.
        return Side(side.heads.select(roi.contains(side.heads.points) | side.heads.ignore))
    size = true.info.size if true.info.sized else (side.density.shape[1], side.density.shape[0])
    return Side(side.heads, density_within(side.density, roi, size))


def check_points(*sides: Side) -> None:
    """Refuse density maps.

    Raises:
        ConfigError: a side is a density map.
    """
    for side in sides:
        if side.density is not None:
            raise ConfigError(
                f"{side.heads.info.path}: a density map tells how many heads there are, not where; take --protocol "
                "counting or density, or its local maxima with -i points=maxima"
            )


def scores_of(image: ImageAnnotations, what: str) -> Numbers:
    """(N,) scores of predictions.

    Args:
        image: the predictions.
        what: the part of the work that needs the scores, for the message.

    Raises:
        ConfigError: a prediction has none.
    """
    scores = np.asarray(image.extra.get("score", np.full(len(image), np.nan)), dtype=np.float64)
    unknown = int(np.count_nonzero(~np.isfinite(scores)))
    if unknown:
        raise ConfigError(
            f"{image.info.path}: {unknown} of {len(image)} predictions have no score, which {what} needs; write them "
            "with scores (coco, csv and nwpu_text hold them), or do without (--protocol nwpu or counting, without "
            "--thresholds)"
        )
    return scores


def boxes_of(image: ImageAnnotations, side: str) -> Boxes:
    """(N, 4) boxes of heads.

    Args:
        image: the heads.
        side: what they are, for the message.

    Raises:
        ConfigError: a head has none.
    """
    unknown = int(np.count_nonzero(~image.has_box))
    if unknown:
        raise ConfigError(
            f"{image.info.path}: {unknown} of {len(image)} {side} have no box, which the protocol boxes needs; make "
            "boxes with `ghtools interpolate-boxes`, or take another protocol"
        )
    return image.boxes
