"""Proposals from a predictions file: those inside the pictures of a scene, one for each head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from annotator_gui.model.document import Document
from annotator_gui.model.proposals import Array, Proposals
from converters.datasets.read import read_unedited
from converters.formats.registry import detect_format
from gta_head_tools.annotations import ImageAnnotations, Mask
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import outside, sizes

SAME_PLACE, LEAST = 0.25, 2.0
"""Sizes of its box within which another proposal is the same one (1 % of the heads of NWPU-Crowd have a neighbour so
near), and the pixels that stand for it where there is no box."""


def read_predictions(source: Path) -> Dataset:
    """The data set of a predictions file or folder, in any format with points or boxes.

    Raises:
        GtaHeadError: it cannot be read.
    """
    return read_unedited(source, detect_format(source), ())


def read_proposals(
    source: Path, document: Document, *, predictions: Dataset | None = None, needed: bool = True
) -> Proposals:
    """The proposals in a file or folder for the pictures of the scene that is open.

    Pictures are matched by their short names; those of other scenes are passed over. Of several proposals in one place
    the one of the highest score is taken; proposals outside of their picture are left out.

    Args:
        source: any format with points or boxes; a `score` column is used.
        document: the scene.
        predictions: what `read_predictions` has read there; None = it is read.
        needed: no head on these pictures is an error.

    Raises:
        GtaHeadError: it cannot be read, holds pictures of another size, or none of these pictures if it is needed.
    """
    found = _found(predictions or read_predictions(source), document, source)
    if not found and needed:
        raise ConfigError(f"{source}: holds no head on any picture of scene {document.scene.name}")
    heads, scores, beyond, doubled = {}, {}, 0, 0
    for index, image in found.items():
        inside = image.select(
            np.isfinite(image.points).all(axis=1) & ~outside(image.points, document.images[index].size)
        )
        alone = inside.select(_alone(inside, scores_of(inside)))
        beyond, doubled = beyond + len(image) - len(inside), doubled + len(inside) - len(alone)
        if len(alone):
            boxes = alone.boxes / np.tile(document.scale, 2)
            heads[index] = alone.replace(points=alone.points / document.scale, boxes=boxes)
            scores[index] = scores_of(alone)
    if not heads and needed:
        raise ConfigError(
            f"{source}: all of its {beyond} heads on pictures of scene {document.scene.name} lie outside of them; "
            "make the predictions on these pictures"
        )
    return Proposals(heads, scores, source, outside=beyond, doubled=doubled)


def scores_of(image: ImageAnnotations) -> Array:
    """(N,) scores; 1 where the file has none."""
    if "score" not in image.extra:
        return np.ones(len(image))
    known: Array = np.where(np.isnan(image.extra["score"]), 1.0, image.extra["score"])
    return known


def _found(dataset: Dataset, document: Document, source: Path) -> dict[int, ImageAnnotations]:
    """By index of the picture, the heads that a data set has on the scene's pictures."""
    found: dict[int, ImageAnnotations] = {}
    names = set(document.names)
    others = {scene.name for scene in document.dataset.scenes} - {document.scene.name}
    for scene in dataset.scenes:
        if scene.name in others:
            continue  # Its pictures may have the same names as those of this scene, as in MOT.
        if not any(info.name in names for info in scene.images):
            continue
        for image in dataset.load(scene):
            index = document.index(image.info.name)
            if index < 0 or not len(image):
                continue
            _check_size(image, document.images[index].size, source)
            if index in found:
                raise ConfigError(f"{source}: image {image.info.name!r} is there twice; name the folder of one scene")
            found[index] = image
    return found


def _check_size(image: ImageAnnotations, size: tuple[int, int], source: Path) -> None:
    if image.info.sized and image.info.size != size:
        wide, high = image.info.size
        raise ConfigError(
            f"{source}: {image.info.path} is {wide}x{high} there and {size[0]}x{size[1]} in this scene; "
            "make the predictions on these pictures"
        )


def _alone(image: ImageAnnotations, scores: Array) -> Mask:
    """(N,) False for heads in the place of one with a higher score; of equal scores the first one is kept."""
    kept = np.ones(len(image), dtype=bool)
    if len(image) < 2:
        return kept
    tree = cKDTree(image.points)
    same = np.fmax(SAME_PLACE * sizes(image.boxes), LEAST)
    for row in np.argsort(-scores, kind="stable"):
        if kept[row]:
            kept[tree.query_ball_point(image.points[row], same[row])] = False
            kept[row] = True
    return kept
