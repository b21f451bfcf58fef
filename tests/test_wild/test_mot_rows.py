"""MOT rows as other programs write them: blanks, tabs, semicolons, a header, a last comma, large ids."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from test_converters.small_sets import image, write_pictures
from test_wild.verbs import ghtools, rows

HEAD = {"x1": "161", "y1": "366", "x2": "254", "y2": "476", "ignore": "0"}


def converted(file: str) -> list[dict[str, str]]:
    done = ghtools("convert", file, "out.csv", "--to", "csv")
    assert done.exit_code == 0, done.output
    return rows(Path("out.csv"))


@pytest.mark.parametrize("name", ["blanks", "header", "large_id", "tabs", "trailing"])
def test_rows_are_read_whatever_separates_them(name: str, case: Callable[[str], Path]) -> None:
    case("30-mot-separators")
    first = converted(f"{name}.txt")[0]
    assert {key: first[key] for key in HEAD} == HEAD
    assert first["track"] == ("123456789012345678" if name == "large_id" else "1")


@pytest.mark.parametrize(
    "text",
    [
        "1;1;162;367;93,0;110;1;1;1\n",
        "# frame id left top width height conf\n1 1 162 367 93 110 1\n",
        "Frame\tID\tX\tY\tW\tH\tScore\tClass\tVisibility\n1.0\t1.0\t162.0\t367.0\t93.0\t110.0\t1.0\t1.0\t1.0\n",
        "frame;id;bb_left;bb_top;bb_width;bb_height;conf;\r\n1;1;162;367;93;110;1;\r\n",
        "00001, 01, 162., 367, 93, 110\n",
    ],
)
def test_other_programs_rows(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.txt").write_bytes(text.encode())
    (first,) = converted("rows.txt")
    assert {key: first[key] for key in HEAD} | {"track": first["track"]} == HEAD | {"track": "1"}


def test_the_largest_ids_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.txt").write_text("1,9223372036854775807,1,1,5,5\n1,9223372036854775806,1,1,5,5\n")
    assert [row["track"] for row in converted("rows.txt")] == ["9223372036854775807", "9223372036854775806"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("frame,id,x1,y1,x2,y2\n1,1,1,1,5,5\n", "rows.txt:1: the header calls column 5 'x2'; columns are read as"),
        ("id,frame,x,y,w,h\n1,1,1,1,5,5\n", "no known format recognised"),
        ("1,1,1,1,5,5\n1,1,1,,5,5\n", "rows.txt:2: column 4 is empty in '1,1,1,,5,5'; fill it in"),
        ("1,9223372036854775808,1,1,5,5\n", "track id 9223372036854775808 is too large; the largest is"),
        ("1,1,1,1,5,5\n1,1.5,1,1,5,5\n", "rows.txt:2: track id 1.5 is no whole number"),
        ("1,1,1,1,5,5\n1;1;1;1;5;5\n", "rows.txt:2: 1 columns in '1;1;1;1;5;5', expected 6 as in the lines before"),
    ],
)
def test_what_cannot_be_read_is_named_in_words(
    text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.txt").write_text(text)
    done = ghtools("convert", "rows.txt", "out.csv", "--to", "csv")
    assert (done.exit_code, Path("out.csv").exists()) == (1, False)
    assert words in done.output


@pytest.mark.parametrize(
    "text",
    [
        "3110,2,851,1304,831,1344\n3111,3,1,2,3,4,5,6\n",
        "3110,2,851,1304,831,1344\n3111,2,10,20,30,40\n",
        "3110,2,851,1304,0.97,831,1344,0.61\n",
        "3110,3,851,1304,831,1344,20,30\n",
    ],
)
def test_a_list_by_commas_is_not_taken_for_rows(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.txt").write_text(text)
    assert "detected format mot" not in ghtools("convert", "list.txt", "out.csv", "--to", "csv").output


def test_heads_without_an_id_get_numbers(case: Callable[[str], Path]) -> None:
    case("29-mot-without-ids")
    done = ghtools("convert", "set", "out", "--to", "mot")
    assert "2 heads have no id: they are numbered in each frame, and these numbers are no tracks" in done.output
    written = [line.split(",") for line in Path("out/set/gt/gt.txt").read_text().splitlines()]
    assert [row[:2] for row in written] == [["1", "1"], ["1", "2"]]
    assert [row["track"] for row in converted("out")] == ["", ""]


def test_numbers_of_heads_without_an_id_are_those_of_no_track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = ["a.jpg,1,1,5,5,2", "a.jpg,9,9,12,12,", "a.jpg,8,8,12,12,", "b.jpg,1,1,5,5,7", "b.jpg,2,2,5,5,"]
    Path("heads.csv").write_text("\n".join(["image,x1,y1,x2,y2,track", *lines]))
    write_pictures(tmp_path, [image("a.jpg"), image("b.jpg")])
    ghtools("convert", "heads.csv", "out", "--to", "mot")
    written = [line.split(",")[:2] for line in next(Path("out").rglob("gt.txt")).read_text().splitlines()]
    assert written == [["1", "2"], ["1", "8"], ["1", "9"], ["2", "7"], ["2", "8"]]
    assert [row["track"] for row in converted("out")] == ["2", "", "", "7", ""]


@pytest.mark.parametrize("separator", [" ", "\t", ";", ","])
@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (["3110 1 851 1304 15 23 3", "3111 1 85 130 12 20 2"], "nwpu_text"),
        (["1 1 162 367 93 110 1", "2 1 162 364 94 114 1"], "mot"),
        (["1 2 162 367 20 20 1", "2 2 162 364 20 20 1"], "mot"),
        (["1 1 162 367 20 20 1 1 1"], "mot"),
        (["1 4 162 367 20 20 0.5 -1 -1 -1"], "mot"),
        (["1 3 162 367 20 20 1 1"], "mot"),
        (["7 2 162 367 0.9 20 20 0.5"], "nwpu_text"),
        (["1 1 5 5 9 9", "1 2 8 8 9 9"], "mot"),
    ],
)
def test_rows_and_lists_are_told_apart(
    separator: str, rows: list[str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file.txt").write_text("\n".join(row.replace(" ", separator) for row in rows))
    if name == "nwpu_text" and separator != " " and len(rows) == 2:
        return  # Lists with radii have blanks; by another separator such numbers are rows of a single track.
    assert f"detected format {name}" in ghtools("convert", "file.txt", "out.csv", "--to", "csv").output


def test_an_id_that_is_twice_in_a_frame_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_pictures(tmp_path, [image("a.jpg"), image("b.jpg")])
    lines = ["a.jpg,1,1,5,5,2", "a.jpg,9,9,12,12,2", "b.jpg,1,1,5,5,2"]
    Path("heads.csv").write_text("\n".join(["image,x1,y1,x2,y2,track", *lines]))
    told = ghtools("convert", "heads.csv", "out", "--to", "mot").output
    assert "1 heads have the id of another head of their frame, which readers of tracks refuse" in told
    written = [line.split(",")[:2] for line in next(Path("out").rglob("gt.txt")).read_text().splitlines()]
    assert written == [["1", "2"], ["1", "2"], ["2", "2"]]
