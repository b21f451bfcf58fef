"""Edits of head points: annotations in, annotations out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.annotations import ImageAnnotations, concat


def nearest_head(annotations: ImageAnnotations, point: ArrayLike) -> tuple[int, float]:
    """Index of the head nearest to `point` and its distance in pixels; -1 and infinity without heads."""
    return nearest_point(annotations.points, point)


def nearest_point(points: NDArray[np.float64], point: ArrayLike) -> tuple[int, float]:
    """Row of `points` (N, 2) nearest to `point` and its distance; -1 and infinity without any."""
    if not len(points):
        return -1, float("inf")
    away = points - np.asarray(point, dtype=np.float64)
    best = int(np.argmin(away[:, 0] ** 2 + away[:, 1] ** 2))
    return best, float(np.hypot(*away[best]))


def add_heads(annotations: ImageAnnotations, points: ArrayLike) -> ImageAnnotations:
    """New heads without boxes after the old ones."""
    added = ImageAnnotations(annotations.info, np.asarray(points, dtype=np.float64).reshape(-1, 2))
    return concat([annotations, added]) if len(added) else annotations


def remove_heads(annotations: ImageAnnotations, rows: NDArray[np.intp]) -> ImageAnnotations:
    """All heads but those at `rows`."""
    kept = np.ones(len(annotations), dtype=bool)
    kept[rows] = False
    return annotations.select(kept)


def move_heads(annotations: ImageAnnotations, rows: NDArray[np.intp], points: ArrayLike) -> ImageAnnotations:
    """The heads at `rows` moved to `points` (len(rows), 2); their boxes move along."""
    moved, boxes = annotations.points.copy(), annotations.boxes.copy()
    shift = np.asarray(points, dtype=np.float64).reshape(-1, 2) - moved[rows]
    moved[rows] += shift
    boxes[rows] += np.tile(shift, 2)
    return annotations.replace(points=moved, boxes=boxes)


def set_ignore(annotations: ImageAnnotations, rows: NDArray[np.intp], value: bool = True) -> ImageAnnotations:
    """The same heads with the ignore flag of `rows` set or cleared."""
    flags = annotations.ignore.copy()
    flags[rows] = value
    return annotations.replace(ignore=flags)
