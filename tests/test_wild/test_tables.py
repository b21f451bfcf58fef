"""Tables as spreadsheets and other programs write them: what they mean, or one line that says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from test_wild.verbs import ghtools, rows

OUR_COLUMNS = ("image", "x", "y", "x1", "y1", "x2", "y2", "score", "ignore", "track")


def converted(file: Path, *options: str) -> tuple[list[dict[str, str]], str]:
    """The rows that a table becomes, without empty fields, and what was said."""
    out = file.parent / "converted.csv"
    done = ghtools("convert", file, out, "--to", "csv", *options)
    assert done.exit_code == 0, done.stderr
    return [{name: text for name, text in row.items() if text not in {"", "0"}} for row in rows(out)], done.stderr


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "table.csv"
    file.write_bytes(text.encode(encoding))
    return file


def refused(file: Path, *options: str) -> str:
    out = file.parent / "converted.csv"
    done = ghtools("convert", file, out, "--to", "csv", *options)
    assert done.exit_code == 1
    assert not out.exists()
    return done.stderr


def test_a_corner_beside_a_size_is_a_box(case: Callable[[str], Path]) -> None:
    found, said = converted(case("15-csv-corner-and-size") / "boxes.csv")
    assert found == [{"image": "a.jpg", "x": "25", "y": "40", "x1": "10", "y1": "20", "x2": "40", "y2": "60"}]
    assert said.count("boxes.csv: read x y w h as left, top, width and height of the box") == 1


@pytest.mark.parametrize(
    ("name", "x", "y"), [("semicolon.csv", "10.5", "20.5"), ("tab.csv", "10.5", "20.5"), ("capitals.csv", "10", "20")]
)
def test_the_header_tells_the_separator(case: Callable[[str], Path], name: str, x: str, y: str) -> None:
    found, said = converted(case("16-csv-separators") / name)
    assert found == [{"image": "a.jpg", "x": x, "y": y}]
    assert "passed over" not in said


HEAD = {"image": "a.jpg", "x": "10.5", "y": "20"}
BOX = {"image": "a.jpg", "x": "25", "y": "40", "x1": "10", "y1": "20", "x2": "40", "y2": "60"}


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("image\tx\ty\na.jpg\t10,5\t20\n", HEAD),
        ("image|x|y\na.jpg|10.5|20\n", HEAD),
        ("image x y\na.jpg 10.5  20\n", HEAD),
        ('"Image"; "X"; "Y"\n"a.jpg"; "10,5"; "20"\n', HEAD),
        ("sep=;\nimage;x;y\na.jpg;10,5;20,0\n;;\n", HEAD),
        ("\n\nimage,x,y\n\na.jpg,+10.5,2e1\n", HEAD),
        ("# image,x,y\na.jpg, 10.5 , 20 \n", HEAD),
        (",image,x,y\n0,a.jpg,10.5,20\n", HEAD),
        ("image,x,y,\na.jpg,10.5,20,\n", HEAD),
        ("File Name,X (px),Y (px)\na.jpg,10.5,20\n", HEAD),
        ("image,x,y,ignore,track\na.jpg,10.5,20,1.0,3.0\n", {**HEAD, "ignore": "1", "track": "3"}),
        ("image,x,y,ignore,track\na.jpg,10.5,20,True,NaN\n", {**HEAD, "ignore": "1"}),
        ("image,x,y,ignored,track_id\na.jpg,10.5,20,yes,1e3\n", {**HEAD, "ignore": "1", "track": "1000"}),
        (f"image,x,y,track\na.jpg,10.5,20,{2**63 - 1}\n", {**HEAD, "track": str(2**63 - 1)}),
        ("image,x,y,track\na.jpg,10.5,20,9007199254740993\n", {**HEAD, "track": "9007199254740993"}),
        ("image;x;y;score\na.jpg;10,5;20;0,25\n", {**HEAD, "score": "0.25"}),
        ("filename,xmin,ymin,xmax,ymax,class\na.jpg,10,20,40,60,head\n", BOX),
        ("filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,1920,1080,head,10,20,40,60\n", BOX),
        ("image;Left;Top;Width;Height\na.jpg;10;20;30;40\n", BOX),
        ("image,cx,cy,w,h\na.jpg,25,40,30,40\n", BOX),
        ("image_id,bbox_x,bbox_y,bbox_w,bbox_h\na.jpg,10,20,30,40\n", BOX),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_tables_of_other_programs(tmp_path: Path, text: str, row: dict[str, str], encoding: str) -> None:
    found, _ = converted(table(tmp_path, text, encoding))
    assert found == [row]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image;x;y\na.jpg;10,5;20\nb.jpg;1.5;2\n", "table.csv:3: x '1.5' and '10,5' have two decimal signs"),
        ("image;x;y\na.jpg;1.234,5;20\n", "table.csv:2: x '1.234,5'"),
        ("image;x;y\na.jpg;10;20;30\n", "table.csv:2: 4 fields, expected 3 by semicolons"),
        ("image\tx\ty\na.jpg\tten\t20\n", "table.csv:2: x 'ten' is not a finite number"),
        ("image,x,y,track\na.jpg,1,2,3.5\n", "table.csv:2: track '3.5' is not a whole number"),
        (f"image,x,y,track\na.jpg,1,2,{2**63}\n", f"table.csv:2: track '{2**63}' is not a whole number"),
        ("image,x,y,ignore\na.jpg,1,2,2\n", "table.csv:2: ignore '2' is not 0 or 1"),
        ("image,X,x,y\na.jpg,1,2,3\n", "table.csv:1: two columns 'X'"),
        ("image,x,y,x1,y1\na.jpg,1,2,3,4\n", "table.csv:1: column 'x1' lacks those that belong to it"),
        ("image,x,y,w,h\na.jpg,1,2,,\n", "table.csv:2: x y w h stand together"),
    ],
)
def test_what_cannot_be_read_is_told_in_the_words_of_the_file(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(table(tmp_path, text))


def test_columns_without_heads_are_no_images_without_heads(tmp_path: Path) -> None:
    said = refused(table(tmp_path, "image;u;v\na.jpg;1;2\n"), "--from", "csv")
    assert "table.csv:1: columns ['image', 'u', 'v'] by semicolons found, expected image, x, y" in said


def test_the_size_of_the_picture_is_no_box(tmp_path: Path) -> None:
    lines = "".join(f"a.jpg,{x},{y},1920,1080\n" for x, y in ((10, 20), (900, 500), (1900, 1000)))
    found, said = converted(table(tmp_path, f"image,x,y,width,height\n{lines}"))
    assert [(row["x"], row["y"], "x1" in row) for row in found] == [
        ("10", "20", False),
        ("900", "500", False),
        ("1900", "1000", False),
    ]
    assert "taken as its size, x y as points" in said


def test_only_labels_of_heads_are_heads(tmp_path: Path) -> None:
    file = table(tmp_path, "image,x,y,label\na.jpg,1,2,person\na.jpg,3,4,head\nb.jpg,5,6,person\n")
    found, said = converted(file)
    assert [(row["image"], row.get("x")) for row in found] == [("a.jpg", "3"), ("b.jpg", None)]
    assert "only 'head' (1) are heads; left out: 'person' (2); -i category=NAME,NAME takes others" in said
    found, _ = converted(file, "--force", "-i", "category=Person")
    assert [row.get("x") for row in found] == ["1", "5"]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("image;x;y\na.jpg;1,234;2\n", "numbers like '1,234' are read with a decimal comma, as 1.234"),
        ("image,x,y\na.jpg,0.25,0.5\n", "all coordinates lie between 0 and 1 and are taken as pixels"),
        ("image,x,y,foo\na.jpg,1,2,3\n", "passed over columns 'foo'"),
    ],
)
def test_a_reading_that_may_be_wrong_is_noted(tmp_path: Path, text: str, note: str) -> None:
    _, said = converted(table(tmp_path, text))
    assert said.count(note) == 1


def test_our_own_table_has_no_notes(tmp_path: Path) -> None:
    _, said = converted(table(tmp_path, ",".join(OUR_COLUMNS) + "\na.jpg,1,2,3,4,5,6,0.5,1,7\n"))
    assert len(said.splitlines()) == 2  # The format, and how scenes are made.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a.jpg,10,20\nb.jpg,3,4\n",
            "table.csv:1: columns ['a.jpg', '10', '20'] by commas found, expected image, x, y",
        ),
        (
            "image;x1;y1\na.jpg;1;2\n",
            "table.csv:1: column 'x1' lacks those that belong to it in columns ['image', 'x1', 'y1'] by semicolons",
        ),
        ("image u v\na.jpg 1 2\n", "table.csv:1: columns ['image', 'u', 'v'] by blanks found"),
        ("", "table.csv:1: the table is empty"),
        ("image,x,y\nStraße.jpg,1,2\n", "table.csv:2: no UTF-8 text: 'Straße.jpg,1,2' if it is Windows-1252 (Latin-1)"),
    ],
)
def test_a_table_that_no_format_is_sure_of_is_told_its_columns(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(table(tmp_path, text, "latin-1"))
