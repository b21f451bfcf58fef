"""Overlay pictures of a data set: one JPEG for each image, with its heads and the anchors of its scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.datasets import export_record
from converters.datasets.anchor_files import SceneAnchors, find_anchors
from converters.picture_writer import DrawOptions, draw_pictures
from gta_head_tools.annotations import Boxes, ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.overlays.head_overlay import Span, draw_heads, size_span
from gta_head_tools.pictures import Picture


@dataclass(frozen=True, slots=True)
class OverlayReport:
    """What was drawn.

    Attributes:
        images: pictures that are there now.
        heads: in them.
        anchors: marked in them.
        current: pictures that an earlier run had drawn already.
        out: folder they lie in.
        unused: what is wrong with the pictures that are left out.
    """

    images: int
    heads: int
    anchors: int
    current: int
    out: Path
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _HeadDrawing:
    """One overlay, see `Drawing`.

    Attributes:
        annotations: heads.
        span: of sizes in the scene.
        anchors: (M, 4) boxes to mark, in pixels of pictures of `drawn_on`.
        drawn_on: width and height.
        target: path of the overlay.
    """

    annotations: ImageAnnotations
    span: Span | None
    anchors: Boxes
    drawn_on: tuple[int, int]
    target: Path

    @property
    def info(self) -> ImageInfo:
        return self.annotations.info

    @property
    def shown(self) -> tuple[list[object], list[NDArray[np.generic]]]:
        heads = self.annotations
        return [self.span, self.drawn_on], [heads.points, heads.boxes, heads.ignore, self.anchors]

    @property
    def counts(self) -> tuple[int, ...]:
        return len(self.annotations), len(self.anchors)

    def draw(self, picture: Picture) -> Picture:
        size = picture.shape[1], picture.shape[0]
        anchors = self.anchors * np.tile(np.divide(size, self.drawn_on), 2)
        return draw_heads(picture, self.annotations, anchors=anchors, span=self.span)


def render_overlays(
    dataset: Dataset, out: Path, options: DrawOptions | None = None, *, anchors: Path | None = None
) -> OverlayReport:
    """Draw heads and anchors; the colours of sizes are the same in all pictures of a scene.

    Args:
        dataset: heads, with or without boxes.
        out: folder to write to; sub-folders are those of the pictures.
        options: which pictures, and how the work is done.
        anchors: file of anchors; None = where the data set, or the one its boxes were made for, keeps them.

    Raises:
        ConfigError: a limit below 1.
        DataFormatError: a label file that cannot be read.
        UnusedPicturesError: no picture at all can be used.
        DatasetLayoutError: no picture is there, some are missing, two would get one name, or `out` is in the way.
    """
    found = _find_anchors(dataset, anchors)
    counts, unused = draw_pictures(
        dataset, out, lambda targets: _drawings(dataset, targets, found), options or DrawOptions()
    )
    heads, marked, current = counts.sum(axis=0).tolist()
    return OverlayReport(len(counts), heads, marked, current, out, unused)


def edits_file(source: Path, anchors: Path | None) -> Path | None:
    """The anchor file whose edits of heads are applied when a data set is read to be drawn with these anchors.

    None for boxes made from anchors: their heads are edited already.
    """
    return None if _record(source.parent if source.is_file() else source).is_file() else anchors


def _record(folder: Path) -> Path:
    return folder / export_record.NAME


def _find_anchors(dataset: Dataset, file: Path | None) -> dict[str, SceneAnchors]:
    found = find_anchors(dataset, file)
    if found or not _record(dataset.root).is_file():
        return found
    # Boxes made from anchors usually lie in a folder of their source, which keeps the anchors.
    home = dataset.root.absolute().parent
    for apart in (True, False):
        scenes = tuple(replace(scene, folder=scene.name if apart else None) for scene in dataset.scenes)
        found = found or find_anchors(replace(dataset, root=home, source=home, scenes=scenes))
    return found


def _drawings(
    dataset: Dataset, targets: Mapping[str, Path], anchors: Mapping[str, SceneAnchors]
) -> Iterator[_HeadDrawing]:
    for scene in dataset.scenes:
        if any(info.path in targets for info in scene.images):
            yield from _scene_drawings(dataset, scene, targets, anchors.get(scene.name))


def _scene_drawings(
    dataset: Dataset, scene: Scene, targets: Mapping[str, Path], drawn: SceneAnchors | None
) -> Iterator[_HeadDrawing]:
    images = list(dataset.load(scene))
    span = size_span(image.boxes for image in images)
    for image in images:
        if image.info.path in targets:
            marks = list(drawn.anchors.fitted) if drawn else []
            boxes = np.array([mark.box for mark in marks if mark.image == image.info.name], dtype=np.float64)
            size = drawn.anchors.image_size if drawn else (1, 1)
            yield _HeadDrawing(image, span, boxes.reshape(-1, 4), size, targets[image.info.path])
