"""Scores of boxes that overlap by a threshold exactly, and of predictions whose scores lie anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from test_wild.verbs import scores


def test_an_overlap_of_exactly_a_threshold_is_enough(case: Callable[[str], Path]) -> None:
    case("27-overlap-at-threshold")
    found = scores("results.json", "truth.json", "--protocol", "boxes")
    assert (found["ap50"], found["ap"]) == (1.0, pytest.approx(0.1))


@pytest.mark.parametrize("kind", ["csv", "mot"])
def test_an_overlap_of_exactly_a_threshold_in_other_formats(tmp_path: Path, kind: str) -> None:
    if kind == "csv":
        (tmp_path / "p").write_text("image,x1,y1,x2,y2,score\na.jpg,25.2,10.1,35.2,15.1,1\n")
        (tmp_path / "t").write_text("image,x1,y1,x2,y2\na.jpg,25.2,10.1,35.2,20.1\n")
    else:
        (tmp_path / "p").write_text("1,-1,26.2,11.1,10,5,0.9,-1,-1,-1\n")
        (tmp_path / "t").write_text("1,1,26.2,11.1,10,10,1,1,1\n")
    found = scores(tmp_path / "p", tmp_path / "t", "--protocol", "boxes", "--from", kind)
    assert (found["ap50"], found["ap"]) == (1.0, pytest.approx(0.1))
