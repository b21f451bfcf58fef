"""The whole window, with its lists, table and status line, keeps its budgets on 1080p JPEGs of rendered crowds.

`OMP_NUM_THREADS=1 pytest -n 0 -s tests/benchmarks/test_annotator_window_speed.py`

CPU time of all threads, through real events. Start and opening are those of a process that is the window alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotator_gui.canvas.image_loader import decode
from annotator_gui.gestures.hit_test import handle_centres
from annotator_gui.window.main_window import MainWindow
from converters.render_crowds import render_scenes
from gta_head_tools.anchors.anchors import AnchorSet, Pair, write_anchors
from gta_head_tools.anchors.drawn_boxes import Ref, add_anchor
from gta_head_tools.synthesis.generate import CrowdSettings
from test_annotator.gestures import User, head_points
from test_annotator.window_user import open_window
from test_cli.running import environment
from test_converters.gcc_scenes import rounded, write_json

SIZE, WINDOW = (1920, 1080), (1920, 1080)
HEADS, FRAMES = 4500, 30
CHILD = Path(__file__).with_name("measured_window.py")


@dataclass
class Seat:
    """A user at the canvas of a whole window."""

    user: User
    window: MainWindow

    def wait_for_pictures(self, bot: QtBot, frames: range) -> None:
        loader = self.user.canvas.loader
        assert loader is not None
        bot.waitUntil(lambda: all(loader.pixmap(frame) is not None for frame in frames), timeout=10_000)


class Repaints(QObject):
    """Counts the repaints of a view: a budget that nothing is painted in means nothing."""

    def __init__(self, watched: QObject) -> None:
        super().__init__(watched)
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        self.count += event.type() == QEvent.Type.Paint
        return False


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window remembers nothing of its user and leaves nothing to him."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three JPEGs of a rendered crowd."""
    out = tmp_path_factory.mktemp("rendered") / "crowd"
    render_scenes(out, CrowdSettings(scenes=1, images=3, people=800, size=SIZE, layout="plane", seed=4), jobs=1)
    return sorted(out.glob("scene_*/jpgs/*.jpg"))


def link_scene(folder: Path, pictures: list[Path], *, frames: int, heads: int) -> Path:
    """A Labeler scene of many frames, whose pictures are links to a few."""
    (folder / "jpgs").mkdir(parents=True)
    for frame in range(frames):
        write_json(folder, f"{1000 + frame}", rounded(head_points(heads, SIZE, seed=frame)))
        os.link(pictures[frame % len(pictures)], folder / "jpgs" / f"{1000 + frame}.jpg")
    return folder


def with_anchors(drawn: AnchorSet, image: str, points: list[Pair]) -> AnchorSet:
    """Eight more anchors, that grow down the picture."""
    for row in np.linspace(100, len(points) - 100, 8).astype(int).tolist():
        x, y = points[row]
        half = 6 + y / 100
        drawn = add_anchor(drawn, image, (x, y), (x - 0.8 * half, y - half, x + 0.8 * half, y + half))
    return drawn


@pytest.fixture
def seat(qtbot: QtBot, tmp_path: Path, pictures: list[Path]) -> Seat:
    """Before 30 frames of 4,500 heads with eight anchors, when everything in the background is done."""
    at = open_window(qtbot, link_scene(tmp_path / "scene", pictures, frames=FRAMES, heads=HEADS))
    window, bench = at.window, at.window.bench
    window.resize(*WINDOW)
    assert bench.document is not None
    assert bench.fit is not None
    seat = Seat(User(window.canvas, bench.document, bench.stack, bench.fit), window)
    bench.document.apply(with_anchors(bench.document.settled, bench.document.names[0], head_points(HEADS, SIZE)), "")
    at.judged()
    seat.wait_for_pictures(qtbot, range(3))
    return seat


