"""What the columns of MOT rows mean: a score or a flag in column 7."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from test_wild.verbs import ghtools, rows, scores

TRUTH = "1,1,91,91,20,20,1,1,1\n1,2,291,91,20,20,1,1,1\n2,1,93,91,20,20,1,1,1\n"


def test_predictions_with_zeros_in_column_seven_count(case: Callable[[str], Path]) -> None:
    case("04-mot-seventh-column-zero")
    found = scores("result.txt", "gt.txt")
    assert (found["mae"], found["distances"]["f1"]) == (0, 1)
    scored = scores("scores.txt", "gt.txt", "--protocol", "boxes")
    assert (scored["mae"], scored["ap"]) == (0, 1)


@pytest.mark.parametrize("column", ["0", "-1", "0.0", "-3.5", "1", "17"])
@pytest.mark.parametrize("rest", ["", ",3", ",3,0", ",-1,-1,-1"])
def test_no_value_of_a_row_ignores_a_prediction(
    column: str, rest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gt.txt").write_text(TRUTH)
    heads = [",".join(line.split(",")[:6]) for line in TRUTH.splitlines()]
    Path("result.txt").write_text("".join(f"{head},{column}{rest}\n" for head in heads))
    found = scores("result.txt", "gt.txt")
    assert (found["mae"], found["distances"]["f1"]) == (0, 1)


def test_a_score_of_zero_beside_others_is_no_flag(case: Callable[[str], Path]) -> None:
    case("04-mot-seventh-column-zero")
    assert ghtools("convert", "scores.txt", "out.csv", "--to", "csv").exit_code == 0
    assert [(row["score"], row["ignore"]) for row in rows(Path("out.csv"))] == [
        ("0.93", "0"),
        ("0", "0"),
        ("0.41", "0"),
    ]


def test_a_flag_of_predictions_of_another_format_is_passed_over_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("truth.csv").write_text("image,x,y\na.jpg,10,10\na.jpg,50,50\n")
    Path("found.csv").write_text("image,x,y,ignore\na.jpg,10,10,1\na.jpg,50,50,0\n")
    assert scores("found.csv", "truth.csv")["mae"] == 0
    assert (
        "found.csv: 1 predictions are flagged as ignored; they count all the same"
        in ghtools("evaluate", "found.csv", "truth.csv").output
    )
