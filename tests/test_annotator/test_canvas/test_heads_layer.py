"""All heads as one item: what is drawn, how it fades, and that nothing sticks out of what the item claims."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QGraphicsScene, QStyleOptionGraphicsItem

from annotator_gui.canvas.heads_layer import HeadsLayer, ShownProposals
from gta_head_tools.geometry import around

pytestmark = pytest.mark.usefixtures("qtbot")

SIZE = 200


def painted(layer: HeadsLayer, zoom: float = 1.0, *, dots: bool = False, ratio: float = 1.0) -> NDArray[np.uint8]:
    """The layer alone on black, (H, W, 3) RGB; `dots`: only its points; `ratio`: of the screen."""
    image = QImage(SIZE, SIZE, QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    if dots:
        layer.draw_points(painter, QTransform.fromScale(zoom, zoom))
    else:
        painter.scale(zoom, zoom)
        option = QStyleOptionGraphicsItem()
        option.exposedRect = layer.boundingRect()
        layer.paint(painter, option)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(SIZE, image.bytesPerLine())
    return rows[:, : 3 * SIZE].reshape(SIZE, SIZE, 3).copy()


def layer_of(points: list[tuple[float, float]], side: float, ignore: list[bool] | None = None) -> HeadsLayer:
    layer, places = HeadsLayer(), np.array(points, dtype=np.float64).reshape(-1, 2)
    layer.set_heads(places, np.array(ignore or [False] * len(points), dtype=bool))
    layer.set_boxes(around(places, np.full(len(points), side), np.full(len(points), side)))
    return layer


def test_a_box_is_one_line_along_its_edges() -> None:
    shown = painted(layer_of([(50, 60)], 40)).max(axis=2) > 128
    rows, columns = np.nonzero(shown)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (40, 80, 30, 70)
    assert shown[50].sum() == 2


def test_unknown_boxes_are_left_out() -> None:
    layer = layer_of([(50, 60), (150, 60)], 40)
    layer.set_boxes(np.array([[30, 40, 70, 80], [np.nan] * 4]))
    assert not painted(layer)[:, 100:].any()


def test_boxes_beyond_the_picture_are_within_the_bounds() -> None:
    layer = layer_of([(0, 0), (1920, 1080)], 900)
    assert layer.boundingRect().contains(-450, -450)
    assert layer.boundingRect().contains(2370, 1530)
    QGraphicsScene().addItem(layer)


def test_small_boxes_become_dots_coloured_by_size() -> None:
    layer = layer_of([(20.0 * x, 40.0 * y) for x in range(1, 9) for y in range(1, 4)], 5.0)
    small = np.tile(np.linspace(3, 7, 8)[:, None], (1, 3)).ravel()
    layer.set_boxes(around(layer.finder.points, small, small))
    assert layer.dense(1.0)
    assert not layer.dense(4.0)
    shown = painted(layer)
    first, last = shown[40, 20].astype(int), shown[40, 160].astype(int)
    assert first[2] > first[0], "the smallest are blue"
    assert last[0] > last[2], "the largest are yellow"
    layer.colours = False
    assert not painted(layer).any()
    assert painted(layer, dots=True)[40, 20].tolist() == [255, 255, 255]


def test_crowded_dots_leave_the_picture_to_be_seen() -> None:
    """2,000 heads at a fit, 9 px from neighbour to neighbour: more than half of the picture is free."""
    layer = layer_of([(4.5 + 9 * x, 4.5 + 9 * y) for x in range(22) for y in range(22)], 5.0)
    small = np.tile(np.linspace(3, 7, 22)[:, None], (1, 22)).ravel()
    layer.set_boxes(around(layer.finder.points, small, small))
    assert layer.dense(1.0)
    shown = painted(layer)
    assert 0.1 < (shown.max(axis=2) > 0).mean() < 0.5
    assert shown[4, 4].max() > 150, "but the dots are seen"


def test_crowded_boxes_fade_but_not_near_the_cursor() -> None:
    crowd = [(20.0 + 4 * x, 20.0 + 4 * y) for x in range(6) for y in range(6)]
    layer = layer_of([*crowd, (150.0, 150.0)], 20)
    layer.finder.spacing[-1] = 50.0
    faded = painted(layer)
    assert faded[150, 140, 2] == 255
    assert 0 < faded[10:50, 10:50, 2].max() < 255
    layer.pointer = (30.0, 30.0)
    assert painted(layer)[10:50, 10:50, 2].max() == 255


def test_ignored_heads_differ_by_shape() -> None:
    layer = layer_of([(50, 50), (150, 50)], 30, [False, True])
    boxes, dots = painted(layer)[35], painted(layer, dots=True)
    assert (boxes[35:65].max(axis=1) > 0).all()
    assert not (boxes[135:165].max(axis=1) > 0).all(), "dashed"
    assert dots[50, 50].tolist() == [255, 255, 255]
    assert dots[50, 150].max() < 60, "hollow"


def test_dots_lie_on_their_points_at_every_zoom() -> None:
    for zoom in (0.5, 1.0, 3.0):
        shown = painted(layer_of([(31.3, 42.7)], 30), zoom, dots=True).max(axis=2) > 128
        y, x = np.argwhere(shown).mean(axis=0) + 0.5
        assert abs(x - 31.3 * zoom) <= 0.5 + 1e-9
        assert abs(y - 42.7 * zoom) <= 0.5 + 1e-9


def test_proposals_are_grey() -> None:
    layer = layer_of([], 10)
    layer.set_proposals(
        ShownProposals(np.array([[50.0, 50.0], [120.0, 50.0]]), np.array([[40.0, 40, 60, 60], [np.nan] * 4]))
    )
    shown = painted(layer)
    assert shown.any()
    assert (np.ptp(shown, axis=2) < 5).all()
    assert shown[:, 100:].any(), "a mark for the one without a box"


def test_proposals_are_as_bold_on_a_fine_screen() -> None:
    layer = layer_of([], 10)
    box = np.array([[20.0, 20, 60, 60]])
    layer.set_proposals(ShownProposals(np.array([[40.0, 40.0]]), box))
    coarse = (painted(layer, ratio=1.0) == 255).all(axis=2).sum()
    fine = (painted(layer, ratio=2.0) == 255).all(axis=2).sum()
    assert fine == pytest.approx(4 * coarse, rel=0.1)


def test_the_proposal_that_is_decided_upon_next_is_brighter() -> None:
    layer = layer_of([], 10)
    boxes = np.array([[40.0, 40, 60, 60], [110.0, 40, 130, 60]])
    layer.set_proposals(ShownProposals(np.array([[50.0, 50.0], [120.0, 50.0]]), boxes))
    for aim, first in (((70.0, 50.0), 0), ((110.0, 90.0), 1)):
        layer.aim = aim
        shown = painted(layer)
        halves = shown[:, :85], shown[:, 85:]
        assert (halves[first] == 255).any()
        assert 150 < halves[1 - first].max() < 255
