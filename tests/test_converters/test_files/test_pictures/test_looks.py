from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converters.files.pictures import looks
from converters.files.pictures.looks import look_at_pictures
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.pictures import Picture


def dataset(root: Path, *paths: str) -> tuple[Dataset, list[ImageInfo]]:
    infos = [ImageInfo(path, 60, 40, scene="all", facts={"large": bytes(9)}) for path in paths]
    return in_memory(map(ImageAnnotations, infos), root), infos


def composed(root: Path, info: ImageInfo) -> Callable[[], Picture] | None:
    return _build if (root / info.path).parent.name == "parts" else None


def _build() -> Picture:
    return np.tile(np.arange(60, dtype=np.uint8)[:, None] * 4, (40, 1, 3))


def test_labels_alone_ask_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "run", None)
    data, infos = dataset(tmp_path, "a.png", "b.png")
    assert [look.there for look in look_at_pictures(data, infos)] == [False, False]


def test_looks_come_in_the_order_of_the_images(tmp_path: Path) -> None:
    for number in range(70):
        Image.new("RGB", (number + 1, 9)).save(tmp_path / f"{number}.png")
    data, infos = dataset(tmp_path, *(f"{number}.png" for number in range(70)), "none.png", "7.png")
    found = look_at_pictures(data, infos, jobs=1)
    assert [look.header and look.header.size[0] for look in found] == [*range(1, 71), None, 8]
    assert look_at_pictures(data, infos, jobs=2) == found


def test_pictures_of_several_files_are_looked_at(tmp_path: Path) -> None:
    Image.fromarray(_build()).save(tmp_path / "a.png")
    data, infos = dataset(tmp_path, "a.png", "parts/b.png", "c.png")
    whole, built, none = look_at_pictures(
        Dataset(data.root, data.scenes, data.load, data.source, compose=composed), infos, jobs=1
    )
    assert whole.shown is not None
    assert built.shown is not None
    assert whole.shown.thumbnail == built.shown.thumbnail
    assert not none.there
