"""Makes README's animated picture of the annotator: `python tests/readme_animation.py docs/annotator.webp`.

It opens a rendered scene, follows two suggestions and draws their boxes, and shows the whole picture again.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from annotator_gui.settings import Settings
from annotator_gui.theme import apply_theme
from annotator_gui.window.main_window import MainWindow
from converters.datasets.read import read_dataset
from converters.render_crowds import render_scenes
from gta_head_tools.anchors.anchors import Box, Pair
from gta_head_tools.annotations import Boxes
from gta_head_tools.synthesis.generate import CrowdSettings
from test_annotator.test_scripted_user import nearest_box

WINDOW = (1280, 720)
SHOWN = (1000, 562)
STEPS = 7
LARGEST = 2_000_000
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
ARROW = [(0, 0), (0, 17), (4, 13), (7, 19), (10, 18), (7, 12), (12, 12)]


class Film:
    """Pictures of a window with the cursor in them."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.pictures, self.lengths = window, list[Image.Image](), list[int]()

    def shoot(self, length: int, cursor: Pair | None = None) -> None:
        """Take one picture that is shown for `length` milliseconds; `cursor` is a position on the canvas."""
        QApplication.processEvents()
        shot = self.window.grab().toImage()
        if cursor is not None:
            at = self.window.canvas.viewport().mapTo(self.window, QPointF(*cursor))
            painter = QPainter(shot)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor("white"), 1.5))
            painter.setBrush(QColor("black"))
            painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in ARROW]))
            painter.end()
        shot = shot.convertToFormat(QImage.Format.Format_RGB888)
        row = bytes(shot.constBits())
        whole = Image.frombytes("RGB", (shot.width(), shot.height()), row, "raw", "RGB", shot.bytesPerLine())
        self.pictures.append(whole.resize(SHOWN, Image.Resampling.LANCZOS))
        self.lengths.append(length)

    def drag(self, box: Box) -> None:
        """Draw a box, with a picture of every step."""
        (x0, y0), (x1, y1) = (self.window.canvas.at.to_screen(corner) for corner in (box[:2], box[2:]))
        self._mouse(QEvent.Type.MouseButtonPress, (x0, y0))
        for step in range(1, STEPS + 1):
            at = x0 + (x1 - x0) * step / STEPS, y0 + (y1 - y0) * step / STEPS
            self._mouse(QEvent.Type.MouseMove, at)
            self.shoot(110, at)
        self._mouse(QEvent.Type.MouseButtonRelease, (x1, y1))
        self.shoot(700, (x1, y1))

    def _mouse(self, kind: QEvent.Type, at: Pair) -> None:
        button = NONE if kind == QEvent.Type.MouseMove else LEFT
        held = NONE if kind == QEvent.Type.MouseButtonRelease else LEFT
        where, alt = QPointF(*at), Qt.KeyboardModifier.AltModifier
        QApplication.sendEvent(self.window.canvas.viewport(), QMouseEvent(kind, where, where, button, held, alt))

    def write(self, path: Path) -> None:
        """Write the animated picture."""
        first, *others = self.pictures
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self.lengths,
            loop=0,
            quality=55,
            method=6,
            minimize_size=True,
        )


def until(true: Callable[[], bool]) -> None:
    """Run the event loop of the window until `true()` returns True."""
    while not true():
        wait(30)


def wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def make(folder: Path) -> Film:
    """Open a rendered scene and draw two boxes in it."""
    settings = CrowdSettings(scenes=1, images=3, people=260, layout="plane", weather="clear", hours=(15, 17), seed=5)
    report = render_scenes(folder / "crowd", settings, jobs=1)
    truth: dict[str, Boxes] = {image.info.name: image.boxes for image in read_dataset(report.truth)[1]}
    window = MainWindow(Settings(folder / "settings.ini"))
    window.resize(*WINDOW)
    window.show()
    window.open_path(report.out / report.scenes[0])
    film, bench, canvas = Film(window), window.bench, window.canvas
    shown: list[int] = []
    canvas.imageShown.connect(shown.append)
    until(lambda: bench.finder.fresh and bool(shown))
    film.shoot(2600)
    for _ in range(2):
        until(lambda: bench.finder.fresh)
        suggestion = bench.suggestion
        assert suggestion is not None and bench.document is not None
        QTest.keyClick(canvas, Qt.Key.Key_N)
        wait(300)
        film.shoot(900, (canvas.room[0] * 0.42, canvas.room[1] * 0.4))
        film.drag(nearest_box(truth[bench.document.names[suggestion.image]], suggestion.point))
    until(lambda: bench.finder.fresh)
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_F):
        QTest.keyClick(canvas, key)
    film.shoot(1800)
    canvas.zoom_by(4.0)
    film.shoot(2200)
    window.close()
    return film


def main() -> None:
    app = QApplication([])
    apply_theme(app, "light")
    out = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder)).write(out)
    print(f"{out}: {out.stat().st_size:,} bytes")
    assert out.stat().st_size < LARGEST


if __name__ == "__main__":
    main()
