"""Which images without heads a model is asked about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from converters.datasets.empty_images import MOST_LOOKED_AT, heads_seen
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.finding import Seen
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.pictures import Picture


def brightness(picture: Picture) -> int:
    return int(picture[0, 0, 0])


def of_pictures(root: Path, heads: dict[str, int]) -> tuple[Dataset, list[Seen]]:
    """A data set with these numbers of heads, and pictures as bright as their number."""
    for number, name in enumerate(heads):
        Image.fromarray(np.full((4, 6, 3), number, dtype=np.uint8)).save(root / name)
    infos = {name: ImageInfo(name, 6, 4) for name in heads}
    images = [ImageAnnotations(infos[name], [[1, 1]] * count) for name, count in heads.items()]
    return in_memory(images, root), [Seen(infos[name], count) for name, count in heads.items()]


def test_only_images_without_heads_are_looked_at(tmp_path: Path) -> None:
    dataset, seen = of_pictures(tmp_path, {"a.png": 2, "b.png": 0, "c.png": 0, "d.png": 0, "e.png": 1})
    (tmp_path / "b.png").unlink()
    (tmp_path / "c.png").write_bytes(b"")
    assert heads_seen(dataset, seen, brightness) == ({"d.png": 3}, ())


def test_a_data_set_without_any_head_is_not_labelled(tmp_path: Path) -> None:
    dataset, seen = of_pictures(tmp_path, {"a.png": 0, "b.png": 0})
    assert heads_seen(dataset, seen, brightness) == ({}, ())


def test_of_many_images_some_are_looked_at_and_their_number_is_told(tmp_path: Path) -> None:
    names = {f"{number}.png": 0 for number in range(MOST_LOOKED_AT + 1)}
    dataset, seen = of_pictures(tmp_path, {"head.png": 1, **names})
    found, (note,) = heads_seen(dataset, seen, brightness)
    assert len(found) == MOST_LOOKED_AT
    assert found["30.png"] == 31
    assert note == "empty-but-crowded looked at 60 of 61 images without heads"
