"""Which head a point belongs to."""

from __future__ import annotations

import numpy as np

from gta_head_tools.anchors.head_matching import nearest_point


def test_the_nearest_point_and_how_far_it_is() -> None:
    points = np.array([[1.0, 1.0], [5.0, 5.0]])
    assert nearest_point(points, (4.0, 5.0)) == (1, 1.0)
    assert nearest_point(points[:0], (4.0, 5.0)) == (-1, float("inf"))
