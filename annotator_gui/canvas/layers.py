"""The layers of the canvas, which show a document, and what gestures need of it (`gestures.tools.Host`).

Mouse moves only change the preview of the document. A timer of 0 ms, which fires after all waiting events, brings the
layers up to date: one fit and one repaint for any number of moves.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QGraphicsScene

from annotator_gui.canvas.anchors_layer import AnchorsLayer
from annotator_gui.canvas.backdrop import Backdrop
from annotator_gui.canvas.heads_layer import HeadsLayer
from annotator_gui.canvas.heat_layer import HeatLayer
from annotator_gui.canvas.undo import DocumentBridge, commit
from annotator_gui.gestures.hit_test import HeadFinder
from annotator_gui.gestures.tools import Sketch
from annotator_gui.model.changes import changed_places
from annotator_gui.model.document import Document
from annotator_gui.model.live_fit import LiveFit
from gta_head_tools.anchors.anchors import AnchorSet, Box, Pair
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import GtaHeadError
from gta_head_tools.interpolation.suggestions import Suggestion

FLASH = 700
"""Milliseconds that boxes are lit up after something other than a gesture, such as undo, has changed them."""


class Layers(QObject):
    """The layers of one canvas, and the document that they show.

    Signals:
        message: a sentence for the status bar.
        settled: an edit was made, undone or redone.
        changedElsewhere: something other than a gesture, such as undo, has changed boxes of this picture.
        refreshed: the layers show what the document holds.
    """

    message = Signal(str)
    settled = Signal()
    changedElsewhere = Signal()  # noqa: N815 - Qt's way of naming
    refreshed = Signal()

    def __init__(self, document: Document, stack: QUndoStack, live_fit: LiveFit, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document, self.stack, self.live_fit = document, stack, live_fit
        self.index = 0
        self.heads = HeadsLayer()
        self.backdrop = Backdrop(self.heads)
        self.heat = HeatLayer()
        self.anchors = AnchorsLayer()
        self._shown: ImageAnnotations | None = None
        self._settled = document.settled
        self._own = False
        self._suggestion: Suggestion | None = None
        self.presses = 0
        self.unreadable: dict[int, str] = {}
        self._bridge = DocumentBridge(document, self)
        self._bridge.anchorsChanged.connect(self._schedule)
        self._bridge.selectionChanged.connect(self._select)
        self._bridge.fitChanged.connect(self.take_quality)
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self.refresh)
        self._fading = QTimer(self, interval=FLASH, singleShot=True)
        self._fading.timeout.connect(self._fade)

    @property
    def finder(self) -> HeadFinder:
        self._take_heads()
        return self.heads.finder

    @property
    def hidden(self) -> str:
        return self.unreadable.get(self.index, "")

    @property
    def suggested(self) -> Pair | None:
        return self.anchors.suggested

    def add_to(self, scene: QGraphicsScene) -> None:
        """Put the layers into a scene, the picture at the bottom."""
        for height, layer in enumerate((self.backdrop, self.heat, self.heads, self.anchors)):
            layer.setZValue(height)
            scene.addItem(layer)

    def close(self) -> None:
        self._bridge.close()
        self._timer.stop()
        self._fading.stop()

    def show_image(self, index: int) -> None:
        self.index = index
        self._shown = None
        self.anchors.flashed = ()
        self.refresh()

    def commit(self, after: AnchorSet, text: str, run: str = "") -> None:
        self._own = True
        try:
            commit(self.stack, self.document, after, text, run)
        except GtaHeadError as error:
            self.document.preview(None)
            self.say(str(error))
        finally:
            self._own = False
        if self.document.readonly:
            self.say(self.document.readonly)

    def say(self, text: str) -> None:
        self.message.emit(text)

    def expected_box(self, row: int) -> Box:
        return self.live_fit.expected_box(self.document, self.index, row)

    def show_sketch(self, sketch: Sketch) -> None:
        if sketch != self.anchors.sketch:
            self.anchors.sketch = sketch
            self.repaint()

    def repaint(self) -> None:
        """Have everything painted again, unless `refresh` is about to do so."""
        if not self._timer.isActive():
            self.anchors.update()

    def refresh(self) -> None:
        """Bring the layers up to date with the document."""
        self._timer.stop()
        self._take_heads()
        self.heads.set_boxes(self.live_fit.quick_boxes(self.document, self.index)[0])
        anchors, document = self.anchors, self.document
        anchors.drawn, anchors.image = document.anchors, document.names[self.index]
        self._select()
        self.take_quality()
        self.refreshed.emit()

    def take_quality(self) -> None:
        """Show the heat map, the suspects and the suggestion of the quality computed last."""
        quality = self.live_fit.quality
        heat = None if quality is None else quality.heat
        if self.live_fit.pooled:
            # Their scale is not known before the quality is computed.
            self.heads.set_boxes(self.live_fit.quick_boxes(self.document, self.index)[0])
        if heat is not self.heat.heat:
            self.heat.set_heat(heat, self.document.size)
        suspects = () if quality is None else (check.ref.index for check in quality.checks if check.suspect)
        self.anchors.suspects = frozenset(suspects)
        fresh = quality is not None and quality.anchors is self.document.settled
        first = quality.suggestions[0] if quality is not None and fresh and quality.suggestions else None
        here = first if first is not None and first.image == self.index else None
        self.anchors.suggested = None if here is None else here.point
        if here is not None and here is not self._suggestion:
            x0, y0, x1, y1 = self.expected_box(here.head)
            self.anchors.suggested_side = max(x1 - x0, y1 - y0)
        self._suggestion = here
        self.anchors.update()

    def _schedule(self) -> None:
        before, self._settled = self._settled, self.document.settled
        if before is not self._settled:
            self.settled.emit()
        if before is not self._settled and not self._own:
            self._flash(before)
        if not self._timer.isActive():
            self._timer.start()

    def _flash(self, before: AnchorSet) -> None:
        self.anchors.flashed = changed_places(before, self._settled).get(self.document.names[self.index], ())
        if self.anchors.flashed:
            self._fading.start()
            self.changedElsewhere.emit()

    def _fade(self) -> None:
        self.anchors.flashed = ()
        self.anchors.update()

    def _take_heads(self) -> None:
        heads = self.document.heads(self.index)
        if heads is not self._shown:
            self._shown = heads
            self.heads.set_heads(heads.points, heads.ignore)
            self.backdrop.update()

    def _select(self) -> None:
        document, anchors = self.document, self.anchors
        anchors.selection = document.selection
        rows = [document.row(ref) for ref in document.selection if ref.kind == "head"]
        chosen = [row for row in rows if 0 <= row < len(self.heads.boxes)]
        boxes = self.heads.boxes[chosen]
        known = boxes[np.isfinite(boxes).all(axis=1)]
        anchors.head_boxes = tuple((x0, y0, x1, y1) for x0, y0, x1, y1 in known.tolist())
        anchors.update()
