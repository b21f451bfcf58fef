"""The protocols over annotations: what each needs of an image's predictions and heads, and its row and scores.

Ignored predictions are left out everywhere. Ignored heads are no heads; `nwpu`, `keypoint` and `boxes` also let pass
what was found at one. `counting` also takes density maps, and `density` nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.columns import Numbers
from gta_head_tools.evaluation.counting import (
    CountRow,
    CountScores,
    count_cells,
    density_cells,
    density_within,
    finish_counting,
    update_counting,
)
from gta_head_tools.evaluation.detection import HEAD_AREAS, BoxRow, BoxScores, finish_boxes, update_boxes
from gta_head_tools.evaluation.distances import DistanceRow, DistanceScores, finish_distances, update_distances
from gta_head_tools.evaluation.head_sizes import annotated_heads
from gta_head_tools.evaluation.keypoints import KeypointRow, KeypointScores, finish_keypoints, update_keypoints
from gta_head_tools.evaluation.localization import NwpuRow, NwpuScores, finish_nwpu, update_nwpu
from gta_head_tools.evaluation.map_quality import WINDOW, MapRow, MapScores, finish_maps, update_maps
from gta_head_tools.geometry import cell_side

ProtocolName = Literal["counting", "nwpu", "keypoint", "boxes", "density"]
DensityMap = NDArray[np.float64] | NDArray[np.float32]
"""(H, W)."""


@dataclass(frozen=True, slots=True)
class PointRow:
    """One image of the protocol `counting`: its counts, and what is found within 1 to 100 pixels (None = no points)."""

    counted: CountRow
    distances: DistanceRow | None

    @property
    def predicted(self) -> float:
        """Count."""
        return self.counted.predicted

    @property
    def heads(self) -> float:
        """True count."""
        return self.counted.heads


@dataclass(frozen=True, slots=True)
class PointScoresByDistance:
    """A data set by the protocol `counting`; no distances where a side has density maps."""

    counting: CountScores
    distances: DistanceScores | None


Row = PointRow | NwpuRow | KeypointRow | BoxRow | MapRow
Scores = PointScoresByDistance | NwpuScores | KeypointScores | BoxScores | MapScores


@dataclass(frozen=True, slots=True)
class Side:
    """One image as a protocol sees it.

    Attributes:
        heads: points, boxes and scores.
        density: map (H, W) that says instead how many heads there are, None = the heads do.
    """

    heads: ImageAnnotations
    density: DensityMap | None = None


@dataclass(frozen=True, slots=True)
class Protocol:
    """How an image is scored, and a data set from the rows of its images.

    Attributes:
        update: the row of one image from its predictions and its heads.
        finish: the scores from all rows.
    """

    update: Callable[[Side, Side], Row]
    finish: Callable[[Iterable[Any]], Scores]


def _count(predicted: Side, true: Side) -> PointRow:
    size = next((side.heads.info.size for side in (true, predicted) if side.heads.info.sized), None)
    level = true.heads.info.facts.get("luminance")
    row = update_counting(
        _cells(predicted, size),
        _cells(true, size),
        scene=true.heads.info.scene,
        luminance=level if isinstance(level, int) else None,
    )
    if predicted.density is not None or true.density is not None:
        return PointRow(row, None)
    return PointRow(row, update_distances(counted(predicted.heads).points, counted(true.heads).points))


def _cells(side: Side, size: tuple[int, int] | None) -> Numbers | float:
    if side.density is not None:
        return density_cells(side.density, size)
    points = counted(side.heads).points
    return len(points) if size is None else count_cells(points, size)


def _finish_counts(rows: Iterable[PointRow]) -> PointScoresByDistance:
    images = list(rows)
    distances = [row.distances for row in images if row.distances is not None]
    return PointScoresByDistance(
        finish_counting(row.counted for row in images),
        finish_distances(distances) if len(distances) == len(images) else None,
    )


def _maps(predicted: Side, true: Side) -> MapRow:
    found, there = (_map_of(side, name) for side, name in ((predicted, "predictions"), (true, "truth")))
    if found.shape != there.shape:
        shapes = " and ".join(f"{shape[1]} x {shape[0]}" for shape in (found.shape, there.shape))
        raise ConfigError(f"{true.heads.info.path}: density maps of {shapes} cells; write both with the same stride")
    if min(found.shape) < WINDOW:
        raise ConfigError(f"{true.heads.info.path}: a density map below {WINDOW} x {WINDOW} cells has no SSIM")
    size = next((side.heads.info.size for side in (true, predicted) if side.heads.info.sized), None)
    return update_maps(found, there, stride=1 if size is None else cell_side(there.shape, size))


def _map_of(side: Side, name: str) -> DensityMap:
    if side.density is None:
        raise ConfigError(
            f"{side.heads.info.path}: the {name} hold heads, and the protocol density compares density maps; make them "
            "with `ghtools convert SRC --to density`, or take another protocol"
        )
    return side.density


def _points_of(side: Side) -> ImageAnnotations:
    if side.density is not None:
        raise ConfigError(
            f"{side.heads.info.path}: a density map tells how many heads there are, not where; take --protocol "
            "counting or density, or its local maxima with -i points=maxima"
        )
    return counted(side.heads)


def _nwpu(predicted: Side, true: Side) -> NwpuRow:
    found = _points_of(predicted)
    _points_of(true)
    return update_nwpu(found.points, annotated_heads(true.heads))


def _keypoint(predicted: Side, true: Side) -> KeypointRow:
    found, heads = _points_of(predicted), true.heads
    _points_of(true)
    return update_keypoints(
        found.points, heads.points, scores=scores_of(found, "the protocol keypoint"), ignore=heads.ignore
    )


def _boxes(predicted: Side, true: Side) -> BoxRow:
    found, heads = _points_of(predicted), true.heads
    _points_of(true)
    boxes = [_boxes_of(image, side) for image, side in ((found, "predicted heads"), (heads, "true heads"))]
    return update_boxes(*boxes, scores=scores_of(found, "the protocol boxes"), ignore=heads.ignore, areas=HEAD_AREAS)


PROTOCOLS: Mapping[ProtocolName, Protocol] = {
    "counting": Protocol(_count, _finish_counts),
    "nwpu": Protocol(_nwpu, finish_nwpu),
    "keypoint": Protocol(_keypoint, finish_keypoints),
    "boxes": Protocol(_boxes, partial(finish_boxes, areas=HEAD_AREAS)),
    "density": Protocol(_maps, finish_maps),
}


def counted(image: ImageAnnotations) -> ImageAnnotations:
    """The heads that are not ignored."""
    return image.select(~image.ignore) if image.ignore.any() else image


def inside_roi(side: Side, true: ImageAnnotations) -> Side:
    """What lies in the region of interest of the true image.

    Raises:
        ConfigError: it has none.
    """
    roi = true.info.roi
    if roi is None:
        raise ConfigError(f"{true.info.path}: the truth knows no region of interest; leave out --roi")
    if side.density is None:
        return Side(side.heads.select(roi.contains(side.heads.points)))
    size = true.info.size if true.info.sized else (side.density.shape[1], side.density.shape[0])
    return Side(side.heads, density_within(side.density, roi, size))


def scores_of(image: ImageAnnotations, what: str) -> Numbers:
    """(N,) scores of predictions.

    Args:
        image: of the predictions.
        what: needs them.

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


def _boxes_of(image: ImageAnnotations, side: str) -> Numbers:
    unknown = int(np.count_nonzero(~image.has_box))
    if unknown:
        raise ConfigError(
            f"{image.info.path}: {unknown} of {len(image)} {side} have no box, which the protocol boxes needs; make "
            "boxes with `ghtools interpolate-boxes`, or take another protocol"
        )
    return image.boxes
