"""A folder of photographs: each its own camera, next and previous over all of them, boxes from their own anchors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from annotator_gui.model.camera_guess import looks_fixed
from annotator_gui.model.data_source import Reading
from gta_head_tools.anchors.anchors import read_anchors, write_anchors
from gta_head_tools.anchors.head_edits import add_head
from gta_head_tools.geometry import sizes
from test_annotator.gestures import head_points
from test_annotator.window_user import WindowUser, draw_anchor, open_window, project

NAMES = ["a", "b", "c"]
CTRL = Qt.KeyboardModifier.ControlModifier


def write_photographs(folder: Path, *, heads: int = 0) -> Path:
    """Three unlike pictures of one size; with heads, in a table."""
    folder.mkdir()
    rng, rows = np.random.default_rng(5), ["image,x,y"]
    for number, name in enumerate(NAMES):
        pixels = rng.integers(0, 255, (9, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((640, 360), Image.Resampling.BILINEAR).save(folder / f"{name}.png")
        rows += [f"{name}.png,{x},{y}" for x, y in head_points(heads, seed=number)] if heads else []
    if heads:
        (folder / "heads.csv").write_text("\n".join(rows) + "\n")
    return folder / "heads.csv" if heads else folder


def shown(user: WindowUser) -> str:
    assert user.window.bench.document is not None
    return user.window.bench.document.scene.name


def heads(user: WindowUser) -> int:
    assert user.window.bench.document is not None
    return len(user.window.bench.document.heads(0))


def test_photographs_are_labelled_one_after_the_other(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_photographs(tmp_path / "photos"))
    assert (user.answers.guesses, user.answers.told, shown(user)) == ([False], [], "a")
    user.key(Qt.Key.Key_E)
    user.draw((100.0, 100.0, 100.0, 100.0), moves=0)
    user.key(Qt.Key.Key_D)
    assert (shown(user), user.window.canvas.mode) == ("b", "heads")
    for x in (200.0, 300.0):
        user.draw((x, 100.0, x, 100.0), moves=0)
    assert [user.window.frames.model.index(row).data(Qt.ItemDataRole.ToolTipRole) for row in range(2)] == [
        "a, 1 heads, not reviewed",
        "b, 2 heads, not reviewed",
    ]
    assert user.window.status.frame.text() == "picture 2/3 · heads 2"
    user.key(Qt.Key.Key_V)
    assert shown(user) == "c"
    user.window.frames.slider.setValue(1)
    assert shown(user) == "b" and user.window.bench.is_reviewed
    user.key(Qt.Key.Key_A)
    user.window.frames.view.setFocus()
    user.key(Qt.Key.Key_Down)
    assert shown(user) == "b" and user.window.frames.view.hasFocus()
    user.window.close()
    again = open_window(qtbot, tmp_path / "photos")
    assert (again.answers.guesses, shown(again)) == ([], "b")


def test_each_photograph_takes_the_sizes_of_its_own_anchors(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_photographs(tmp_path / "photos", heads=40))
    for side in (12, 36):
        for row in (3, 17, 36):
            draw_anchor(user, row, side)
        user.judged()
        user.key(Qt.Key.Key_D)
    user.judged()
    assert user.window.bench.quality is not None and user.window.bench.quality.expected is None
    for side in (36, 12):
        user.key(Qt.Key.Key_A)
        layers = user.window.canvas.layers
        assert layers is not None and np.median(sizes(layers.heads.boxes)) == pytest.approx(side, rel=0.25)


def test_with_a_pool_a_photograph_without_anchors_takes_the_scale_of_the_others(tmp_path: Path, qtbot: QtBot) -> None:
    table = write_photographs(tmp_path / "photos", heads=40)
    user = open_window(qtbot)
    user.window.open_path(table, reading=Reading(options=("scenes=image",), pool=True))
    assert not user.answers.guesses
    user.key(Qt.Key.Key_D)
    user.judged()
    assert user.window.bench.quality is not None and user.window.bench.quality.expected is None
    user.key(Qt.Key.Key_A)
    for row in (3, 17, 36):
        draw_anchor(user, row, 14)
    user.key(Qt.Key.Key_D)
    user.judged()
    assert user.window.bench.quality is not None and user.window.bench.quality.expected is not None
    assert user.window.canvas.layers is not None
    assert np.median(sizes(user.window.canvas.layers.heads.boxes)) == pytest.approx(14, rel=0.3)


def test_undo_goes_from_picture_to_picture(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_photographs(tmp_path / "photos"))
    user.key(Qt.Key.Key_E)
    for name in NAMES:
        assert shown(user) == name
        user.draw((100.0, 100.0, 100.0, 100.0), moves=0)
        user.key(Qt.Key.Key_D)
    # A grade that is computed meanwhile, and a visit to the list, take nothing off the stack.
    user.judged()
    for name in ("c", "b", "a"):
        assert user.window.actions_by_name["undo"].isEnabled()
        user.key(Qt.Key.Key_Z, CTRL)
        assert shown(user) == name and heads(user) == 0
        assert user.window.status.currentMessage() == "Taken back: Add head"
    assert not user.window.actions_by_name["undo"].isEnabled()
    for name in NAMES:
        user.key(Qt.Key.Key_Y, CTRL)
        assert shown(user) == name and heads(user) == 1
    user.key(Qt.Key.Key_A)
    assert user.window.status.currentMessage() == ""
    user.window.close()
    again = open_window(qtbot, tmp_path / "photos")
    assert heads(again) == 1 and not again.window.actions_by_name["undo"].isEnabled()


def test_undo_says_why_a_picture_that_changed_on_disk_stays(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_photographs(tmp_path / "photos"))
    user.key(Qt.Key.Key_E)
    user.draw((100.0, 100.0, 100.0, 100.0), moves=0)
    path = project(user)
    user.key(Qt.Key.Key_D)
    write_anchors(path, add_head(read_anchors(path), "a", (50.0, 50.0)))
    user.key(Qt.Key.Key_Z, CTRL)
    assert shown(user) == "a" and heads(user) == 2
    said = "Earlier edits cannot be taken back: a is changed by another program"
    assert user.window.status.currentMessage() == said
    assert not user.window.actions_by_name["undo"].isEnabled()


def test_proposals_are_kept_from_picture_to_picture(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_photographs(tmp_path / "photos"))
    (tmp_path / "found.csv").write_text("image,x,y\na.png,100,100\nc.png,50,60\nc.png,300,200\n")
    user.answers.path = tmp_path / "found.csv"
    user.key(Qt.Key.Key_P, CTRL)
    user.key(Qt.Key.Key_Y)
    assert heads(user) == 1
    user.key(Qt.Key.Key_D)
    user.key(Qt.Key.Key_Y)
    assert (heads(user), user.window.status.currentMessage()) == (0, "No proposal is left in this frame")
    user.key(Qt.Key.Key_D)
    user.key(Qt.Key.Key_Y)
    assert heads(user) == 1 and not user.answers.told


def test_photographs_are_called_pictures_all_over_their_list(tmp_path: Path, qtbot: QtBot) -> None:
    frames = open_window(qtbot, write_photographs(tmp_path / "photos")).window.frames
    words = [frames.filter.placeholderText(), frames.states.itemText(0), frames.count.text()]
    assert words == ["Filter pictures", "All pictures", "3 of 3 pictures, 0 reviewed"]


def test_nothing_is_opened_when_the_question_is_left(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = open_window(qtbot)
    monkeypatch.setattr(user.answers, "one_camera", lambda *_, **__: None)
    user.window.open_path(write_photographs(tmp_path / "photos"))
    assert user.window.bench.session is None and not user.answers.told


def test_one_camera_is_taken_at_its_word(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot)
    user.answers.camera = True
    user.window.open_path(write_photographs(tmp_path / "photos"))
    assert user.window.bench.document is not None and len(user.window.bench.document.images) == 3
    user.window.opening.open_next()
    assert "no other unfinished scene" in user.window.status.currentMessage()


def test_frames_of_a_camera_look_alike(tmp_path: Path) -> None:
    write_photographs(tmp_path / "photos")
    rng = np.random.default_rng(1)
    scene = rng.integers(0, 255, (27, 48, 3)).astype(np.float64)
    frames = []
    for number in range(8):
        people = scene + 90 * (rng.random(scene.shape) < 0.15)
        frames.append(tmp_path / f"{number}.jpg")
        Image.fromarray(np.clip(people, 0, 255).astype(np.uint8)).resize((480, 270)).save(frames[-1])
    assert looks_fixed(frames) and looks_fixed(frames[:1])
    assert not looks_fixed(sorted((tmp_path / "photos").glob("*.png")))
    phone = Image.Exif()
    phone[0x0110] = "another phone"
    Image.open(frames[0]).save(frames[0], exif=phone)
    assert not looks_fixed(frames)
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    assert looks_fixed([tmp_path / "bad.jpg", *frames[1:]])
