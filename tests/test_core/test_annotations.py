"""The columns of one image and the data set that streams them."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, ImageInfo, concat
from gta_head_tools.camera import Camera
from gta_head_tools.dataset import in_memory
from gta_head_tools.regions import Region

INFO = ImageInfo("scene/jpgs/7.jpg", 640, 480, scene="scene", facts={"weather": "RAIN"})


def three_heads() -> ImageAnnotations:
    return ImageAnnotations(
        INFO,
        [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
        boxes=np.array([[0, 0, 2, 4], [np.nan] * 4, [4, 4, 6, 8]]),
        ids=[7, -1, 9],
        ignore=[False, True, False],
        extra={"score": [0.5, 0.25, 1.0]},
    )


def test_columns_not_given_are_unknown() -> None:
    heads = ImageAnnotations(INFO, [[1.0, 2.0]])
    assert not heads.has_box.any()
    assert heads.ids.tolist() == [-1]
    assert not heads.ignore.any()


def test_an_image_without_heads_keeps_its_shapes() -> None:
    empty = ImageAnnotations(INFO)
    assert (empty.points.shape, empty.boxes.shape, len(empty)) == ((0, 2), (0, 4), 0)
    assert concat([empty, three_heads()]).same_as(three_heads())


def test_arrays_cannot_be_written_nor_shared() -> None:
    mine = np.array([[1.0, 2.0]])
    heads = ImageAnnotations(INFO, mine)
    mine[0, 0] = 99.0
    assert heads.points[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        heads.points[0, 0] = 5.0
    with pytest.raises(FrozenInstanceError):
        heads.points = mine  # type: ignore[misc]  # what the test is about


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"points": [[1.0, 2.0, 3.0]]}, "points"),
        ({"boxes": [[1.0, 2.0, 3.0]]}, "boxes"),
        ({"ids": [1, 2]}, "ids"),
        ({"extra": {"score": [[0.5]]}}, "score"),
    ],
)
def test_a_wrong_shape_is_refused_by_name(columns: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        ImageAnnotations(INFO, **{"points": [[1.0, 2.0]], **columns})  # type: ignore[arg-type]  # wrong on purpose


def test_bad_geometry_loads() -> None:
    heads = ImageAnnotations(INFO, [[-5.0, 1e9]], boxes=[[10.0, 10.0, 2.0, 2.0]])
    assert heads.has_box.all()


def test_select_replace_concat_make_new_ones() -> None:
    heads = three_heads()
    parts = [heads.select(heads.ignore), heads.select(~heads.ignore)]
    assert concat(parts).points.tolist() == [[3, 4], [1, 2], [5, 6]]
    assert concat(parts).extra["score"].tolist() == [0.25, 0.5, 1.0]
    assert heads.replace(ids=[1, 2, 3]).ids.tolist() == [1, 2, 3]
    assert heads.ids.tolist() == [7, -1, 9]


def test_same_as_sees_every_column() -> None:
    heads = three_heads()
    assert heads.same_as(three_heads())
    assert heads.same_as(heads.replace(points=heads.points + 0.4), atol=0.5)
    changes: tuple[dict[str, Any], ...] = (
        {"ids": [1, 2, 3]},
        {"ignore": [True] * 3},
        {"extra": {}},
        {"points": heads.points + 1},
    )
    for change in changes:
        assert not heads.same_as(heads.replace(**change))


@given(arrays(np.float64, st.tuples(st.integers(0, 5), st.just(2)), elements=st.floats(allow_nan=True)))
def test_annotations_survive_a_worker(points: NDArray[np.float64]) -> None:
    heads = ImageAnnotations(INFO, points)
    back = pickle.loads(pickle.dumps(heads))
    assert back.same_as(heads)
    assert back.info.facts["weather"] == "RAIN"


def test_facts_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        INFO.facts["weather"] = "CLEAR"  # type: ignore[index]  # what the test is about


def test_a_data_set_can_be_read_again_and_changed_on_reading() -> None:
    data = in_memory([three_heads(), three_heads()], Path("root"))
    assert [len(image) for image in data] == [len(image) for image in data] == [3, 3]
    assert [len(image) for image in data.map(lambda image: image.select(image.ignore))] == [1, 1]
    assert data.only(["other"]).image_count == 0


def test_a_region_is_a_polygon_or_a_mask() -> None:
    square = Region(np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]))
    half = Region(mask=np.arange(20).reshape(1, 20).repeat(20, 0) < 10)
    points = [[5.0, 5.0], [15.0, 5.0], [-1.0, 5.0], [np.nan, 2.0]]
    assert square.contains(points).tolist() == half.contains(points).tolist() == [True, False, False, False]
    assert half == Region(mask=half.mask.copy() if half.mask is not None else None)
    with pytest.raises(ValueError, match="either"):
        Region()


def test_info_with_camera_and_region_is_comparable() -> None:
    info = ImageInfo("a.jpg", camera=Camera((0, 0, 1), (0, 0, 0), 40), roi=Region(mask=np.ones((2, 2), bool)))
    assert info == pickle.loads(pickle.dumps(info))
    assert (info.name, info.sized) == ("a", False)
