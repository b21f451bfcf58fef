"""Which of the two stored numbers of a GCC scene is x."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converters.formats.gcc import gcc
from test_converters.gcc_scenes import write_json, write_picture
from test_converters.test_formats.test_gcc import read_one


def test_swapped_scene_is_undone_as_a_whole(tmp_path: Path) -> None:
    write_json(tmp_path, "1", [[100, 200]])  # says nothing by itself
    write_json(tmp_path, "2", [[1500, 200]])  # no picture has a row 1500
    dataset = gcc.read(tmp_path, gcc.ReadOptions())
    first, second = dataset
    assert first.points.tolist() == [[101, 201]]
    assert second.points.tolist() == [[1501, 201]]
    assert first.info.facts["order"] == "xy"
    assert [("x y instead of row column" in note, "-i order=rowcol" in note) for note in dataset.notes] == [
        (True, True)
    ]


def test_one_image_alone_has_the_order_of_its_scene(tmp_path: Path) -> None:
    write_json(tmp_path, "1", [[100, 200]])
    write_json(tmp_path, "2", [[1500, 200]])
    dataset = gcc.read(tmp_path, gcc.ReadOptions())
    whole = dataset.scenes[0]
    (alone,) = dataset.load(replace(whole, images=whole.images[:1]))
    assert alone.points.tolist() == [[101, 201]]


def test_a_stray_head_does_not_turn_the_scene(tmp_path: Path) -> None:
    write_json(tmp_path, "1", [[1100, 30], [20, 1500], [40, 1600]])
    image = read_one(tmp_path)
    assert image.points[0].tolist() == [31, 1101]
    assert "order" not in image.info.facts


@pytest.mark.parametrize(("order", "expected"), [("rowcol", [[201, 1501]]), ("xy", [[1501, 201]])])
def test_the_option_decides_the_order(order: str, expected: list[list[float]], tmp_path: Path) -> None:
    write_json(tmp_path, "1", [[1500, 200]])
    assert read_one(tmp_path, order=order).points.tolist() == expected


def test_the_order_is_judged_by_the_height_of_the_picture(tmp_path: Path) -> None:
    write_json(tmp_path, "1", [[500, 300]])
    write_picture(tmp_path / "jpgs" / "1.jpg", (640, 480))
    assert read_one(tmp_path).points.tolist() == [[501, 301]]


def write_people(scene: Path, stem: str, pixels: list[tuple[int, int]]) -> None:
    """The mask of an image, with people at these rows and columns."""
    mask = np.zeros((1080, 1920), dtype=np.uint8)
    for row, column in pixels:
        mask[row - 5 : row + 6, column - 5 : column + 6] = 1
    (scene / "segs").mkdir(parents=True, exist_ok=True)
    mask.tofile(scene / "segs" / f"{stem}.raw")


@pytest.mark.parametrize(("stored", "note"), [([[200, 900], [300, 700]], 0), ([[900, 200], [700, 300]], 1)])
def test_people_in_the_masks_decide_between_two_orders(stored: list[list[int]], note: int, tmp_path: Path) -> None:
    write_json(tmp_path, "1", stored)
    write_people(tmp_path, "1", [(200, 900), (300, 700)])
    dataset = gcc.read(tmp_path, gcc.ReadOptions())
    assert next(iter(dataset)).points.tolist() == [[901, 201], [701, 301]]
    assert len(dataset.notes) == note
    assert all("they lie on the people in segs" in told for told in dataset.notes)


@pytest.mark.parametrize(("other", "expected"), [([1500, 200], [101, 201]), ([200, 1500], [201, 101])])
def test_other_scenes_decide_a_scene_that_tells_nothing(other: list[int], expected: list[int], tmp_path: Path) -> None:
    write_json(tmp_path / "scene_0_0", "1", [[100, 200]])
    write_json(tmp_path / "scene_1_0", "1", [other])
    dataset = gcc.read(tmp_path, gcc.ReadOptions())
    assert next(iter(dataset)).points.tolist() == [expected]
    assert any("as the heads of the other scenes" in note for note in dataset.notes) == (expected == [101, 201])


def test_where_nothing_tells_the_order_one_note_says_so(tmp_path: Path) -> None:
    for number in range(5):
        write_json(tmp_path / f"scene_{number}_0", "1", [[100, 200], [300, 30]])
    write_json(tmp_path / "scene_6_0", "1", [[50, 50]])  # The same in both orders.
    write_json(tmp_path / "scene_7_0", "1", [])
    dataset = gcc.read(tmp_path, gcc.ReadOptions())
    assert next(iter(dataset)).points.tolist() == [[201, 101], [31, 301]]
    told = (
        "scene_0_0, scene_1_0, scene_2_0 and 2 more scenes: nothing tells whether heads are stored as row column or as "
        "x y; taken as row column, as the labeler does; -i order=xy if that is wrong"
    )
    assert dataset.notes == (told,)
    assert gcc.read(tmp_path, gcc.ReadOptions(order="xy")).notes == ()
