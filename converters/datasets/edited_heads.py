"""Edits of head points and of given boxes, kept among the drawings and applied to a data set as it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from converters.datasets.anchor_files import AnchorsAt, SceneAnchors, find_edits
from converters.files.pictures.pictures import fill_sizes
from gta_head_tools.anchors.anchors import AnchorSet
from gta_head_tools.anchors.head_edits import edit_heads
from gta_head_tools.anchors.pinned_boxes import corrects_boxes, with_pins
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, Loader, Scene, narrow
from gta_head_tools.unreadable import read_or


def with_head_edits(dataset: Dataset, anchors: AnchorsAt = None) -> Dataset:
    """The data set with the edits in its anchor files applied; formats know nothing of them.

    Args:
        dataset: as its format reads it.
        anchors: named by the user.

    Raises:
        DatasetLayoutError: `anchors` is missing.
        DataFormatError: an anchor file that cannot be used; when iterated, an edit that names no head.
    """
    drawn = find_edits(dataset, anchors)
    return replace(dataset, load=_Edited(dataset.load, drawn)) if drawn else dataset


def _edited(images: Sequence[ImageAnnotations], anchors: AnchorSet, *, path: Path) -> list[ImageAnnotations]:
    edited = edit_heads(images, anchors, path=path)
    return with_pins(edited, anchors, path=path) if corrects_boxes(anchors) else edited


@dataclass(frozen=True, slots=True)
class _Edited:
    """Loader that edits what another one reads."""

    load: Loader
    drawn: Mapping[str, SceneAnchors]

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        drawn = self.drawn.get(scene.name)
        if drawn is None:
            yield from self.load(scene)
            return
        images = list(self.load(scene))
        unread = {info.name for info in scene.images} - {image.info.name for image in images}
        heads = {name: edits for name, edits in drawn.anchors.heads.items() if name not in unread}
        edit = partial(_edited, anchors=replace(drawn.anchors, heads=heads), path=drawn.path)
        edited = read_or(images, edit, fill_sizes(images, drawn.anchors.image_size))
        for image, changed in zip(images, edited, strict=True):
            yield changed.replace(info=image.info)

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        """The loader of these scenes alone."""
        names = {scene.name for scene in scenes}
        drawn = {name: found for name, found in self.drawn.items() if name in names}
        return _Edited(narrow(self.load, scenes), drawn)
