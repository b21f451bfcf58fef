"""Edits by keys that answer to what is in the source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from pytestqt.qtbot import QtBot

from annotator_gui.gestures.key_edits import toggle_ignore
from annotator_gui.model.document import Document
from gta_head_tools.anchors.anchors import AnchorSet
from gta_head_tools.dataset import in_memory
from test_annotator.gestures import SIZE, make_document, sit_down_at


def test_a_head_that_the_source_ignores_stays_so_and_that_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    images = [image.replace(ignore=np.arange(len(image)) == 3) for image in make_document(tmp_path).source]
    dataset = in_memory(images, tmp_path)
    document = Document(dataset, dataset.scenes[0], images, AnchorSet(SIZE), tmp_path / "anchors.json")
    user = sit_down_at(qtbot, document)
    document.select([document.head(0, 3)])
    user.canvas.apply(toggle_ignore)
    assert document.settled == AnchorSet(SIZE)
    assert "Ignored by the source" in user.said[-1]
    document.select([document.head(0, 3), document.head(0, 4)])
    for flags in ([3, 4], [3]):
        user.canvas.apply(toggle_ignore)
        assert np.flatnonzero(document.heads(0).ignore).tolist() == flags
