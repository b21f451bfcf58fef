"""Label files as spreadsheets and editors save them: other encodings, other line ends."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from test_wild.verbs import ghtools, rows

CSV = "image,x,y\nMünchen.jpg,10,20\né.jpg,30,40\n"
WIDE = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


def test_the_line_of_another_encoding_is_right(case: Callable[[str], Path]) -> None:
    case("17-csv-wrong-line")
    done = ghtools("convert", "latin1.csv", "out.csv", "--to", "csv")
    assert done.exit_code == 1
    assert "latin1.csv:5: no UTF-8 text: 'März.jpg,10,20' if it is Windows-1252 (Latin-1)" in done.stderr
    assert not Path("out.csv").exists()


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_in_every_encoding_with_a_mark(tmp_path: Path, encoding: str, end: str) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(CSV.replace("\n", end).encode(encoding))
    assert ghtools("convert", file, tmp_path / "out.csv", "--to", "csv").exit_code == 0
    found = [(row["image"], row["x"]) for row in rows(tmp_path / "out.csv")]
    assert found == [("München.jpg", "10"), ("é.jpg", "30")]


COCO = """{"images": [{"id": 1, "file_name": "é.jpg", "width": 99, "height": 99}],
 "categories": [{"id": 1, "name": "head"}],
 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 4, 6]}]}"""


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize(
    ("name", "text", "heads"),
    [("list.txt", "é 2 10 20 30 40\nö 0\n", 2), ("set.json", COCO, 1), ("gt.txt", "1,-1,10,20,4,6,1,1,1\n", 1)],
)
@pytest.mark.parametrize("packed", [False, True])
def test_other_label_files_too(tmp_path: Path, encoding: str, name: str, text: str, heads: int, packed: bool) -> None:
    data = text.replace("\n", "\r\n").encode(encoding)
    file = tmp_path / (name + ".gz" if packed else name)
    file.write_bytes(gzip.compress(data) if packed else data)
    done = ghtools("convert", file, tmp_path / "out.csv", "--to", "csv", "--allow-lossy")
    assert done.exit_code == 0, done.stderr
    assert sum(row["x"] != "" for row in rows(tmp_path / "out.csv")) == heads


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("list.txt", "a 1 10 20\n\né 1 10 20\n", 3),
        ("set.json", COCO.replace("\n", "\n\n"), 1),
        ("anchors.json", '{"format": "ghtools-anchors",\n "note": "é"}', 2),
        ("seqinfo.ini", "[Sequence]\nname=é\n", 2),
    ],
)
def test_latin_1_is_named_in_other_label_files(tmp_path: Path, name: str, text: str, line: int) -> None:
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / "gt.txt").write_text("1,-1,10,20,4,6,1,1,1\n")
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    source = tmp_path if name in {"anchors.json", "seqinfo.ini"} else tmp_path / name
    done = ghtools("convert", source, tmp_path / "out.csv", "--to", "csv", "--allow-lossy")
    assert done.exit_code == 1
    assert f"{name}:{line}: no UTF-8 text" in done.stderr
    assert "'utf-8' codec" not in done.stderr
