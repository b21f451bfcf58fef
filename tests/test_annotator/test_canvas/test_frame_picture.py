"""What is seen while a picture is decoded, and when it cannot be."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from annotator_gui import theme
from annotator_gui.canvas import image_loader
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from test_annotator.gestures import User, make_document, sit_down_at

FRAMES = 9


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path) -> User:
    user = sit_down_at(qtbot, make_document(tmp_path, frames=FRAMES))
    for name in ("points", "boxes"):
        user.canvas.toggle_overlay(name)
    return user


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Pictures come only once this is set, as from a disk far away."""
    come, decode = Event(), image_loader.decode

    def late(dataset: Dataset, info: ImageInfo) -> QImage:
        come.wait(10)
        return decode(dataset, info)

    monkeypatch.setattr(image_loader, "decode", late)
    return come


def shade(user: User, x: float = 600.0, y: float = 40.0) -> int:
    spot = user.pixel((x, y)) * user.canvas.devicePixelRatioF()
    return user.canvas.grab().toImage().pixelColor(spot).red()


def words_in_the_middle(user: User) -> int:
    """How much ink a message in the middle of the view has."""
    image = user.canvas.grab().toImage()
    middle = image.rect().adjusted(*(part * image.width() // 800 for part in (150, 200, -150, -220)))
    cut = image.copy(middle)
    return sum(cut.pixelColor(x, y).red() > 220 for x in range(cut.width()) for y in range(cut.height()))


def test_the_picture_before_stays_a_moment_and_then_loading_is_told(user: User, slow: Event, qtbot: QtBot) -> None:
    try:
        before = shade(user)
        assert before != theme.GROUND.red()
        user.canvas.show_image(FRAMES - 1)
        assert shade(user) == before
        qtbot.waitUntil(lambda: shade(user) == theme.GROUND.red())
        assert words_in_the_middle(user) > 50
        with qtbot.waitSignal(user.canvas.imageShown):
            slow.set()
    finally:
        slow.set()
    assert shade(user) not in {before, theme.GROUND.red()}
    assert words_in_the_middle(user) == 0


def test_frames_that_are_ready_change_at_once(user: User, qtbot: QtBot) -> None:
    loader, before = user.canvas.loader, shade(user)
    assert loader is not None
    qtbot.waitUntil(lambda: loader.pixmap(2) is not None)
    user.canvas.show_image(2)
    assert shade(user) not in {before, theme.GROUND.red()}


def test_a_picture_that_is_decoded_after_the_scene_was_closed_is_dropped(user: User, slow: Event, qtbot: QtBot) -> None:
    loader = user.canvas.loader
    assert loader is not None
    user.canvas.show_image(FRAMES - 1)
    arrived: list[int] = []
    loader.ready.connect(arrived.append)
    slow.set()
    user.canvas.close_document()
    qtbot.wait(50)
    assert not arrived
    assert user.canvas.loader is None


def test_a_picture_that_cannot_be_read_is_told_in_its_place(user: User, qtbot: QtBot) -> None:
    last = user.document.dataset.root / user.document.images[FRAMES - 1].path
    last.write_bytes(b"no picture")
    with qtbot.waitSignal(user.canvas.message) as told:
        user.canvas.show_image(FRAMES - 1)
    assert told.args is not None and str(last) in told.args[0]
    assert shade(user) == theme.GROUND.red()
    assert words_in_the_middle(user) > 50
