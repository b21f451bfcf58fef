"""Checks of boxes: each finds what is wrong, and nothing else."""

from __future__ import annotations

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.box_checks import check_degenerate


def test_a_box_without_area_is_found() -> None:
    boxes: list[list[float]] = [[1, 2, 5, 8], [7, 7, 7, 9], [float("nan")] * 4, [9, 9, 4, 12]]
    image = ImageAnnotations(ImageInfo("a.jpg", 20, 20), [[3, 5], [7, 8], [1, 1], [6, 10]], boxes=boxes)
    assert [(found.record, found.value) for found in check_degenerate(image)] == [
        ("head 2", "7, 7, 7, 9"),
        ("head 4", "9, 9, 4, 12"),
    ]
