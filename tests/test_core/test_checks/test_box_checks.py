"""Checks of boxes: each finds what is wrong, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.box_checks import check_absurd, check_degenerate, check_outside, check_partly_outside
from gta_head_tools.checks.fixes import mend


def test_a_box_without_area_is_found() -> None:
    boxes: list[list[float]] = [[1, 2, 5, 8], [7, 7, 7, 9], [float("nan")] * 4, [9, 9, 4, 12]]
    image = ImageAnnotations(ImageInfo("a.jpg", 20, 20), [[3, 5], [7, 8], [1, 1], [6, 10]], boxes=boxes)
    assert [(found.record, found.value) for found in check_degenerate(image)] == [
        ("head 2", "7, 7, 7, 9"),
        ("head 4", "9, 9, 4, 12"),
    ]


def test_boxes_left_of_or_above_a_picture_of_unknown_size_are_outside() -> None:
    boxes: list[list[float]] = [[-9, 2, -3, 8], [2, -9, 8, 0], [-9, 2, 1, 8], [5000, 5000, 5009, 5009]]
    image = ImageAnnotations(ImageInfo("a.jpg", 0, 0), [[x0, y0] for x0, y0, _, _ in boxes], boxes=boxes)
    assert [(found.record, found.message) for found in check_outside(image)] == [
        ("head 1", "the box lies outside the picture"),
        ("head 2", "the box lies outside the picture"),
    ]
    assert [found.record for found in check_partly_outside(image)] == ["head 3"]


@pytest.mark.filterwarnings("error")
def test_numbers_at_the_end_of_what_a_float_holds_are_found_without_a_warning() -> None:
    boxes: list[list[float]] = [[9, 9, 9.1, 1e308], [-1e308, 5, 1e308, 9], [5, 5, 9, 9]]
    image = ImageAnnotations(ImageInfo("a.jpg", 0, 0), [[5, 5]] * 3, boxes=boxes)
    assert [found.record for found in check_absurd(image)] == ["head 1"]
    swapped = image.replace(boxes=np.array(boxes)[:, [2, 3, 0, 1]])
    assert mend(swapped, ["swap"])[0].boxes.tolist() == boxes
