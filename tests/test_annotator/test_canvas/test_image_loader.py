"""Pictures decoded in the background."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PIL import Image
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from annotator_gui.canvas import image_loader
from annotator_gui.canvas.image_loader import AHEAD, KEPT, ImageLoader, decode, has_orientation, to_qimage
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import in_memory
from test_annotator.gestures import write_picture
from test_converters.two_pictures import shows_stored, two_pictures

pytestmark = pytest.mark.usefixtures("qtbot")


def loader_of(folder: Path, frames: int) -> ImageLoader:
    infos = [ImageInfo(f"{frame}.png", 32, 18, scene="s") for frame in range(frames)]
    for frame, info in enumerate(infos):
        write_picture(folder / info.path, 5 * frame, (32, 18))
    dataset = in_memory([ImageAnnotations(info) for info in infos], folder)
    return ImageLoader(dataset, infos)


def held(loader: ImageLoader) -> set[int]:
    return {index for index in range(len(loader.images)) if loader.pixmap(index) is not None}


def test_colours_and_place_of_every_pixel() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    image = to_qimage(picture)
    for y, x in np.ndindex(5, 7):
        shown = QColor(image.pixel(x, y))
        assert [shown.red(), shown.green(), shown.blue()] == picture[y, x].tolist()


def test_the_window_shows_what_all_others_show(tmp_path: Path) -> None:
    dataset = two_pictures(tmp_path)
    info = dataset.scenes[0].images[0]
    image = decode(dataset, info)
    colours = [[QColor(image.pixel(x, y)) for x in range(image.width())] for y in range(image.height())]
    shown = [[(colour.red(), colour.green(), colour.blue()) for colour in row] for row in colours]
    assert shows_stored(np.array(shown, np.uint8))
    assert has_orientation(dataset, info)


def test_neighbours_are_ready_too(qtbot: QtBot, tmp_path: Path) -> None:
    loader = loader_of(tmp_path, 9)
    loader.request(4)
    qtbot.waitUntil(lambda: held(loader) == set(range(4 - AHEAD, 4 + AHEAD + 1)))
    loader.close()


def test_the_last_request_wins(qtbot: QtBot, tmp_path: Path) -> None:
    loader = loader_of(tmp_path, 60)
    for index in range(60):
        loader.request(index)
    qtbot.waitUntil(lambda: loader.pixmap(59) is not None)
    loader.close()
    assert len(held(loader)) == 0


def test_no_more_than_sixteen_are_kept(qtbot: QtBot, tmp_path: Path) -> None:
    loader = loader_of(tmp_path, 40)
    for index in range(0, 40, 4):
        loader.request(index)
        qtbot.waitUntil(lambda: {index, min(index + 2, 39)} <= held(loader))  # noqa: B023 - waited for within the loop
    assert len(held(loader)) == KEPT
    loader.close()


@pytest.mark.parametrize(("room", "kept"), [(32 * 18 * 4 * 9, 9), (0, 2 * AHEAD + 1)])
def test_large_pictures_are_held_as_far_as_they_have_room(
    room: int, kept: int, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_loader, "ROOM", room)
    loader = loader_of(tmp_path, 40)
    for index in range(0, 40, 4):
        loader.request(index)
        near = set(range(max(0, index - AHEAD), min(index + AHEAD, 39) + 1))
        qtbot.waitUntil(lambda: near <= held(loader))  # noqa: B023 - waited for within the loop
    assert len(held(loader)) == kept
    loader.close()


def test_a_missing_picture_is_told_and_the_rest_goes_on(qtbot: QtBot, tmp_path: Path) -> None:
    loader = loader_of(tmp_path, 3)
    (tmp_path / "1.png").write_bytes(b"no picture")
    with qtbot.waitSignal(loader.failed) as told:
        loader.request(1)
    assert told.args is not None
    assert told.args[0] == 1
    assert "1.png" in told.args[1]
    qtbot.waitUntil(lambda: held(loader) == {0, 2})
    loader.close()


def test_an_error_that_nobody_thought_of_is_told_and_the_picture_asked_for_again(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody thought of this")

    loader = loader_of(tmp_path, 1)
    with qtbot.captureExceptions() as caught:
        with monkeypatch.context() as broken, qtbot.waitSignal(loader.failed):
            broken.setattr(image_loader, "decode", fail)
            loader.request(0)
        qtbot.waitUntil(lambda: bool(caught))  # The error itself may come after the signal.
    loader.request(0)
    qtbot.waitUntil(lambda: held(loader) == {0})
    loader.close()


def test_an_orientation_tag_is_told_once(qtbot: QtBot, tmp_path: Path) -> None:
    loader = loader_of(tmp_path, 3)
    turned: list[int] = []
    loader.turned.connect(turned.append)
    for info in loader.images[:2]:
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(np.zeros((18, 32, 3), np.uint8)).save(tmp_path / info.path, exif=exif)
    loader.request(0)
    qtbot.waitUntil(lambda: len(held(loader)) == 3)
    assert len(turned) == 1
    assert decode(loader.dataset, loader.images[0]).width() == 32
    upright = replace(loader.images[0], width=18, height=32, orientation=6)
    assert decode(loader.dataset, upright).width() == 18
    loader.close()


def test_a_composed_picture_is_built(tmp_path: Path) -> None:
    loader = loader_of(tmp_path, 1)
    built = np.full((18, 32, 3), 200, np.uint8)
    dataset = replace(loader.dataset, compose=lambda _root, _info: lambda: built)
    (tmp_path / loader.images[0].path).unlink()  # A picture that is a file is never composed.
    assert decode(dataset, loader.images[0]).size().toTuple() == (32, 18)
