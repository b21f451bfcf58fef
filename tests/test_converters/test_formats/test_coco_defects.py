"""Odd areas and ids of COCO files, as reading tells them to checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.formats.coco import coco
from gta_head_tools.dataset import LabelDefect

SIDES = st.floats(0.5, 500)


def defects(
    folder: Path, *annotations: dict[str, Any], categories: Any = ({"id": 1, "name": "head"},)
) -> list[LabelDefect]:
    numbered = [{"id": 1 + row, "image_id": 1, "category_id": 1, **one} for row, one in enumerate(annotations)]
    images = [{"id": 1, "file_name": "a.jpg", "width": 900, "height": 900}]
    file = folder / "labels.json"
    file.write_text(json.dumps({"images": images, "annotations": numbered, "categories": [*categories]}))
    return list(coco.read(file, coco.ReadOptions()).defects)


@pytest.mark.parametrize(
    ("area", "more", "wrong"),
    [
        (200, {}, False),
        (210.4, {}, False),  # (10 + 1) x (20 + 1) = 231
        (231, {}, False),
        (232, {}, True),
        (800, {}, True),
        (106, {}, False),
        (99, {}, True),
        (0, {}, True),
        (-5, {}, True),
        (99, {"segmentation": [[1, 1, 9, 1, 5, 20]]}, False),
        (1.9, {"segmentation": [[1, 1, 9, 1, 5, 20]]}, True),
        (99, {"segmentation": []}, True),
        (None, {}, False),
        (800, {"box_known": False}, False),
    ],
)
def test_areas_that_are_not_of_the_box(area: float, more: dict[str, Any], wrong: bool, tmp_path: Path) -> None:
    found = defects(tmp_path, {"bbox": [5, 5, 3, 3]}, {"bbox": [1, 1, 10, 20], "area": area, **more})
    assert [(one.check, one.record) for one in found] == [("area-wrong", "annotations[1].area")] * wrong


@settings(max_examples=25)
@given(width=SIDES, height=SIDES, digits=st.integers(0, 3))
def test_rounded_numbers_are_no_defect(
    tmp_path_factory: pytest.TempPathFactory, width: float, height: float, digits: int
) -> None:
    box = [1, 1, round(width, digits), round(height, digits)]
    assert defects(tmp_path_factory.getbasetemp(), {"bbox": box, "area": width * height}) == []


def test_repeated_and_missing_ids_are_told_apart(tmp_path: Path) -> None:
    box = {"bbox": [5, 5, 3, 3]}
    found = defects(
        tmp_path, {**box, "id": 7}, {**box, "id": 7}, {**box, "id": 0}, {**box, "id": None}, {**box, "id": 9}
    )
    assert [(one.check, one.value) for one in found] == [("repeated-id", "7"), ("id-below-one", "2 of 5")]


def test_heads_of_category_0_are_told(tmp_path: Path) -> None:
    head = {"bbox": [5, 5, 3, 3], "category_id": 0}
    found = defects(tmp_path, head, categories=[{"id": 4, "name": "x"}, {"id": 0, "name": "head"}])
    assert [(one.check, one.record) for one in found] == [("id-below-one", "categories[1].id")]
    assert not defects(
        tmp_path, {**head, "category_id": 1}, categories=[{"id": 0, "name": "x"}, {"id": 1, "name": "head"}]
    )


def test_an_id_that_two_images_share_is_told(tmp_path: Path) -> None:
    file = tmp_path / "labels.json"
    images = [{"id": 4, "file_name": name, "width": 9, "height": 9} for name in ("a.jpg", "b.jpg")]
    file.write_text(json.dumps({"images": images, "annotations": [], "categories": []}))
    (found,) = coco.read(file, coco.ReadOptions()).defects
    assert (found.check, found.record, found.value) == ("repeated-id", "images[1].id", "4")
