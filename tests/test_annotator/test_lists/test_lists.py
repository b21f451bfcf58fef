"""Start page, frame list and the dock of anchors: what they tell, and that nothing empty is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from annotator_gui.lists.anchor_table import AnchorModel, AnchorTable, differs
from annotator_gui.lists.frame_list import FrameList
from annotator_gui.lists.start_page import SceneTable, StartPage
from annotator_gui.model.document import Document
from annotator_gui.model.pages import FramePages
from annotator_gui.model.quality import AnchorQuality, SceneQuality, WorstSpot
from annotator_gui.model.scene_list import SceneRow
from gta_head_tools.anchors.anchors import Anchor
from gta_head_tools.anchors.drawings import add_zone
from gta_head_tools.anchors.drawn_boxes import Ref
from test_annotator.gestures import make_document

ACROSS, ALIGNMENT = Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole


@pytest.fixture
def document(tmp_path: Path) -> Document:
    return make_document(tmp_path)


def anchor_table(qtbot: QtBot, document: Document) -> AnchorTable:
    table = AnchorTable(QAction("Keep"), QAction("Ignore"))
    qtbot.addWidget(table)
    table.resize(310, 600)
    table.show()
    table.show_document(document)
    return table


def test_parts_of_the_dock_are_there_when_they_have_something_to_list(qtbot: QtBot, document: Document) -> None:
    table = anchor_table(qtbot, document)
    assert not table.worst.isVisible() and not table.others.isVisible()
    document.apply(add_zone(document.settled, [(0, 0), (100, 0), (0, 100)]), "")
    table.refresh(SceneQuality(document.settled, worst=(WorstSpot(1, 4, (20.0, 30.0), 0.25),)))
    assert table.worst.item(0).text() == "25%  ·  0002  ·  x 20  y 30"
    for part in (table.worst, table.others):
        assert part.isVisible() and part.count() == 1
        assert part.height() < 2 * part.sizeHintForRow(0), "no empty rows"
    assert table.table.height() > 300


def test_a_suspect_is_told_in_full_whatever_its_frame_is_called(qtbot: QtBot, document: Document) -> None:
    table = anchor_table(qtbot, document)
    long = "camera_07_2024-06-01_12-00-00_000017"
    document.apply(replace(document.settled, anchors=(Anchor(long, (50, 50), (40, 40, 60, 60)),)), "")
    check = AnchorQuality(Ref("anchor", 0), drawn=20.0, expected=10.0, suspect=True)
    table.refresh(SceneQuality(document.settled, checks=(check,)))
    view = table.table
    for column in (0, 2, 3, 4, 5):
        text = view.model().index(0, column).data()
        assert text and view.columnWidth(column) > view.fontMetrics().horizontalAdvance(text)
    assert view.horizontalHeader().length() <= view.viewport().width()


def test_an_empty_table_says_what_to_do(qtbot: QtBot, document: Document) -> None:
    table = anchor_table(qtbot, document)
    image = table.table.viewport().grab().toImage()
    ground = image.pixelColor(2, image.height() - 2)
    ink = [(x, y) for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y) != ground]
    assert 300 < len(ink) < 8000


def test_a_difference_of_nothing_has_no_sign() -> None:
    assert [differs(value) for value in (-0.004, 0.004, -0.006, 0.2)] == ["0%", "0%", "-1%", "+20%"]


@pytest.mark.parametrize("model", [AnchorModel, SceneTable])
@pytest.mark.usefixtures("qtbot")
def test_heads_of_columns_stand_above_what_they_name(model: type[AnchorModel | SceneTable]) -> None:
    table = model()
    if isinstance(table, SceneTable):
        table.show([SceneRow("east", 3, 180, 2, "green", 0.5, None)])
        rows = [table.index(0, column).data(ALIGNMENT) for column in range(table.columnCount())]
        assert rows == [table.headerData(column, ACROSS, ALIGNMENT) for column in range(table.columnCount())]
    sides = {table.headerData(column, ACROSS, ALIGNMENT) & Qt.AlignmentFlag.AlignHorizontal_Mask for column in (0, 2)}
    assert sides == {Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight}


def test_counts_of_the_frame_list_stand_in_a_column(qtbot: QtBot, document: Document) -> None:
    frames = FrameList()
    qtbot.addWidget(frames)
    frames.resize(190, 400)
    frames.show()
    frames.show_pages(FramePages(document))
    view = frames.view
    image = view.viewport().grab().toImage()
    ends = []
    for row in range(3):
        place = view.visualRect(view.model().index(row, 0))
        ground = image.pixelColor(QPoint(place.right() - 1, place.top() + 1))
        ink = [
            x
            for x in range(place.left(), place.right())
            if any(image.pixelColor(x, y) != ground for y in range(place.top() + 2, place.bottom() - 2))
        ]
        ends.append((max(ink), max(np.diff(ink))))
    assert max(end for end, _ in ends) - min(end for end, _ in ends) <= 1
    assert all(gap > 30 for _, gap in ends), "room between names and counts"


def test_the_start_page_shows_where_to_drop_or_what_there_is(qtbot: QtBot) -> None:
    page = StartPage()
    qtbot.addWidget(page)
    page.show()
    assert page.drop.isVisible() and not page.table.isVisible()
    broken = SceneRow("west", 2, None, 0, None, 0.0, None, problem="west/anchors.json: no valid JSON")
    page.show_scenes("both", [SceneRow("east", 3, 180, 2, "green", 0.5, None), broken])
    assert page.table.isVisible() and not page.drop.isVisible()
    place = page.scenes.index(1, 4)
    assert place.data() == "! cannot be opened"
    assert place.data(Qt.ItemDataRole.ToolTipRole) == broken.problem
