from __future__ import annotations

import pytest

from converters.files.tables.frame_names import frame_numbers
from converters.formats.mot.mot_frames import Evidence, existing_frames
from gta_head_tools.errors import DataFormatError


def wrong(frame: int, problem: str) -> DataFormatError:
    return DataFormatError("gt.txt", problem, line=frame)


def named(pictures: list[int]) -> dict[int, str]:
    return {frame: f"{frame}.jpg" for frame in pictures}


@pytest.mark.parametrize(
    ("rows", "pictures", "listed", "length", "expected"),
    [
        ([60], [], [], None, [60]),
        ([2], [], [], 3, [1, 2, 3]),
        ([0, 2], [], [], 3, [0, 1, 2]),
        ([2], [2, 9], [], None, [2, 9]),
        ([2], [0, 1, 2], [], 3, [0, 1, 2]),
        ([60], [60, 120], [60, 120], 120, [60, 120]),
        ([], [5], [], None, [5]),
        ([4], [4], [], 3, [1, 2, 3, 4]),
        ([], [], [], None, []),
    ],
)
def test_frames_exist_that_have_a_picture_a_row_or_lie_within_the_length(
    rows: list[int], pictures: list[int], listed: list[int], length: int | None, expected: list[int]
) -> None:
    found = existing_frames(Evidence(rows, named(pictures), listed, length), None, wrong)
    assert (list(found.numbers), found.shift) == (expected, 0)


@pytest.mark.parametrize(
    ("rows", "pictures", "length", "words"),
    [
        ([4], [], 3, "gt.txt:4: frame 4 does not exist: frames count from 1, and the sequence ends at 3"),
        ([0, 3], [], 3, "frame 3 does not exist: frames count from 0, and the sequence ends at 2"),
        ([-1, 1], [], None, "frame -1 does not exist: frames count from 1"),
        ([1, 2], [0, 1], 2, "rows are of frames 1 to 2 and pictures of 0 (0.jpg) to 1, which is one off"),
        ([60, 90], [59, 89], None, "one off; -i first_frame=60 takes frame 60 for picture 59"),
    ],
)
def test_rows_that_fit_no_frame_are_refused(rows: list[int], pictures: list[int], length: int, words: str) -> None:
    with pytest.raises(DataFormatError) as caught:
        existing_frames(Evidence(rows, named(pictures), [], length), None, wrong)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([1, 2, 3], None),
        ([0, 1], None),
        ([2, 3], [2, 3]),
        ([1, 9], [1, 9]),
        ([0, 9], [1, 10]),
        ([9, 1], None),
        ([1, 1], None),
        ([1, None], None),
        ([], None),
    ],
)
def test_own_numbers_are_written_where_they_are_not_the_plain_ones(
    frames: list[int | None], expected: list[int] | None
) -> None:
    assert frame_numbers(frames) == expected
