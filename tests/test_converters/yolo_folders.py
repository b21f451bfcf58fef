"""Folders of YOLO for tests, and what is read of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from converters.formats.options import parse_options
from converters.formats.yolo import yolo
from gta_head_tools.dataset import Dataset

ROW = "0 0.5 0.5 0.25 0.5\n"
BOX = [30, 15, 50, 45]
"""The box of `ROW` in a picture of `SIZE`."""
SIZE = (80, 60)


def folder(root: Path, files: Mapping[str, str], *pictures: str) -> Path:
    """A folder with these texts and pictures."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for name in pictures:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", SIZE).save(root / name)
    return root


def read(path: Path, *options: str) -> Dataset:
    return yolo.read(path, parse_options(yolo.ReadOptions, options))


def told(dataset: Dataset) -> dict[str, tuple[str | None, list[list[float]]]]:
    """Split and boxes of each picture, by the place of the picture."""
    return {one.info.path: (one.info.split, one.boxes.round(6).tolist()) for one in dataset}
