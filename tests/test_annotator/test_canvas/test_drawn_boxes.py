"""Boxes that are drawn, by real mouse events: they stay where they are, and which head each belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from annotator_gui.gestures.box_geometry import sides
from annotator_gui.model.quality import SceneQuality
from gta_head_tools.anchors.anchors import Pair
from gta_head_tools.anchors.drawn_boxes import Ref, add_anchor
from gta_head_tools.interpolation.suggestions import Suggestion
from test_annotator.gestures import HEAD, User, corners, sit_down


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path) -> User:
    return sit_down(qtbot, tmp_path)


def chin(user: User, row: int, side: float = 16) -> tuple[Pair, Pair]:
    """Corners of the box of a head whose point lies at its chin."""
    x, y = user.head(row)
    return corners((x, y - 0.6 * side), side, side)


def test_boxes_over_points_at_the_chin_stay_and_teach_where_the_others_are(user: User) -> None:
    user.canvas.set_mode("anchor")
    for row in (3, HEAD, 47):
        user.drag(*chin(user, row))
    drawn = user.document.settled.anchors
    assert [anchor.point for anchor in drawn] == [user.head(row) for row in (3, HEAD, 47)]
    assert drawn[1].box == pytest.approx((*chin(user, HEAD)[0], *chin(user, HEAD)[1]))
    layers = user.canvas.layers
    assert layers is not None
    for row in (3, HEAD, 47, 12):
        (x0, y0), (x1, y1) = chin(user, row)
        assert layers.expected_box(row) == pytest.approx((x0, y0, x1, y1), abs=1.5)
    user.click(user.head(12))
    assert user.document.settled.anchors[3].box == pytest.approx(layers.expected_box(12))


def test_a_box_takes_the_suggested_head_though_another_one_is_nearer(user: User) -> None:
    user.canvas.set_mode("anchor")
    layers, first, second = user.canvas.layers, user.head(HEAD), user.head(HEAD + 1)
    assert layers is not None
    suggestion = Suggestion(0, HEAD + 1, second, None, 0.1)
    user.live_fit.quality = SceneQuality(user.document.settled, suggestions=(suggestion,))
    layers.take_quality()
    over_both = ((first[0] - 9, first[1] - 18), (second[0] + 2, second[1] + 18))
    user.drag(*over_both, drop=False)
    assert user.document.anchors.anchors[0].point == second
    user.key(Qt.Key.Key_Escape)
    user.live_fit.quality = None
    layers.take_quality()
    user.drag(*over_both, drop=False)
    assert user.document.anchors.anchors[0].point == first


def test_an_anchor_is_replaced_only_when_it_is_selected(user: User) -> None:
    x, y = user.head(HEAD)
    drawn = add_anchor(user.document.settled, "0001", (x, y), (x - 10, y - 12, x + 10, y + 12))
    user.document.apply(drawn, "")
    user.document.select([])
    before = user.document.settled
    user.canvas.set_mode("anchor")
    user.drag(*corners(user.head(HEAD), 30, 30))
    assert user.document.settled is before and "has its anchor" in user.said[-1]
    user.document.select([Ref("anchor", 0)])
    user.drag(*corners(user.head(HEAD), 30, 30))
    (anchor,) = user.document.settled.anchors
    assert sides(anchor.box) == pytest.approx((30, 30))
