"""Checks of points: each finds what is wrong, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.point_checks import check_outside

POINTS: list[list[float]] = [[3.0, 5], [-382.5, 20], [4, -0.25], [np.inf, 3], [30, 5]]


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((20, 40), {"head 2": "382.5 pixels outside the picture of 20 x 40", "head 3": "0.25", "head 5": "10 pixels"}),
        ((0, 0), {"head 2": "382.5 pixels outside the picture", "head 3": "0.25 pixels outside the picture"}),
    ],
)
def test_points_outside_are_found_with_their_distance(size: tuple[int, int], told: dict[str, str]) -> None:
    found = [*check_outside(ImageAnnotations(ImageInfo("a.jpg", *size), POINTS))]
    assert [each.record for each in found] == [*told]
    assert all(f"lies {told[each.record]}" in each.message for each in found)
    assert found[0].weight == 382.5
