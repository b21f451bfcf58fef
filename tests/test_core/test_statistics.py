from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.regions import Region
from gta_head_tools.statistics import finish_statistics, update_statistics

NONE = [np.nan] * 4


def crowd() -> list[ImageAnnotations]:
    square = Region(polygon=np.array([[0.0, 0], [50, 0], [50, 100], [0, 100]]))
    known = ImageInfo("a.jpg", 100, 100, scene="a", split="train", roi=square, facts={"weather": "RAIN"})
    unknown = ImageInfo("b.jpg", scene="b", split="val")
    first = ImageAnnotations(
        known,
        [(5, 5), (95, 95), (60, 60), (9, 9)],
        boxes=[(0, 0, 10, 10), (90, 80, 110, 120), NONE, (1, 1, 9, 9)],
        ids=[1, 2, -1, 3],
        ignore=[False, False, False, True],
    )
    second = ImageAnnotations(unknown, [(1, 1), (2, 2)], boxes=[(9, 9, 5, 5), (0, 0, np.inf, 4)], ids=[1, 1])
    return [first, second, ImageAnnotations(ImageInfo("c.jpg", 100, 100, scene="b", split="val"))]


def test_numbers_are_those_worked_out_by_hand() -> None:
    found = finish_statistics([update_statistics(crowd())])["all"]
    assert (found.images, found.heads, found.ignored, found.boxed) == (3, 5, 1, 2)
    assert found.resolutions == {(100, 100): 2, (0, 0): 1}
    assert found.per_image is not None
    assert (found.per_image.low, found.per_image.median, found.per_image.high) == (0, 2, 3)
    assert found.per_image.mean == pytest.approx(5 / 3)
    assert found.box_size is not None
    assert (found.box_size.low, found.box_size.high) == pytest.approx((10, np.sqrt(20 * 40)))
    assert found.per_megapixel == pytest.approx(3 / 0.02)
    assert found.per_megapixel_inside == pytest.approx(1 / 0.005)
    assert found.occupancy == pytest.approx((100 + 10 * 20) / 10_000 / 2)
    assert found.persons == 3
    assert found.track_length is not None
    assert found.track_length.high == 2
    assert found.conditions == {"weather": {"RAIN": 1}}


def test_groups_hold_their_own_images() -> None:
    found = finish_statistics([update_statistics(crowd())], lambda info: info.split or "-")
    assert {name: (part.images, part.heads, part.persons) for name, part in found.items()} == {
        "train": (1, 3, 2),
        "val": (2, 2, 1),
    }
    assert found["val"].box_size is None
    assert found["val"].occupancy is None


def test_tallies_of_parts_give_the_numbers_of_one_pass() -> None:
    images = crowd()
    parts = [update_statistics([image]) for image in images]
    assert finish_statistics([*parts, update_statistics([])]) == finish_statistics([update_statistics(images)])


def test_nothing_has_no_numbers() -> None:
    assert finish_statistics([update_statistics([])]) == {}
    empty = finish_statistics([update_statistics([ImageAnnotations(ImageInfo("x.jpg"))])])["all"]
    assert (empty.per_megapixel, empty.box_size, empty.boxed_share) == (None, None, None)


def test_ids_near_the_greatest_number_stay_apart() -> None:
    most = np.iinfo(np.int64).max
    images = [
        ImageAnnotations(ImageInfo(f"{scene}{place}.jpg", scene=scene), np.zeros((3, 2)), ids=[most, most - place, 0])
        for scene in "ab"
        for place in (1, 2)
    ]
    found = finish_statistics([update_statistics(images)], lambda info: info.scene)
    assert {name: part.persons for name, part in found.items()} == {"a": 4, "b": 4}
    assert finish_statistics([update_statistics(images)])["all"].persons == 8
