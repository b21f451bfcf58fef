"""The installed `ghtools-gui` in a real X server, driven by xdotool: draw, undo, redo, save, and read the file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gta_head_tools.anchors.anchors import read_anchors

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from test_annotator.gestures import head_points, write_picture

SCREEN = (1366, 768)
MIDDLE = (612, 399)
"""Of the canvas, between docks of the width that they have at the first start."""
ANCHOR = (255, 221, 0)
PATIENCE = 60.0
PROGRAM = Path(sys.executable).with_name("ghtools-gui")
TOOLS = ("Xvfb", "xdotool", "xauth")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None] + ([] if PROGRAM.exists() else [str(PROGRAM)])

pytestmark = pytest.mark.skipif(
    bool(MISSING) and os.environ.get("GHTOOLS_REQUIRE_GUI") != "1", reason=f"not installed: {', '.join(MISSING)}"
)


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    """A screen of its own that ends with the test."""
    read, write = os.pipe()
    size = f"{SCREEN[0]}x{SCREEN[1]}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp", "-fbdir", str(tmp_path)]
    log = (tmp_path / "xvfb.log").open("wb")
    server = subprocess.Popen(command, pass_fds=[write], stdout=log, stderr=log)
    os.close(write)
    with os.fdopen(read) as answers:
        number = answers.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()
    log.close()


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for another process to have done something: there is no signal to wait for."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"waited {PATIENCE:.0f} s for {what}"
        time.sleep(0.05)


def screen(folder: Path) -> NDArray[np.uint8]:
    """What the X server shows now, (H, W, 3), from the file in X's own format that it keeps."""
    raw = (folder / "Xvfb_screen0").read_bytes()
    header = np.frombuffer(raw, ">u4", count=25)
    start, wide, high, line, colours = (int(header[place]) for place in (0, 4, 5, 12, 19))
    rows = np.frombuffer(raw, np.uint8, offset=start + 12 * colours, count=line * high).reshape(high, line)
    return rows[:, : 4 * wide].reshape(high, wide, 4)[:, :, 2::-1].copy()


def yellow(shown: NDArray[np.uint8]) -> int:
    """How many pixels have the colour of anchors."""
    return int((shown == ANCHOR).all(axis=2).sum())


def marked(shown: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Where the faint ring around the suggested head is, near the middle of the canvas; None = it is not there."""
    (x, y), reach = MIDDLE, 70
    red, green, blue = np.moveaxis(shown[y - reach : y + reach, x - reach : x + reach].astype(int), 2, 0)
    rows, columns = np.nonzero((red - blue > 15) & (green - blue > 15))
    return None if len(rows) <= 40 else (x - reach + round(columns.mean()), y - reach + round(rows.mean()))


def make_scene(folder: Path) -> Path:
    folder.mkdir()
    write_picture(folder / "0001.png", 60)
    rows = [f"0001.png,{x},{y}" for x, y in head_points(60)]
    (folder / "heads.csv").write_text("\n".join(["image,x,y", *rows]) + "\n")
    return folder / "heads.csv"


def test_draw_undo_save_in_a_real_window(display: str, tmp_path: Path) -> None:
    source = make_scene(tmp_path / "scene")
    saved = tmp_path / "scene" / "anchors" / "heads.json"
    environ = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}

    def xdo(*words: str) -> str:
        done = subprocess.run(["xdotool", *words], env=environ, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def drag(x: int, y: int, side: int) -> None:
        xdo("mousemove", str(x), str(y), "mousedown", "1")
        for step in range(1, 6):
            xdo("mousemove", str(x + side * step // 5), str(y + side * step // 5))
        xdo("mouseup", "1")

    with subprocess.Popen([str(PROGRAM), str(source)], env=environ) as window:
        try:
            until(lambda: bool(xdo("search", "--onlyvisible", "--name", "annotator")), "the window")
            number = xdo("search", "--onlyvisible", "--name", "annotator").splitlines()[0]
            xdo(
                "windowmove", number, "0", "0", "windowsize", number, *map(str, SCREEN), "windowfocus", "--sync", number
            )
            xdo("key", "n")
            until(lambda: marked(screen(tmp_path)) is not None, "the mark of the suggested head in the middle")
            x, y = marked(screen(tmp_path)) or MIDDLE
            drag(x - 40, y - 40, 80)
            until(lambda: has_anchors(saved, 1), "the first anchor to be saved")
            xdo("key", "ctrl+z")
            until(lambda: has_anchors(saved, 0), "the undo to be saved")
            xdo("key", "ctrl+y")
            xdo("key", "ctrl+s")
            until(lambda: has_anchors(saved, 1), "the redo to be saved")
            shown = screen(tmp_path)
            xdo("key", "ctrl+q")
            assert window.wait(PATIENCE) == 0
        finally:
            window.kill()
    box = read_anchors(saved).anchors[0].box
    assert box[2] > box[0]
    Image.fromarray(shown).save(tmp_path / "screen.png")
    # The yellow of the anchor is on the screen, and the picture with its shades of grey.
    assert shown.shape == (SCREEN[1], SCREEN[0], 3)
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 40
    assert yellow(shown) > 100


def has_anchors(path: Path, count: int) -> bool:
    return path.is_file() and len(read_anchors(path).anchors) == count
