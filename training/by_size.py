"""What the scores of a method have to do with the size of heads: recall by size, and errors of scenes by their size.

A loss that weighs heads by their area finds large heads and loses small ones; the errors of the counts alone hide that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.evaluation.head_sizes import annotated_heads
from gta_head_tools.evaluation.localization import match_image
from training.threshold import that_count

EDGES = (4.0, 6.0, 10.0, 16.0)
"""Sizes between the classes, pixels; the size of a head is the root of the area of its box."""


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Heads of one image by size; those that do not count are left out.

    Attributes:
        scene: of the image.
        sides: (N,) size of each head, pixels.
        found: (N,) True where a prediction is matched with it at NWPU-Crowd's large radius; None = no points.
        predicted: count.
    """

    scene: str
    sides: NDArray[np.float64]
    found: NDArray[np.bool_] | None
    predicted: float


def sizes_of(predicted: ImageAnnotations | None, true: ImageAnnotations, count: float) -> Sizes | None:
    """The heads of an image by size; None where a head has no box.

    Args:
        predicted: points that count; None = the method predicts none.
        true: the heads.
        count: that was predicted.
    """
    heads = that_count(true)
    if not heads.has_box.all():
        return None
    sides = np.sqrt(np.prod(heads.boxes[:, 2:] - heads.boxes[:, :2], axis=1))
    found = None
    if predicted is not None:
        sized = annotated_heads(heads)
        found = match_image(predicted.points, sized, sized.sigma_l).holder >= 0
    return Sizes(true.info.scene, sides, found, count)


def recall_by_size(images: Sequence[Sizes]) -> list[dict[str, float | int | None]] | None:
    """Per class the sizes from and up to which it goes, its heads, and the share that was found; None = no points."""
    if not images or any(image.found is None for image in images):
        return None
    sides = np.concatenate([image.sides for image in images])
    found = np.concatenate([image.found for image in images if image.found is not None])
    classes = np.digitize(sides, EDGES)
    rows: list[dict[str, float | int | None]] = []
    for number, (low, high) in enumerate(zip((0.0, *EDGES), (*EDGES, None), strict=True)):
        there = classes == number
        count = int(there.sum())
        rows.append({"from": low, "to": high, "heads": count, "recall": float(found[there].mean()) if count else None})
    return rows


def bias_by_scene(images: Sequence[Sizes]) -> dict[str, dict[str, Any]]:
    """Per scene its heads, their median size, and the error of its counts for each head; above 0 = too many."""
    scenes: dict[str, list[Sizes]] = {}
    for image in images:
        scenes.setdefault(image.scene, []).append(image)
    told = {}
    for scene, group in scenes.items():
        sides = np.concatenate([image.sides for image in group])
        error = math.fsum(image.predicted for image in group) - len(sides)
        known = {"median_side": float(np.median(sides)), "error_per_head": error / len(sides)} if len(sides) else {}
        told[scene] = {"heads": len(sides), "median_side": None, "error_per_head": None} | known
    return told
