"""Scores of boxes that overlap by a threshold exactly, and of predictions whose scores lie anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from test_wild.verbs import ghtools, scores


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


def scored(folder: Path, *values: str) -> tuple[Path, Path]:
    """A prediction at each head, with these scores."""
    rows = [(f"a.jpg,{10 * place},5", value) for place, value in enumerate(values)]
    (folder / "p.csv").write_text("\n".join(["image,x,y,score", *(f"{row},{value}" for row, value in rows), ""]))
    (folder / "t.csv").write_text("\n".join(["image,x,y", *(row for row, _ in rows), ""]))
    return folder / "p.csv", folder / "t.csv"


@pytest.mark.parametrize("values", [("12", "55", "99"), ("-7.5", "0.5", "8"), ("1500", "2500", "3500")])
def test_thresholds_span_the_scores_that_are_there(tmp_path: Path, values: tuple[str, ...]) -> None:
    curve = scores(*scored(tmp_path, *values), "--thresholds")["thresholds"]
    assert (curve[0]["threshold"], curve[-1]["threshold"]) == (float(values[0]), float(values[-1]))
    assert [step["mae"] for step in curve][0::19] == [0, 2]


def test_thresholds_of_scores_from_0_to_1_stay(tmp_path: Path) -> None:
    curve = scores(*scored(tmp_path, "0.31", "0.5"), "--thresholds")["thresholds"]
    assert [step["threshold"] for step in curve] == [round(0.05 * step, 2) for step in range(20)]


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_scores_that_are_no_numbers_are_refused(tmp_path: Path, value: str) -> None:
    done = ghtools("evaluate", *scored(tmp_path, "0.5", value), "--thresholds", "--jobs", "1")
    assert done.exit_code == 1
    assert "score" in done.stderr or value in done.stderr
