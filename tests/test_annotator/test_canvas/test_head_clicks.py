"""Clicks in heads mode, by real mouse events: none is lost, and none moves a head by mistake."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from pytestqt.qtbot import QtBot

from test_annotator.gestures import HEAD, SHIFT, User, make_document, sit_down, sit_down_at


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path) -> User:
    return sit_down(qtbot, tmp_path)


def test_a_click_beside_a_head_adds_one(user: User) -> None:
    count, (x, y) = len(user.document.heads(0)), user.head(HEAD)
    user.canvas.set_mode("heads")
    user.zoom(1.0, (x, y))
    user.click((x + 6, y))
    assert len(user.document.heads(0)) == count + 1
    user.click((x + 6, y + 1))
    assert len(user.document.heads(0)) == count + 1 and "Shift" in user.said[-1]
    user.click((x + 6, y + 1), SHIFT)
    assert len(user.document.heads(0)) == count + 2


def test_a_slip_moves_no_head_that_was_not_selected(user: User) -> None:
    count, (x, y) = len(user.document.heads(0)), user.head(HEAD)
    user.canvas.set_mode("heads")
    user.zoom(1.0, (x, y))
    user.drag((x, y), (x + 7, y + 2))
    assert user.head(HEAD) == (x, y) and user.document.selection == (user.document.head(0, HEAD),)
    user.drag((x, y), (x + 7, y + 2))
    assert user.head(HEAD) == pytest.approx((x + 7, y + 2), abs=0.01)
    user.drag((x, y + 12), (x + 5, y + 17))
    heads = user.document.heads(0).points
    assert len(heads) == count + 1 and heads[-1].tolist() == pytest.approx([x, y + 12], abs=1)


def test_a_hundred_clicks_in_a_crowd_are_a_hundred_heads(qtbot: QtBot, tmp_path: Path) -> None:
    user = sit_down_at(qtbot, make_document(tmp_path, heads=1, frames=1))
    user.canvas.set_mode("heads")
    # Three to six screen pixels from one head to the next, as in the far rows of a photograph.
    rng, zoom = np.random.default_rng(3), user.canvas.at.zoom
    grid = np.stack(np.meshgrid(np.arange(10), np.arange(10)), axis=-1).reshape(-1, 2)
    places = 200.0 + (grid * 4.5 + rng.uniform(-0.7, 0.7, (100, 2))) / zoom
    for x, y in places.tolist():
        user.click((x, y))
    assert len(user.document.heads(0)) == 101
    assert np.abs(user.document.heads(0).points[1:] - places).max() * zoom < 1
