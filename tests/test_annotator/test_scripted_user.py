"""Two minutes: somebody opens a rendered scene, follows seven suggestions, draws with an unsteady hand, and exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotator_gui.dialogs.export_dialog import ExportDialog
from converters.datasets.read import read_dataset
from converters.render_crowds import render_scenes
from gta_head_tools.anchors.anchors import Box, Pair
from gta_head_tools.annotations import Boxes
from gta_head_tools.geometry import centres
from gta_head_tools.synthesis.generate import CrowdSettings
from test_annotator.window_user import WindowUser, open_window

ANCHORS = 7
NOISE = 0.05


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One rendered scene with its exact boxes."""
    out = tmp_path_factory.mktemp("rendered") / "crowd"
    render_scenes(out, CrowdSettings(scenes=1, images=3, people=200, layout="plane", seed=4), jobs=1)
    return out


def boxes_by_image(source: Path) -> dict[str, Boxes]:
    _, dataset = read_dataset(source)
    return {image.info.name: image.boxes for image in dataset}


def nearest_box(boxes: Boxes, point: Pair) -> Box:
    """The box whose middle is nearest to a head."""
    row = int(np.argmin(np.hypot(*(centres(boxes) - np.array(point)).T)))
    x0, y0, x1, y1 = boxes[row].tolist()
    return x0, y0, x1, y1


def unsteady(box: Box, rng: np.random.Generator) -> Box:
    """Every edge off by a share of the box's size."""
    size = np.sqrt((box[2] - box[0]) * (box[3] - box[1]))
    x0, y0, x1, y1 = (np.array(box) + rng.normal(0, NOISE, 4) * size).tolist()
    return x0, y0, x1, y1


def overlaps(made: Boxes, truth: Boxes) -> list[float]:
    """IoU of every box with the true one whose middle is nearest."""
    found = []
    for box in made:
        x0, y0, x1, y1 = box.tolist()
        true = nearest_box(truth, ((x0 + x1) / 2, (y0 + y1) / 2))
        wide = max(0.0, min(x1, true[2]) - max(x0, true[0]))
        high = max(0.0, min(y1, true[3]) - max(y0, true[1]))
        whole = (x1 - x0) * (y1 - y0) + (true[2] - true[0]) * (true[3] - true[1])
        found.append(wide * high / (whole - wide * high))
    return found


def annotate(user: WindowUser, truth: dict[str, Boxes], rng: np.random.Generator) -> None:
    """Seven times: go to the suggestion, draw its true box."""
    bench = user.window.bench
    for number in range(ANCHORS):
        user.judged()
        suggestion = bench.suggestion
        assert suggestion is not None and bench.document is not None
        user.key(Qt.Key.Key_N)
        assert user.window.canvas.mode == "anchor"
        name = bench.document.names[suggestion.image]
        user.draw(unsteady(nearest_box(truth[name], suggestion.point), rng))
        assert len(bench.document.anchors.anchors) == number + 1
    user.judged()


def export(user: WindowUser) -> Path:
    user.key(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    user.until(lambda: isinstance(QApplication.activeModalWidget(), ExportDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    user.key(Qt.Key.Key_Return, at=dialog.go)
    user.until(lambda: bool(dialog.written))
    dialog.close()
    return Path(dialog.written)


def test_two_minutes(crowd: Path, qtbot: QtBot) -> None:
    truth = boxes_by_image(crowd / "truth")
    user = open_window(qtbot, crowd / "scene_1_0")
    annotate(user, truth, np.random.default_rng(0))
    numbers = user.window.bench.fit.quality if user.window.bench.fit else None
    assert numbers is not None and numbers.expected is not None
    out = export(user)
    made = boxes_by_image(out)
    shared = [overlap for name, boxes in made.items() for overlap in overlaps(boxes, truth[name])]
    overlap = float(np.mean(shared))
    print(
        f"\n{user.events} input events (at most 60), {numbers.expected}, grade {numbers.grade}, "
        f"mean IoU of {len(shared)} boxes {overlap:.2f} (at least 0.65)"
    )
    assert user.events <= 60
    assert numbers.grade == "green"
    assert overlap >= 0.65
    assert not user.answers.told
