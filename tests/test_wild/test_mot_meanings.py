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


def test_a_label_list_names_the_classes(case: Callable[[str], Path]) -> None:
    case("03-mot-label-table")
    done = ghtools("convert", "seq", "out.csv", "--to", "csv")
    assert "seq: only 'head' (2) are heads; left out: 'person' (1); -i category=NAME,NAME takes others" in done.output
    assert [(row["x1"], row["ignore"]) for row in rows(Path("out.csv"))] == [("99", "0"), ("104", "0")]


@pytest.mark.parametrize(
    ("category", "heads"), [("head", 2), ("Person", 1), ("person,head", 3), ("3", 2), ("3,1", 3), ("bicycle", 0)]
)
def test_classes_are_chosen_by_option(category: str, heads: int, case: Callable[[str], Path]) -> None:
    case("03-mot-label-table")
    ghtools("convert", "seq", "out.csv", "--to", "csv", "-i", f"category={category}")
    assert len([row for row in rows(Path("out.csv")) if row["x"]]) == heads


@pytest.mark.parametrize("name", ["gt/labels.txt", "labels.txt"])
def test_all_classes_are_heads_where_none_is_called_so(name: str, case: Callable[[str], Path]) -> None:
    case("03-mot-label-table")
    Path("seq/gt/labels.txt").unlink()
    (Path("seq") / name).write_text("person\r\nbicycle\r\nface\r\n")
    told = ghtools("convert", "seq", "out.csv", "--to", "csv").output
    assert "labels of 2 categories are all taken as heads: 'face' (2), 'person' (1)" in told
    assert len(rows(Path("out.csv"))) == 3


def test_class_three_is_no_flag_outside_of_headtracking(case: Callable[[str], Path]) -> None:
    case("03-mot-label-table")
    Path("seq/gt/labels.txt").unlink()
    told = ghtools("convert", "seq", "out.csv", "--to", "csv").output
    assert "labels of 2 categories are all taken as heads: '3' (2), '1' (1)" in told
    assert [row["ignore"] for row in rows(Path("out.csv"))] == ["0", "0", "0"]
    told = ghtools("convert", "seq", "out.csv", "--to", "csv", "--force", "-i", "ignore_class=3").output
    assert "class 3 means ignore" in told
    assert [row["ignore"] for row in rows(Path("out.csv"))] == ["1", "0", "1"]


@pytest.mark.parametrize("place", ["HT21-01", "HT21/train/seq-01", "CroHD/seq", "named"])
def test_class_three_of_headtracking_is_ignored(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (Path(place) / "gt").mkdir(parents=True)
    (Path(place) / "gt" / "gt.txt").write_text("1,1,9,9,9,9,1,1,1\n1,2,9,9,9,9,1,3,1\n")
    if place == "named":
        (Path(place) / "seqinfo.ini").write_text("[Sequence]\nname=HT21-02\nseqLength=1\n")
    told = ghtools("convert", place, "out.csv", "--to", "csv").output
    assert "class 3 means ignore, as in HeadTracking21" in told
    assert [row["ignore"] for row in rows(Path("out.csv"))] == ["0", "1"]


def test_a_column_of_zeros_that_ignores_all_heads_is_told(case: Callable[[str], Path]) -> None:
    case("04-mot-seventh-column-zero")
    told = ghtools("convert", "result.txt", "out.csv", "--to", "csv").output
    assert "result.txt: column 7 is 0 in all rows, which means ignore; -i column7=score reads it as a score" in told
    ghtools("convert", "result.txt", "out.csv", "--to", "csv", "--force", "-i", "column7=score")
    assert {row["ignore"] for row in rows(Path("out.csv"))} == {"0"}


def test_how_column_seven_of_predictions_is_read_is_told(case: Callable[[str], Path]) -> None:
    case("04-mot-seventh-column-zero")
    told = ghtools("evaluate", "result.txt", "gt.txt").output
    assert told.count("column 7 is read as a score, so that 0 there does not mean ignore") == 1


def test_results_without_classes_are_scored_by_truth_of_a_class(case: Callable[[str], Path]) -> None:
    case("03-mot-label-table")
    Path("result.txt").write_text("1,1,100,100,20,20,0.5\n2,1,105,100,20,20,0.5\n")
    assert scores("result.txt", "seq", "-i", "category=head")["mae"] == 0
    told = ghtools("evaluate", "result.txt", "seq", "-i", "category=head").output
    assert "result.txt: rows have no class, so that -i category leaves out none of them" in told


@pytest.mark.parametrize("value", ["1.5", "9999999999999999999999999", "-1", "1e3"])
def test_a_column_of_no_classes_leaves_out_no_head(value: str, case: Callable[[str], Path]) -> None:
    case("03-mot-label-table")
    text = Path("seq/gt/gt.txt").read_text()
    Path("seq/gt/labels.txt").unlink()
    Path("seq/gt/gt.txt").write_text(text + f"2,2,95,100,40,90,1,{value},1.0\n")
    assert ghtools("convert", "seq", "out.csv", "--to", "csv").exit_code == 0
    assert len(rows(Path("out.csv"))) == 4
