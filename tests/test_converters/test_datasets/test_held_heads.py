"""Scenes that were read stay in memory, up to a number of bytes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from converters.convert import ConvertOptions, convert
from converters.datasets.held_heads import held_once_read
from converters.datasets.write import write_scenes
from converters.files.numbers.number_table import NumberTable
from converters.formats.mot.mot_rows import Meanings, to_heads
from converters.formats.mot.mot_write import WriteOptions
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, Scene, in_memory
from test_converters.small_sets import image

CROWD = in_memory([image(path, [[0, 0, 4, 4], [2, 2, 6, 6]]) for path in ("a/1.jpg", "a/2.jpg", "b/1.jpg")], Path("/n"))
SCENE = 2 * (2048 + 2 * 57)
"""Bytes of scene a: 57 for each of two heads, in each of two images."""


@dataclass(frozen=True)
class Counting:
    """Loader that notes the scenes that it is asked for."""

    asked: list[str] = field(default_factory=list)

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        self.asked.append(scene.name)
        yield from CROWD.load(scene)


def counted() -> tuple[Dataset, list[str]]:
    load = Counting()
    return replace(CROWD, load=load), load.asked


@pytest.mark.parametrize(("most", "again"), [(1 << 20, []), (SCENE, ["b"]), (SCENE - 1, ["a"]), (0, ["a", "b"])])
def test_scenes_are_read_once_while_they_fit(most: int, again: list[str]) -> None:
    dataset, asked = counted()
    held = held_once_read(dataset, most=most)
    first, second = list(held), list(held)
    assert all(one.same_as(other) for one, other in zip(first, second, strict=True))
    assert len(first) == 3
    assert asked == ["a", "b", *again]


def test_a_scene_that_was_read_in_part_is_not_held() -> None:
    dataset, asked = counted()
    held = held_once_read(dataset)
    next(iter(held))
    assert len(list(held)) == 3
    assert asked == ["a", "a", "b"]


def test_a_changed_scene_is_read_again() -> None:
    dataset, asked = counted()
    held = held_once_read(dataset)
    list(held)
    changed = tuple(replace(scene, split="test") for scene in held.scenes)
    list(replace(held, scenes=changed))
    assert asked == ["a", "b", "a", "b"]


def test_a_worker_is_sent_the_held_heads_of_its_scene() -> None:
    dataset, asked = counted()
    held = held_once_read(dataset)
    list(held)
    sent = pickle.loads(pickle.dumps(held.alone(held.scenes[1])))
    assert [found.info.path for found in sent] == ["b/1.jpg"]
    assert asked == ["a", "b"]


def test_heads_in_memory_are_not_held_twice() -> None:
    assert held_once_read(CROWD) is CROWD


def test_a_conversion_parses_the_rows_of_mot_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scenes(CROWD, "mot", tmp_path / "in", WriteOptions(), "none", jobs=1)
    parsed: list[int] = []

    def parse(rows: NumberTable, meanings: Meanings) -> tuple[NDArray[np.int64], ImageAnnotations]:
        parsed.append(len(rows.numbers))
        return to_heads(rows, meanings)

    monkeypatch.setattr("converters.formats.mot.mot.to_heads", parse)
    convert(tmp_path / "in", ConvertOptions(to="coco", out=tmp_path / "out", images="none"), jobs=1)
    assert parsed == [4, 2]
