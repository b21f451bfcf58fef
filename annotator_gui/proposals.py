"""Heads that a trained baseline, or any other data set, proposes for the scene that is open.

A proposal is open as long as no head lies where it is and the user has not rejected it. So accepting one is nothing
but adding a head, undo brings it back, and heads that were there before are never proposed. Rejected ones stand in the
project under `rejected_proposals` (short name of the picture to points), and are not offered again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from annotator_gui.document import Document
from converters.convert import read_dataset
from gta_head_tools.annotations import ImageAnnotations, Mask
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import sizes
from gta_head_tools.interpolation.anchors import AnchorSet, Pair
from gta_head_tools.interpolation.drawing import add_heads, add_pins

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

REJECTED = "rejected_proposals"
SAME_HEAD = 0.5
"""Sizes of its box within which a proposal and a head are of one person; without a box, a third of the way to the
next proposal stands for it."""


@dataclass(frozen=True)
class Proposals:
    """Proposed heads of one scene.

    Attributes:
        heads: by index of the picture, in pixels of the anchor file; pictures without any are left out.
        scores: by index of the picture (N,); 1 where the file has none.
        reach: by index of the picture (N,) pixels within which a head is the proposed one.
        source: file or folder they come from.
    """

    heads: Mapping[int, ImageAnnotations]
    scores: Mapping[int, Array]
    reach: Mapping[int, Array]
    source: Path

    def __len__(self) -> int:
        return sum(map(len, self.heads.values()))

    def open(self, document: Document, index: int, *, score: float = 0.0) -> Rows:
        """Rows of one picture's proposals that are neither accepted nor rejected, of at least that score."""
        if index not in self.heads:
            return np.empty(0, dtype=np.intp)
        points, heads = self.heads[index].points, document.heads(index).points
        left: Mask = self.scores[index] >= score
        if len(heads):
            left &= np.asarray(cKDTree(heads).query(points)[0]) > self.reach[index]
        rejected = _rejected(document.anchors).get(document.names[index], ())
        if len(rejected):
            left &= np.asarray(cKDTree(np.array(rejected)).query(points)[0]) > 0.5
        return np.flatnonzero(left)

    def count(self, document: Document, *, score: float = 0.0) -> int:
        """Open proposals of the whole scene of at least that score."""
        return sum(len(self.open(document, index, score=score)) for index in self.heads)

    def following(self, document: Document, index: int, after: Pair | None = None) -> int | None:
        """The open proposal to look at next in a picture: in reading order after a point; None when none is left."""
        rows = self.open(document, index)
        if not len(rows):
            return None
        points = self.heads[index].points[rows]
        order = np.lexsort((points[:, 0], points[:, 1]))
        if after is not None:
            later = [row for row in order if (points[row, 1], points[row, 0]) > (after[1], after[0])]
            return int(rows[later[0] if later else order[0]])
        return int(rows[order[0]])

    def accept(self, document: Document, index: int, rows: Sequence[int] | Rows, *, pins: bool = False) -> AnchorSet:
        """The drawings with the heads of some proposals added.

        Args:
            document: the scene.
            index: of the picture.
            rows: of its proposals.
            pins: a proposed box becomes the head's pin; else the anchors decide on its size.
        """
        return self._accept(document.settled, document.names[index], index, rows, pins)

    def accept_all(self, document: Document, *, score: float = 0.0, pins: bool = False) -> AnchorSet:
        """The drawings with the heads of all open proposals of at least that score added, in all pictures."""
        drawn = document.settled
        for index in self.heads:
            rows = self.open(document, index, score=score)
            drawn = self._accept(drawn, document.names[index], index, rows, pins)
        return drawn

    def reject(self, document: Document, index: int, rows: Sequence[int] | Rows) -> AnchorSet:
        """The drawings with some proposals noted as rejected."""
        drawn, name = document.settled, document.names[index]
        rejected = _rejected(drawn)
        points = [*rejected.get(name, ()), *self.heads[index].points[np.asarray(rows, dtype=np.intp)].tolist()]
        return replace(drawn, other={**drawn.other, REJECTED: {**rejected, name: points}})

    def _accept(self, drawn: AnchorSet, name: str, index: int, rows: Sequence[int] | Rows, pins: bool) -> AnchorSet:
        chosen = self.heads[index].select(np.asarray(rows, dtype=np.intp))
        if len(chosen):
            drawn = add_heads(drawn, name, chosen.points.tolist())
        if pins:
            sided = chosen.select(~np.isnan(sizes(chosen.boxes)))
            drawn = add_pins(drawn, name, zip(sided.points.tolist(), sided.boxes.tolist(), strict=True))
        return drawn


def read_proposals(
    source: Path, document: Document, *, from_format: str | None = None, options: Sequence[str] = ()
) -> Proposals:
    """The proposals in a file or folder for the pictures of the scene that is open.

    Pictures are told by their short names; those that are not in the scene are passed over.

    Args:
        source: any format with points or boxes; a `score` column is used.
        document: the scene.
        from_format: None = detected.
        options: `key=value` options of the format.

    Raises:
        GtaHeadError: it cannot be read, holds none of these pictures, or pictures of another size.
    """
    _, dataset = read_dataset(source, format_name=from_format, options=options)
    found: dict[int, ImageAnnotations] = {}
    for image in dataset:
        index = document.index(image.info.name)
        if index < 0 or not len(image):
            continue
        size = document.images[index].size
        if image.info.sized and image.info.size != size:
            wide, high = image.info.size
            raise ConfigError(
                f"{source}: {image.info.path} is {wide}x{high} there and {size[0]}x{size[1]} in this scene; "
                "make the predictions on these pictures"
            )
        if index in found:
            raise ConfigError(f"{source}: image {image.info.name!r} is there twice; name the folder of one scene")
        usable: Mask = np.all(np.isfinite(image.points), axis=1)
        boxes = image.boxes / np.tile(document.scale, 2)
        found[index] = image.replace(points=image.points / document.scale, boxes=boxes).select(usable)
    if not found:
        raise ConfigError(f"{source}: holds no head on any picture of scene {document.scene.name}")
    scores = {index: _scores(image) for index, image in found.items()}
    return Proposals(found, scores, {index: _reach(image) for index, image in found.items()}, source)


def _scores(image: ImageAnnotations) -> Array:
    if "score" not in image.extra:
        return np.ones(len(image))
    known: Array = np.where(np.isnan(image.extra["score"]), 1.0, image.extra["score"])
    return known


def _reach(image: ImageAnnotations) -> Array:
    """(N,) pixels within which a head is the proposed one."""
    apart = np.full(len(image), 10.0)
    if len(image) > 1:
        apart = np.asarray(cKDTree(image.points).query(image.points, k=2)[0])[:, 1] / 3
    reach = np.where(image.has_box, SAME_HEAD * sizes(image.boxes), np.minimum(apart, 10.0))
    near: Array = np.maximum(np.nan_to_num(reach, nan=2.0), 2.0)
    return near


def _rejected(drawn: AnchorSet) -> Mapping[str, Sequence[Pair]]:
    noted: Any = drawn.other.get(REJECTED, {})
    return noted if isinstance(noted, dict) else {}
