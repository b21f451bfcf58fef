"""All heads of a frame as one graphics item, painted from the columns.

One item per head takes twice the time of one item for all, and a list of rectangles keeps the garbage collector busy.
So the rectangles are rows of one array, which Qt gets by its address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator_gui import theme
from annotator_gui.gestures.hit_test import HeadFinder
from gta_head_tools.annotations import Boxes, Mask, Points
from gta_head_tools.geometry import sizes, to_xywh
from gta_head_tools.overlays.head_overlay import size_colours, size_span

DENSE = 8.0
"""Screen pixels: below this median size boxes are a solid mass, and dots coloured by size are drawn instead."""
FEW = 400
"""Up to this number of boxes, all have a dark rim."""
LARGE = 16.0
"""Screen pixels from which a box is drawn among dots."""
NEAR = 150.0
"""Screen pixels around the cursor in which boxes are drawn at full strength."""
_STEPS = 32
_CROWDED, _CLOSE = 10.0, 20.0
"""Screen pixels to the fourth neighbour below which boxes are translucent, and below which they are dimmed."""
_FAINT = 0.8
"""Opacity of dots where they are crowded most."""
_FRAGMENT = 10
"""Numbers of a `QPainter.PixmapFragment`: x y, source left top width height, scale x y, rotation, opacity."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShownProposals:
    """Open proposals of one frame: (N, 2) points and (N, 4) boxes, NaN = none."""

    points: Points
    boxes: Boxes


@dataclass(frozen=True, slots=True)
class _Dots:
    """The looks of dots: (N,) index of the sprite, their side in logical pixels, (N,) opacity."""

    steps: Array
    size: int
    opacity: Array


_NO_POINTS: Points = np.empty((0, 2))
_NO_BOXES: Boxes = np.empty((0, 4))
NO_PROPOSALS = ShownProposals(_NO_POINTS, _NO_BOXES)


