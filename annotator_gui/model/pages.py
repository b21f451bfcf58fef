"""The pictures that next and previous, the list of frames and its slider go over.

In a scene of one fixed camera these are its pictures. Where each picture is a scene of its own, they are the pictures
of the whole data set, and going to another one opens its scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from annotator_gui.model.document import Document
from annotator_gui.model.scene_list import SceneList, SceneRow


class Pages(Protocol):
    """Pictures in their order; a place is an index into `names`.

    Attributes:
        names: of the pictures, as the user sees them.
        word: what one is called.
        scene: place in which the open scene begins.
    """

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def word(self) -> str: ...

    @property
    def scene(self) -> int: ...

    def heads(self, place: int) -> int | None:
        """How many heads a picture has; None = not counted yet."""

    def reviewed(self, place: int) -> bool:
        """True when the user has marked it as reviewed."""

    def pictured(self, place: int) -> bool:
        """True when its file is there."""


class FramePages:
    """The frames of a scene."""

    word = "frame"
    scene = 0

    def __init__(self, document: Document) -> None:
        self.names = document.names
        self._document = document
        self._marks: tuple[tuple[str, ...], frozenset[str]] = (), frozenset()

    def heads(self, place: int) -> int | None:
        return len(self._document.heads(place))

    def reviewed(self, place: int) -> bool:
        marks = self._document.anchors.reviewed
        if marks is not self._marks[0]:
            self._marks = marks, frozenset(marks)
        return self.names[place] in self._marks[1]

    def pictured(self, place: int) -> bool:
        return self._document.pictured[place]


class ScenePages:
    """The pictures of a data set whose scenes have one picture each.

    Args:
        scenes: of the data set.
    """

    word = "picture"

    def __init__(self, scenes: SceneList) -> None:
        self._list = scenes
        self.names = tuple(scene.name for scene in scenes.dataset.scenes)
        self._document: Document | None = None
        self._rows: dict[int, SceneRow] = {}
        self._counts: dict[int, int] = {}
        self._pictured: dict[int, bool] = {}

    def follow(self, document: Document | None) -> None:
        """Take what is known of the open scene from its document, and read that of the last one again."""
        if self._document is not None:
            self._rows.pop(self.scene, None)
            self._counts[self.scene] = len(self._document.heads(0))
        self._document = document

    @property
    def scene(self) -> int:
        return 0 if self._document is None else self.names.index(self._document.scene.name)

    def heads(self, place: int) -> int | None:
        opened = self._opened(place)
        known = self._counts.get(place)
        return len(opened.heads(0)) if opened is not None else self._row(place).heads if known is None else known

    def reviewed(self, place: int) -> bool:
        opened = self._opened(place)
        return self._row(place).reviewed == 1 if opened is None else bool(opened.anchors.reviewed)

    def pictured(self, place: int) -> bool:
        if place not in self._pictured:
            self._pictured[place] = self._list.pictured(self._list.dataset.scenes[place])
        return self._pictured[place]

    def _opened(self, place: int) -> Document | None:
        there = self._document is not None and self._document.scene.name == self.names[place]
        return self._document if there else None

    def _row(self, place: int) -> SceneRow:
        if place not in self._rows:
            self._rows[place] = self._list.row(self._list.dataset.scenes[place])
        return self._rows[place]


def next_unreviewed(pages: Pages, place: int, step: int = 1) -> int | None:
    """The next picture (step -1: the previous one) that is not reviewed, going round at the ends; None = there is none.

    Args:
        pages: all pictures.
        place: to start from; it is looked at last.
        step: 1 or -1.
    """
    count = len(pages.names)
    around = ((place + step * away) % count for away in range(1, count + 1))
    return next((found for found in around if not pages.reviewed(found)), None)
