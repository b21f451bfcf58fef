"""Random COCO files, written as many programs write them: the heads must be those that the generator meant."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters.formats.coco import coco

FILES = 150
CATEGORIES = [
    [(1, "head")],
    [(1, "person"), (2, "Head")],
    [(0, "heads"), (5, "car")],
    [(3, "person")],
    [(1, "hat"), (2, "cap")],
]
Heads = dict[str, list[tuple[float, ...]]]
"""Name of a picture to its heads: x0 y0 x1 y1 and the flag of ignored heads."""


class Writer:
    """Writes values with one meaning in one of the ways in which they are found."""

    def __init__(self, seed: int) -> None:
        self.one_of = random.Random(seed).choice
        self.ids = self.one_of(["whole", "spelt", "text", "large"])

    def key(self, name: str) -> str:
        first, *rest = name.split("_")
        return self.one_of([name] * 4 + [name.upper(), first + "".join(map(str.title, rest))])

    def whole(self, value: int) -> Any:
        return self.one_of([value, float(value), str(value), f"{value}.0"])

    def number(self, value: float) -> Any:
        return self.one_of([value, str(value)])

    def flag(self, value: bool) -> Any:
        return self.one_of([value, int(value), float(value), str(int(value)), str(value).lower()])

    def image_id(self, number: int) -> Any:
        given = {"whole": number, "text": f"cam_{number}", "large": 2**63 + number}
        return self.whole(number) if self.ids == "spelt" else given[self.ids]

    def place(self, box: list[float]) -> dict[str, Any]:
        """The box of an annotation, or an outline in its place."""
        x, y, width, height = box
        if self.one_of([True, True, False]):
            return {self.key("bbox"): [self.number(side) for side in box]}
        outline = [[x, y, x + width, y, x + width, y + height, x, y + height]]
        return {"segmentation": outline, **self.one_of([{}, {"bbox": None}, {"bbox": []}])}


def written(seed: int) -> tuple[dict[str, Any], Heads]:
    """A COCO file, and the heads that it holds."""
    to = Writer(seed)
    numbers = list(range(to.one_of([0, 1, 40]), 45))[: to.one_of([1, 2, 4])]
    categories = to.one_of(CATEGORIES)
    heads = {number for number, name in categories if name.lower() in {"head", "heads"}} or {c for c, _ in categories}
    truth: Heads = {f"{number}.jpg": [] for number in numbers}
    annotations = []
    for place in range(to.one_of([0, 3, 9])):
        image, category = to.one_of(numbers), to.one_of(categories)[0]
        box = [to.one_of([5, 12.25, 90.5]) + step for step in range(4)]
        flags = {
            key: to.one_of([True, False]) for key in to.one_of([[], ["iscrowd"], ["ignore"], ["iscrowd", "ignore"]])
        }
        annotations.append(
            {
                "id": to.one_of([place + 1, str(place + 1), 0, None, "x", 7]),
                to.key("image_id"): to.image_id(image),
                to.key("category_id"): to.whole(category),
                **to.place(box),
                **{to.key(key): to.flag(value) for key, value in flags.items()},
                **to.one_of([{}, {"score": to.number(0.5)}, {"note": ["nan", {"id": 3}]}]),
            }
        )
        if category in heads:
            x, y, width, height = box
            truth[f"{image}.jpg"].append((x, y, x + width, y + height, any(flags.values())))
    images = [
        {"id": to.image_id(number), to.key("file_name"): f"{number}.jpg", "width": to.whole(200), "height": 100}
        for number in numbers
    ]
    named = [{"id": to.whole(number), "name": name} for number, name in categories]
    return {to.key("images"): images, "categories": named, to.key("annotations"): annotations}, truth


def assert_heads(file: Path, truth: Heads) -> None:
    found = {one.info.path: np.column_stack([one.boxes, one.ignore]) for one in coco.read(file, coco.ReadOptions())}
    assert found.keys() == truth.keys()
    for name, heads in truth.items():
        np.testing.assert_allclose(found[name], np.array(heads, dtype=np.float64).reshape(-1, 5), atol=2e-6)


@pytest.mark.parametrize("first", [0, 10_000])
def test_the_heads_are_those_that_were_meant_also_in_a_copy(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + FILES):
        content, truth = written(seed)
        (tmp_path / "x.json").write_text(json.dumps(content))
        assert_heads(tmp_path / "x.json", truth)
        coco.write(coco.read(tmp_path / "x.json", coco.ReadOptions()), tmp_path / "y.json", coco.WriteOptions(), "none")
        assert_heads(tmp_path / "y.json", truth)
        ids = [head["id"] for head in json.loads((tmp_path / "y.json").read_text())["annotations"]]
        assert len(set(ids)) == len(ids)
        assert min(ids, default=1) > 0
