from __future__ import annotations

from pathlib import Path

import pytest

from converters.files.pictures.frame_pictures import numbered_pictures


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["000001.jpg", "2.png", "cover.jpg"], [1, 2]),
        (["frame_000000.jpg", "frame_10.jpg"], [0, 10]),
        (["cam2_0007_rgb.jpg", "cam2_0008_rgb.jpg"], [7, 8]),
        (["cam2_0007.jpg"], [7]),
        (["1_1.jpg", "2_2.jpg"], []),
        (["a1.jpg", "b2.jpg"], []),
        (["left.jpg"], []),
        ([], []),
    ],
)
def test_the_number_that_differs_is_that_of_the_frame(names: list[str], numbers: list[int], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert sorted(numbered_pictures(tmp_path)) == numbers
