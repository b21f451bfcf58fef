from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.files.tables import csv_table
from converters.formats import csv_points as csv_format
from converters.formats.options import NoOptions, parse_options
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from test_converters.small_sets import DATA, assert_same_heads, boxes_only, crowds, image, write_pictures

HEADER = "image,x,y,x1,y1,x2,y2,score,ignore,track\n"


def table(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def read(path: Path, *options: str) -> list[ImageAnnotations]:
    return list(csv_format.read(path, parse_options(csv_format.ReadOptions, options)))


def write(dataset: Dataset, target: Path) -> Path:
    csv_format.write(dataset, target, NoOptions(), "none")
    return target


def test_the_golden_set_is_read() -> None:
    dataset = csv_format.read(DATA / "tiny_csv", csv_format.ReadOptions())
    square, street, empty = dataset
    assert [scene.name for scene in dataset.scenes] == ["square", "street"]
    assert (square.info.path, empty.info.path, len(empty)) == ("images/square/c.png", "images/street/b.png", 0)
    np.testing.assert_array_equal(street.points, [[3, 4], [0.5, 10.333333]])
    np.testing.assert_array_equal(street.boxes, [[1.5, 2, 4.5, 6.25], [np.nan] * 4])
    assert (street.ids.tolist(), street.ignore.tolist()) == ([7, -1], [False, True])
    np.testing.assert_array_equal([square.extra["score"], street.extra["score"][:1]], [[0.875], [np.nan]])


def test_the_golden_set_is_written_byte_for_byte(tmp_path: Path) -> None:
    golden = DATA / "tiny_csv" / "heads.csv"
    write(csv_format.read(golden, csv_format.ReadOptions()), tmp_path / "out")
    assert (tmp_path / "out" / "heads.csv").read_bytes() == golden.read_bytes()


@settings(max_examples=40, deadline=None)
@given(dataset=crowds())
def test_what_is_written_comes_back(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> None:
    target = write(dataset, tmp_path_factory.mktemp("set") / "heads.csv")
    assert_same_heads(dataset, csv_format.read(target, csv_format.ReadOptions()), atol=1e-6)


@given(name=st.text(st.characters(exclude_characters="/\\:\0", exclude_categories=["Cs"]), min_size=1, max_size=9))
def test_any_name_comes_back(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    named = image(f"x{name}x.png", [[1, 2, 3, 4]], scene="s")
    (back,) = read(write(in_memory([named], Path()), tmp_path_factory.mktemp("set") / "heads.csv"))
    assert back.info.path == named.info.path


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("a.png,1,2,,,,,,", "9 fields, expected 10"),
        ("a.png,1,2,,,,,,,,", "11 fields"),
        ("a.png,1,,,,,,,,", "x and y"),
        ("a.png,1,2,3,4,,,,,", "x1 y1 x2 y2"),
        ("a.png,,,,,,,0.5,,", "without a point"),
        ("a.png,,,,,,,,1,", "without a point"),
        ("a.png,one,2,,,,,,,", "'one'"),
        ("a.png,nan,2,,,,,,,", "'nan'"),
        ("a.png,1,inf,,,,,,,", "'inf'"),
        ("a.png,1,null,,,,,,,", "'null'"),
        ("a.png,1_0,2,,,,,,,", "'1_0'"),
        ('a.png,"1,5",2,,,,,,,', "'1,5'"),
        ("a.png,1,2,,,,,,maybe,", "'maybe'"),
        ("a.png,1,2,,,,,,,1.5", "'1.5'"),
        (f"a.png,1,2,,,,,,,{10**30}", "whole number"),
        ("../a.png,1,2,,,,,,,", "'../a.png'"),
        ("/a.png,1,2,,,,,,,", "'/a.png'"),
        (",1,2,,,,,,,", "''"),
        (f"{'a' * 300}.png,1,2,,,,,,,", "longer than 255"),
        ('"a.png,1,2,,,,,,,', "no CSV"),
    ],
)
def test_a_broken_row_is_named(fields: str, problem: str, tmp_path: Path) -> None:
    file = table(tmp_path / "heads.csv", f'{HEADER}"b\nb.png",1,2,,,,,,0,\n\n{fields}\n')
    with pytest.raises(DataFormatError, match=problem) as caught:
        read(file)
    assert caught.value.path == file
    assert caught.value.line in {5, 6} if problem == "no CSV" else caught.value.line == 5


@pytest.mark.parametrize("text", ["", "x,y\n1,2\n", "image,x,x\na.png,1,2\n"])
def test_a_file_without_the_columns_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match="columns") as caught:
        read(table(tmp_path / "heads.csv", text))
    assert caught.value.line == 1