def cpu_ms(seat: Seat, work: Callable[[int], object], times: int = 60) -> list[float]:
    """CPU milliseconds of each call, events and painting included."""
    spent, repaints = [], Repaints(seat.user.canvas.viewport())
    for number in range(times):
        began = time.process_time()
        work(number)
        QApplication.processEvents()
        spent.append(1000 * (time.process_time() - began))
    assert repaints.count >= times
    return spent


def tell(what: str, spent: list[float], budget: float) -> None:
    median, late = np.median(spent), np.percentile(spent, 95)
    print(f"\n{what}: median {median:.1f} ms, 95th percentile {late:.1f} ms, budget {budget:.0f} ms")
    assert median <= budget


def in_own_process(*args: object) -> dict[str, float]:
    """CPU seconds that the window measures of itself."""
    command = [sys.executable, str(CHILD), *map(str, args)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment(), timeout=120)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def test_the_start() -> None:
    in_own_process()  # Files come from the disk once.
    tell("start until the window is shown", [1000 * in_own_process()["shown"] for _ in range(5)], 1500)


def test_a_scene_of_150_frames_is_opened(tmp_path: Path, pictures: list[Path]) -> None:
    runs = count()

    def opened() -> float:
        # What is opened anew has no place to return to.
        scene = link_scene(tmp_path / f"{next(runs)}", pictures, frames=150, heads=1000)
        return 1000 * in_own_process(scene)["opened"]

    opened()  # Kernels are compiled once.
    tell("150 frames of 1,000 heads, until the first is painted", [opened() for _ in range(3)], 2000)


@pytest.mark.parametrize("zoom", [None, 4.0])
def test_a_step_of_a_drag(seat: Seat, zoom: float | None) -> None:
    user = seat.user
    box = user.document.settled.anchors[4].box
    if zoom is not None:
        user.zoom(zoom, (box[0], box[1]))
    user.document.select([Ref("anchor", 4)])
    x, y = handle_centres(box, user.canvas.at.zoom)[4].tolist()
    user.press((x, y))
    spent = cpu_ms(seat, lambda number: user.move((x + 6 + number % 9, y + 6 + number % 7)))
    assert user.document.anchors is not user.document.settled
    tell(f"drag step at {user.canvas.at.zoom:.2f}, {HEADS} heads", spent, 16)
    user.release((x, y))


def test_a_step_of_the_wheel(seat: Seat) -> None:
    tell("zoom step", cpu_ms(seat, lambda n: seat.user.wheel(QPointF(500, 400), turned=(-1) ** n)), 16)


def test_a_change_of_frame_that_is_ready(seat: Seat) -> None:
    tell("frame change, warm", cpu_ms(seat, lambda number: seat.window.bench.go((number + 1) % 3)), 50)


def test_a_change_of_frame_that_is_not_ready(qtbot: QtBot, seat: Seat) -> None:
    """The window's own thread and the decoding of one picture; those of neighbours are decoded beside it."""
    bench, document, spent = seat.window.bench, seat.user.document, []
    for frame in (8, 14, 20, 26):
        began = time.thread_time()
        decode(document.dataset, document.images[frame])
        bench.go(frame)
        seat.wait_for_pictures(qtbot, range(frame, frame + 1))
        QApplication.processEvents()
        spent.append(1000 * (time.thread_time() - began))
    tell("frame change, cold", spent, 150)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory of a process alone is told by Linux")
def test_memory_over_200_changes_of_frame(tmp_path: Path, pictures: list[Path]) -> None:
    """The whole of it, in a process that is the window alone: the crowd was rendered in this one."""
    scene = link_scene(tmp_path / "scene", pictures, frames=FRAMES, heads=HEADS)
    points = head_points(HEADS, SIZE)
    write_anchors(scene / "anchors.json", with_anchors(AnchorSet(SIZE), "1000", points))
    held = in_own_process(scene, 200)
    early, most = held["early"], held["memory"]
    print(f"\nmost memory over 200 changes of frame: {most:.0f} MB, after the 60th {early:.0f} MB, bound 400 MB")
    assert most < 400
    assert most - early < 20
