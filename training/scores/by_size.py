"""What the scores of a method have to do with the size of heads: recall by size, and errors of scenes by their size.

A loss that weighs heads by their area finds large heads and loses small ones; the errors of the counts alone hide that.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.evaluation.head_sizes import annotated_heads
from gta_head_tools.evaluation.localization import match_image
from training.scores.threshold import that_count

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


@dataclass(frozen=True, slots=True)
class BySize:
    """Scores of runs by size, the mean over the runs.

    Attributes:
        recall: as `recall_by_size` gives it.
        scenes: as `bias_by_scene` gives them, those with heads; empty = unknown.
    """

    recall: list[dict[str, Any]] | None
    scenes: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, scores: Sequence[Mapping[str, Any]]) -> BySize:
        """The means over runs that were scored on the same pictures, from their `scores.json`; at least one."""
        recalls = [each.get("recall_by_size") or [] for each in scores]
        recall = [classes[0] | {"recall": _mean(classes, "recall")} for classes in zip(*recalls, strict=False)]
        every = [each.get("scenes", {}) for each in scores]
        scenes = {name: [found.get(name) for found in every] for name in every[0]}
        # Earlier versions stored nothing but the MAE of a scene.
        known = {name: found for name, found in scenes.items() if all(map(_has_size, found))}
        means = {name: {"error_per_head": _mean(found, "error_per_head")} for name, found in known.items()}
        kept = ("heads", "median_side")
        return cls(recall or None, {name: {key: known[name][0][key] for key in kept} | means[name] for name in known})

    def halves(self) -> list[dict[str, Any]]:
        """The half of the scenes with smaller heads and the half with larger ones; empty with fewer than two scenes.

        Returns:
            For each half the smallest and the largest median size of its scenes (`from`, `to`), `scenes`, `heads`, and
            `error_per_head` of all its counts together.
        """
        order = sorted(self.scenes.values(), key=lambda scene: float(scene["median_side"]))
        halves = [order[: len(order) // 2], order[len(order) // 2 :]]
        return [_together(half) for half in halves] if halves[0] else []


def _has_size(scene: object) -> bool:
    return isinstance(scene, Mapping) and scene.get("median_side") is not None


def _mean(rows: Sequence[Any], key: str) -> float | None:
    """The mean over runs; None where there is nothing to find."""
    return None if rows[0][key] is None else statistics.fmean(row[key] for row in rows)


def _together(scenes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    heads = sum(scene["heads"] for scene in scenes)
    error = math.fsum(scene["error_per_head"] * scene["heads"] for scene in scenes) / heads
    ends = {"from": scenes[0]["median_side"], "to": scenes[-1]["median_side"]}
    return ends | {"scenes": len(scenes), "heads": heads, "error_per_head": error}


def class_words(row: Mapping[str, Any]) -> str:
    """The sizes of a class of `recall_by_size`, for people.

    >>> class_words({"from": 4.0, "to": 6.0})
    '4 to 6 px'
    """
    if row["to"] is None:
        return f"{row['from']:g} px and more"
    return f"{row['from']:g} to {row['to']:g} px" if row["from"] else f"under {row['to']:g} px"