class HeadsLayer(QGraphicsItem):
    """Points and boxes of the frame on screen."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.finder = HeadFinder(_NO_POINTS)
        self.boxes: Boxes = _NO_BOXES
        self.proposals = NO_PROPOSALS
        self.show_boxes = self.show_points = True
        self.colours = True
        self.pointer: tuple[float, float] | None = None
        self.aim = (0.0, 0.0)
        self.version = 0
        self._ignore: Mask = np.empty(0, dtype=bool)
        self._sizes: Array = np.empty(0)
        self._median = np.inf
        self._bounds = QRectF()
        self._held: list[Array] = []
        self._dots: dict[tuple[float, bool], QPixmap] = {}

    def set_heads(self, points: Points, ignore: Mask) -> None:
        """Take other heads, (N, 2) points and (N,) flags; their boxes are unknown until `set_boxes`."""
        self.finder, self._ignore = HeadFinder(points), ignore
        self.version += 1
        self.set_boxes(np.full((len(points), 4), np.nan))

    def set_boxes(self, boxes: Boxes) -> None:
        """Take boxes (N, 4) of the same heads; NaN = none."""
        self.boxes, self._sizes = boxes, sizes(boxes)
        finite = np.isfinite(self._sizes)
        known = boxes[finite]
        # Computed here, as every repaint needs it several times.
        self._median = float(np.median(self._sizes[finite])) if len(known) else np.inf
        self.prepareGeometryChange()
        ends = np.concatenate([known, np.tile(self.finder.points, 2), _corners(self.proposals.boxes)])
        low, high = (ends[:, :2].min(axis=0), ends[:, 2:].max(axis=0)) if len(ends) else (np.zeros(2), np.zeros(2))
        # A margin for dots and pens, in image pixels, that is wide enough at the smallest zoom.
        self._bounds = QRectF(QPointF(*low), QPointF(*high)).adjusted(-200, -200, 200, 200)
        self.update()

    def set_proposals(self, proposals: ShownProposals) -> None:
        self.proposals = proposals
        self.set_boxes(self.boxes)

    def dense(self, zoom: float) -> bool:
        """True when boxes are too small on screen to be told apart."""
        return self._median * zoom < DENSE

    def hides_points(self, zoom: float) -> bool:
        """True when coloured dots are drawn in place of points and boxes."""
        return self.show_boxes and self.colours and self.dense(zoom)

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, /, widget: QWidget | None = None) -> None:  # noqa: ARG002
        exposed = option.exposedRect
        zoom = painter.worldTransform().m11()
        self._held.clear()
        self._paint_proposals(painter, exposed)
        if not self.show_boxes:
            return
        if self.dense(zoom):
            self._rects(
                painter, self.boxes[_meets(self.boxes, exposed) & (self._sizes * zoom >= LARGE)], _pen(theme.BOX)
            )
            if self.colours:
                self._paint_dots(painter)
        else:
            self._paint_faded(painter, exposed, zoom)
        self._paint_near_cursor(painter, zoom)

    def _paint_faded(self, painter: QPainter, exposed: QRectF, zoom: float) -> None:
        seen = _meets(self.boxes, exposed)
        apart, shown = self.finder.spacing * zoom, seen & ~self._ignore
        # Only the most crowded boxes are translucent, as such a line costs 70 % more time than a dim one.
        self._rects(painter, self.boxes[shown & (apart < _CROWDED)], _pen(theme.BOX, 0.45))
        self._rects(painter, self.boxes[shown & (apart >= _CROWDED) & (apart < _CLOSE)], _pen(theme.BOX_DIM))
        self._outlines(painter, self.boxes[shown & (apart >= _CLOSE)])
        self._rects(painter, self.boxes[seen & self._ignore], _pen(theme.IGNORED, dashed=True))

    def _paint_near_cursor(self, painter: QPainter, zoom: float) -> None:
        if self.pointer is None:
            return
        rows = self.finder.within(self.pointer, NEAR / zoom)
        rows = rows[np.isfinite(self._sizes[rows])]
        if self.dense(zoom) or (len(rows) and float(self.finder.spacing[rows].min()) * zoom < _CLOSE):
            self._outlines(painter, self.boxes[rows[~self._ignore[rows]]])

    def _paint_dots(self, painter: QPainter) -> None:
        span = size_span([self.boxes])
        if span is None:
            return
        known = np.isfinite(self._sizes)
        place = np.log(np.where(known, self._sizes, span[0]) / span[0]) / np.log(span[1] / span[0])
        step = np.rint(np.clip(place, 0, 1) * (_STEPS - 1))
        # In a crowd, dots are small and translucent, so that the picture stays visible between them.
        apart = self.finder.spacing * painter.worldTransform().m11()
        for rows, size in ((known & (apart < _CLOSE), 5), (known & (apart >= _CLOSE), 7)):
            opacity = np.clip(apart[rows] / _CLOSE, _FAINT, 1.0)
            self._fragments(painter, self.finder.points[rows], _Dots(step[rows], size, opacity), coloured=True)

    def _paint_proposals(self, painter: QPainter, exposed: QRectF) -> None:
        arm = 4 / painter.worldTransform().m11()
        points, marks = self.proposals.points, self.proposals.boxes.copy()
        without = np.isnan(marks).any(axis=1)
        marks[without] = np.concatenate([points[without] - arm, points[without] + arm], axis=1)
        seen = marks[_meets(marks, exposed)]
        # Cosmetic pens count device pixels: on a screen of high resolution one would be too thin.
        line = round(painter.device().devicePixelRatio())
        if len(seen) <= FEW:
            self._rects(painter, seen, _pen(theme.SHADE, theme.SHADE.alphaF(), width=3 * line))
        self._rects(painter, seen, _pen(theme.PROPOSAL, width=line, dashed=True))
        if len(points):
            # The proposal that is accepted or rejected next has a mark.
            apart = points - np.array(self.aim)
            first = [int(np.argmin(np.hypot(*apart.T)))]
            self._rects(painter, marks[first], _pen(theme.RIM, width=5 * line))
            self._rects(painter, marks[first], _pen(theme.POINT, width=2 * line))

    def draw_points(self, painter: QPainter, transform: QTransform) -> None:
        """Draw the dots of all heads in device pixels; `transform` maps image pixels to them."""
        if not self.show_points or self.hides_points(transform.m11()):
            return
        painter.save()
        painter.setTransform(transform)
        dots = _Dots(self._ignore.astype(np.float64), 5, np.ones(len(self._ignore)))
        self._fragments(painter, self.finder.points, dots, coloured=False)
        painter.restore()

    def _fragments(self, painter: QPainter, points: Points, dots: _Dots, *, coloured: bool) -> None:
        """Draw dots at points (N, 2)."""
        to_device = painter.worldTransform()
        ratio = painter.device().devicePixelRatio()
        places = points * np.array([to_device.m11(), to_device.m22()]) + np.array([to_device.dx(), to_device.dy()])
        places *= ratio
        width, height = painter.device().width() * ratio, painter.device().height() * ratio
        seen = np.all((places > -9) & (places < np.array([width + 9, height + 9])), axis=1)
        side = round(dots.size * ratio * self._dot_scale(to_device.m11())) | 1
        sprites = self._sprites(side, coloured=coloured)
        rows = np.zeros((int(seen.sum()), _FRAGMENT))
        # The side of a sprite is odd, so that it lies on whole pixels around the pixel of the point.
        rows[:, :2] = np.floor(places[seen]) + 0.5
        rows[:, 2], rows[:, 4:6], rows[:, 6:8], rows[:, 9] = dots.steps[seen] * side, side, 1.0, dots.opacity[seen]
        painter.save()
        painter.resetTransform()
        painter.scale(1 / ratio, 1 / ratio)
        self._held.append(rows)
        fragment = cast(QPainter.PixmapFragment, shiboken6.wrapInstance(rows.ctypes.data, QPainter.PixmapFragment))
        if len(rows):
            painter.drawPixmapFragments(fragment, len(rows), sprites)
        painter.restore()

    def _dot_scale(self, zoom: float) -> float:
        """Dots grow a little with the zoom, so that they are neither lost nor in the way."""
        return float(np.clip(zoom / 2, 1.0, 1.8))

    def _sprites(self, side: int, *, coloured: bool) -> QPixmap:
        key = (side, coloured)
        if key not in self._dots:
            self._dots[key] = _coloured_dots(side) if coloured else _plain_dots(side)
        return self._dots[key]

    def _outlines(self, painter: QPainter, boxes: Boxes) -> None:
        """Draw boxes at full strength; up to `FEW` have a dark rim, so that they are visible on snow."""
        width = 0.0
        if len(boxes) <= FEW:
            width = float(round(painter.device().devicePixelRatio()))
            self._rects(painter, boxes, _pen(theme.RIM, width=width + 2))
        self._rects(painter, boxes, _pen(theme.BOX, width=width))

    def _rects(self, painter: QPainter, boxes: Boxes, pen: QPen) -> None:
        if not len(boxes):
            return
        rows = np.ascontiguousarray(to_xywh(boxes))
        self._held.append(rows)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRects(cast(QRectF, shiboken6.wrapInstance(rows.ctypes.data, QRectF)), len(rows))


def _corners(boxes: Boxes) -> Boxes:
    return boxes[np.isfinite(boxes).all(axis=1)]


def _meets(boxes: Boxes, area: QRectF) -> Mask:
    """(N,) True for boxes that reach into the area; False for unknown ones, as comparisons with NaN are false."""
    x0, y0, x1, y1 = area.left(), area.top(), area.right(), area.bottom()
    met: Mask = (boxes[:, 0] <= x1) & (boxes[:, 2] >= x0) & (boxes[:, 1] <= y1) & (boxes[:, 3] >= y0)
    return met


def _pen(colour: QColor, opacity: float = 1.0, *, width: float = 0.0, dashed: bool = False) -> QPen:
    """A line of the same width at every zoom; 0 = one device pixel, as two pixels take 70 % more time."""
    tone = QColor(colour)
    tone.setAlphaF(opacity)
    pen = QPen(tone, width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if dashed:
        pen.setStyle(Qt.PenStyle.DashLine)
    return pen


def _sheet(side: int, count: int) -> QPixmap:
    sheet = QPixmap(side * count, side)
    sheet.fill(Qt.GlobalColor.transparent)
    return sheet


def _coloured_dots(side: int) -> QPixmap:
    """A dot with a dark rim for each step of size."""
    sheet = _sheet(side, _STEPS)
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.RIM, side / 6))
    for step, colour in enumerate(size_colours(np.geomspace(1.0, 2.0, _STEPS), (1.0, 2.0)).tolist()):
        painter.setBrush(QColor(*colour))
        inset = side / 12
        painter.drawEllipse(QRectF(step * side + inset, inset, side - 2 * inset, side - 2 * inset))
    painter.end()
    return sheet


def _plain_dots(side: int) -> QPixmap:
    """White dots with a dark rim; the second, for ignored heads, is hollow."""
    sheet = _sheet(side, 2)
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inset = side / 8
    for left, fill in ((0, theme.POINT), (side, theme.RIM)):
        spot = QRectF(left + inset, inset, side - 2 * inset, side - 2 * inset)
        painter.setPen(QPen(theme.RIM if left == 0 else theme.POINT, side / 4 if left == 0 else side / 6))
        painter.setBrush(fill)
        painter.drawEllipse(spot)
    painter.end()
    return sheet
