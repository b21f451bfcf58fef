"""The open scene: its pictures, its heads and what is drawn in it. All other parts read it here; it knows no Qt.

All coordinates are pixels of the anchor file. They are pixels of the pictures, too, unless the pictures were resized
after the file was written: the view draws a picture stretched to `size`. An edit is a function of core from one
`AnchorSet` to another, whose result `Document.apply` takes. During a drag the document shows a `preview`, which is
neither journalled nor saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from scipy.spatial import cKDTree

from converters.files.pictures.pictures import has_picture
from gta_head_tools.anchors.anchors import NAMES_HEAD, AnchorSet, HeadEdits, Pair
from gta_head_tools.anchors.drawings import exists
from gta_head_tools.anchors.drawn_boxes import Ref
from gta_head_tools.anchors.head_edits import edit_heads
from gta_head_tools.anchors.head_matching import check_no_duplicates, pixels_per_drawn
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError

Change = Literal["anchors", "selection", "saved", "fit"]
"""What has changed: the drawings or heads (also in a preview), the selection, whether all is on disk, or the quality of
the boxes."""
Listener = Callable[[Change], None]


class Recorder(Protocol):
    """Keeps edits until they are saved."""

    def append(self, before: AnchorSet, after: AnchorSet, text: str) -> None: ...


class Document:
    """One scene and the drawings in it.

    Args:
        dataset: the source, without edits of heads.
        scene: one of its scenes.
        images: its annotations as read, sizes known.
        anchors: the drawings.
        path: file that they are kept in.
        recorder: gets every edit; None = no recorder.
        readonly: why nothing may be changed; "" = it may.

    Attributes:
        pictured: for each picture, True when its file is there, damaged or not.

    Raises:
        DataFormatError: the pictures have another shape than the drawings, or an edit of heads names no head.
    """

    def __init__(
        self,
        dataset: Dataset,
        scene: Scene,
        images: Sequence[ImageAnnotations],
        anchors: AnchorSet,
        path: Path,
        *,
        recorder: Recorder | None = None,
        readonly: str = "",
    ) -> None:
        self.dataset, self.scene, self.path, self.recorder, self.readonly = dataset, scene, path, recorder, readonly
        self.source = tuple(images)
        self.images = tuple(image.info for image in images)
        self.names = tuple(info.name for info in self.images)
        self.pictured = tuple(has_picture(dataset, info) for info in self.images)
        self._alike = len(set(self.names)) < len(self.names)
        self.size = anchors.image_size
        self.scale = pixels_per_drawn(self.images[0], anchors.image_size, path=path)
        self.listeners: list[Listener] = []
        self.selection: tuple[Ref, ...] = ()
        self.dirty = False
        self._settled = anchors
        self._preview: AnchorSet | None = None
        self._edited: dict[int, tuple[HeadEdits | None, ImageAnnotations]] = {}
        self._shown: dict[int, tuple[ImageAnnotations, ImageAnnotations]] = {}
        self._trees: dict[int, tuple[ImageAnnotations, cKDTree]] = {}
        edit_heads(self.source, anchors, path=path)

    @property
    def anchors(self) -> AnchorSet:
        """The drawings as shown: those of the preview while there is one."""
        return self._settled if self._preview is None else self._preview

    @property
    def settled(self) -> AnchorSet:
        """The drawings after the last edit, which are journalled and saved."""
        return self._settled

    def index(self, name: str) -> int:
        """Index of the picture of that short name; -1 when the scene has none."""
        return self.names.index(name) if name in self.names else -1

    def picture(self, index: int) -> Path:
        """The file of a picture; it need not be there."""
        return self.dataset.root / self.images[index].path

    def heads(self, index: int) -> ImageAnnotations:
        """The heads of one picture, the user's edits applied, in pixels of the anchor file."""
        edited = self.edited(index)
        if (self.scale == 1).all():
            return edited
        kept = self._shown.get(index)
        if kept is None or kept[0] is not edited:
            boxes = edited.boxes / np.tile(self.scale, 2)
            kept = edited, edited.replace(points=edited.points / self.scale, boxes=boxes)
            self._shown[index] = kept
        return kept[1]

    def edited(self, index: int, anchors: AnchorSet | None = None) -> ImageAnnotations:
        """The heads of one picture with the edits in `anchors` (None = as shown), in pixels of the picture."""
        anchors = anchors or self.anchors
        edits = anchors.heads.get(self.names[index])
        kept = self._edited.get(index)
        if kept is None or kept[0] is not edits:
            alone = replace(anchors, heads={} if edits is None else {self.names[index]: edits})
            kept = edits, edit_heads([self.source[index]], alone, path=self.path)[0]
            self._edited[index] = kept
        return kept[1]

    def nearest(self, index: int, point: Pair, *, within: float = np.inf) -> int:
        """Row of the head of a picture that is nearest to `point`; -1 when none is within that many pixels."""
        heads = self.heads(index)
        if not len(heads):
            return -1
        kept = self._trees.get(index)
        if kept is None or kept[0] is not heads:
            kept = self._trees[index] = heads, cKDTree(heads.points)
        distance, row = kept[1].query(point)
        return int(row) if distance <= within else -1

    def head(self, index: int, row: int) -> Ref:
        """The head in one row of a picture, to be selected or edited."""
        x, y = self.heads(index).points[row].tolist()
        return Ref("head", image=self.names[index], point=(x, y))

    def row(self, ref: Ref) -> int:
        """Row of a head in its picture; -1 when it is gone."""
        index = self.index(ref.image)
        return -1 if index < 0 else self.nearest(index, ref.point, within=2 * NAMES_HEAD)

    def apply(self, after: AnchorSet, text: str) -> None:
        """Take over an edit: journal it, mark the document as changed, and tell the listeners.

        Undo and redo are edits too. What was previewed is dropped. Nothing happens in a read-only document or when
        nothing differs.

        Args:
            after: the drawings with the edit.
            text: what was done, as the user reads it.

        Raises:
            GtaHeadError: an edit of heads that cannot be applied, or in a picture that is called like another one;
                nothing is changed then.
        """
        before = self._settled
        if self.readonly or after == before:
            self.preview(None)
            return
        if self._alike:
            check_no_duplicates(self.source, after, self.path)
        for name in after.heads:
            if name not in self.names:
                raise DataFormatError(self.path, f"image {name!r} is not in this scene", None, f"heads[{name!r}]")
            self.edited(self.names.index(name), after)
        self._settled, self._preview = after, None
        self.dirty = True
        if self.recorder is not None:
            self.recorder.append(before, after, text)
        self._tell("anchors")
        self._tell("saved")
        self.select(ref for ref in self.selection if self._there(ref))

    def preview(self, after: AnchorSet | None) -> None:
        """Show drawings that are not kept, as during a drag; None shows those of the last edit again."""
        shown = None if self.readonly else after
        if shown is not self._preview:
            self._preview = shown
            self._tell("anchors")
            if shown is None:
                self.select(ref for ref in self.selection if self._there(ref))

    def select(self, refs: Iterable[Ref]) -> None:
        chosen = tuple(dict.fromkeys(refs))
        if chosen != self.selection:
            self.selection = chosen
            self._tell("selection")

    def saved(self) -> None:
        """Note that the drawings of the last edit are on disk."""
        self.dirty = False
        self._tell("saved")

    def fitted(self) -> None:
        """Tell the listeners that the quality was computed anew."""
        self._tell("fit")

    def _there(self, ref: Ref) -> bool:
        return self.row(ref) >= 0 if ref.kind == "head" else exists(self.anchors, ref)

    def _tell(self, what: Change) -> None:
        for listener in tuple(self.listeners):
            listener(what)