def test_text_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "heads.csv").write_bytes(HEADER.encode() + b"a.png,1,2,,,,,,,\n\xff.png,1,2,,,,,,,\n")
    with pytest.raises(DataFormatError, match="UTF-8"):
        read(tmp_path)


def test_a_folder_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match=r"heads\.csv"):
        read(tmp_path)


def test_columns_in_any_order_gzip_bom_and_any_line_end(tmp_path: Path) -> None:
    text = "\ufefftrack,foo,y,image,x\r\n7,?,2,b/a.png,1\r\n,?,4,b/a.png, 3\r\n"
    (tmp_path / "heads.csv.gz").write_bytes(gzip.compress(text.encode()))
    dataset = csv_format.read(tmp_path, csv_format.ReadOptions())
    (heads,) = dataset
    assert (heads.points.tolist(), heads.ids.tolist()) == ([[1, 2], [3, 4]], [7, -1])
    assert csv_format.detect(tmp_path)
    assert "'foo'" in dataset.notes[0]


def test_scattered_rows_keep_their_order_within_an_image(tmp_path: Path) -> None:
    rows = [f"{name},{number},0,,,,,,," for number, name in enumerate(["b10", "b9", "b10", "./b9", "b10"])]
    first, second = read(table(tmp_path / "heads.csv", HEADER + "\n".join(rows)))
    assert (first.info.path, first.points[:, 0].tolist()) == ("b9", [1, 3])
    assert (second.info.path, second.points[:, 0].tolist()) == ("b10", [0, 2, 4])


def test_blocks_join(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(boxes_only(), tmp_path / "heads.csv")
    whole = read(file)
    monkeypatch.setattr(csv_table, "_BLOCK", 2)
    assert_same_heads(whole, read(file))
    file.write_text(file.read_text() + "a,b,2,,,,,,,\n")
    with pytest.raises(DataFormatError, match="'b'") as caught:
        read(file)
    assert caught.value.line == 6


@pytest.mark.parametrize("place", ["", "images"])
def test_pictures_and_sizes_are_found_beside(place: str, tmp_path: Path) -> None:
    write_pictures(tmp_path / place, [image("s/a.png", width=20, height=10)])
    first, second = read(table(tmp_path / "heads.csv", HEADER + "s/a.png,1,2,,,,,,,\ns/b.png,1,2,,,,,,,\n"))
    assert (tmp_path / first.info.path).is_file()
    assert (first.info.size, second.info.size) == ((20, 10), (20, 10))


@pytest.mark.parametrize(
    ("grouping", "scenes"),
    [("auto", ["heads", "s"]), ("folder", ["heads", "s"]), ("image", ["a", "s_a", "s_b"]), ("one", ["heads"])],
)
def test_scenes_are_an_option(grouping: str, scenes: list[str], tmp_path: Path) -> None:
    file = table(tmp_path / "heads.csv", "image\na.png\ns/a.png\ns/b.png\n")
    options = parse_options(csv_format.ReadOptions, [f"scenes={grouping}"])
    assert [scene.name for scene in csv_format.read(file, options).scenes] == scenes


def test_one_image_twice_is_refused(tmp_path: Path) -> None:
    twice = in_memory([image("s/a.png"), image("s/a.png", scene="t")], Path())
    with pytest.raises(DatasetLayoutError, match=r"'s/a\.png'"):
        write(twice, tmp_path / "heads.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["frame,image\n1,a.png\n", "image\na.png\n", "1,1,1,1,4,4\n", ""])
def test_other_tables_are_not_taken_for_heads(text: str, tmp_path: Path) -> None:
    assert not csv_format.detect(table(tmp_path / "x.csv", text))
