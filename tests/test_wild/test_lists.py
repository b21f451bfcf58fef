"""Text lists of points as programs write them: ids with suffixes, as floats, other separators."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from scipy.io import loadmat

from converters.formats import nwpu_text
from test_wild.verbs import ghtools, rows, scores

TRUTH = "0001 2 10 20 3 5 0 40 50 4 6 1\n0002 0\n0003 1 7 8 3 5 0\n"


def test_ids_are_numbers(case: Callable[[str], Path]) -> None:
    case("13-nothing-joined")
    found = scores("pred.txt", "gt.txt", "--protocol", "nwpu")
    assert (found["images"], found["sigma_s"]["f1"], found["sigma_l"]["f1"]) == (3, 1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "0001.jpg 2 10 20 40 50\n0002.jpg 0\n0003.jpg 1 7 8\n",
        "1.0 2.0 10.0 20.0 40.0 50.0\n2.0 0.0\n3.0 1.0 7.0 8.0\n",
        "1.000e+00 2.000e+00 10 20 40 50\n2.000e+00 0.000e+00\n3.000e+00 1.000e+00 7 8\n",
        "0001\t2\t10\t20\t40\t50\n0002\t0\t\t\t\t\n0003\t1\t7\t8\t\t\n",
        "1;2;10,0;20,0;40;50\n2;0\n3;1;7;8\n",
        "id count x y\n1 2 10 20 40 50\n2 0\n3 1 7 8\n",
        "# id n x y\n1 2 10 20 40 50\n2 0\n3 1 7 8\n",
        '"0001";"2";"10,0";20;40;50\n"0002";"0"\n"0003";1;7;8\n',
        "1 2 10 20 .5 40 50 1\r\n2 0\r\n3 1 7 8 1e-3\r\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_predictions_in_other_spellings(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "pred.txt").write_bytes(text.encode(encoding))
    (tmp_path / "gt.txt").write_text(TRUTH)
    found = scores(tmp_path / "pred.txt", tmp_path / "gt.txt", "--protocol", "nwpu")
    assert (found["images"], found["sigma_s"]["f1"]) == (3, 1)


def test_an_id_finds_its_picture(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("0001.png", "IMG_2.JPG"):
        Image.new("L", (64, 48)).save(tmp_path / "images" / name, format="PNG")
    (tmp_path / "list.txt").write_text("1 1 10 20\nIMG_2.jpg 1 30 40\n")
    assert ghtools("convert", tmp_path / "list.txt", tmp_path / "set.json", "--to", "coco").exit_code == 0


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("0001,2,10,20,40,50\n0002,0\n0003,1,7,8\n", 3),
        ("0001,2,10,20,40,50\n0002,2,1,2,3,4\n", 4),
        ("0001,2,10,20,0.5,40,50,0.75\n0002,2,1,2,1,3,4,0\n", 4),
        ("0001, 1, 10, 20, 3, 5, 0\n0002, 3, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 1\n", 4),
        ("a,1,10,20\nb,0,,\n", 1),
    ],
)
def test_a_list_by_commas_is_a_list(tmp_path: Path, text: str, heads: int) -> None:
    file = tmp_path / "list.txt"
    file.write_text(text)
    assert nwpu_text.detect(file)
    done = ghtools("convert", file, tmp_path / "out.csv", "--to", "csv", "--allow-lossy", "--from", "nwpu_text")
    assert done.exit_code == 0, done.stderr
    assert sum(row["x"] != "" for row in rows(tmp_path / "out.csv")) == heads


@pytest.mark.parametrize(
    "text",
    [
        "1,2,10,20,40,50\n1,3,11,21,40,50\n",
        "1,1,10,20,3,5,0\n2,1,10,20,3,5,0\n",
        "1,2,10,20,40,50\n1,2,10,20,40,50\n",
        "1,2,-10,20,40,50\n",
        "1,4,10,20,40,50,1,-1,-1,-1\n",
    ],
)
def test_rows_of_mot_are_no_list(tmp_path: Path, text: str) -> None:
    file = tmp_path / "list.txt"
    file.write_text(text)
    assert not nwpu_text.detect(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0001 1 10,5 20,5\n", "list.txt:1: '10,5' is no finite number"),
        ("0001 1.5 10 20\n", "list.txt:1: '0001 1.5 10 20' found, expected an id, the number of heads"),
        ("0001 1 10 20\n0002 2 10 20\n", "list.txt:2: 2 heads and 2 numbers found, expected 4"),
        ("a.jpg 1 10 20\na 1 10 20\n", "list.txt:2: image 'a' has a line already, 1"),
    ],
)
def test_what_is_no_list_is_told(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "list.txt").write_text(text)
    done = ghtools("convert", tmp_path / "list.txt", tmp_path / "out.csv", "--to", "csv", "--from", "nwpu_text")
    assert done.exit_code == 1
    assert words in done.stderr


def test_the_lists_of_p2pnet_are_read_and_written(case: Callable[[str], Path]) -> None:
    folder = case("32-p2pnet-lists")
    done = ghtools("convert", "set", "out.csv", "--to", "csv", "--allow-lossy")  # A table does not hold the split.
    assert done.exit_code == 0, done.stderr
    found = [(row["image"], row["x"], row["y"]) for row in rows(folder / "out.csv")]
    assert found == [("scene01/img01.jpg", "52", "31"), ("scene01/img01.jpg", "120", "44")]
    assert ghtools("convert", "set", "new", "--to", "p2pnet").exit_code == 0
    assert (folder / "new" / "train.list").read_text() == (folder / "set" / "train.list").read_text()
    points, picture = "train/scene01/img01.txt", "train/scene01/img01.jpg"
    assert (folder / "new" / points).read_text() == (folder / "set" / points).read_text()
    assert (folder / "new" / picture).read_bytes() == (folder / "set" / picture).read_bytes()


def test_points_are_written_as_shanghaitech_has_them(case: Callable[[str], Path]) -> None:
    folder = case("32-p2pnet-lists")
    done = ghtools("convert", "heads.csv", "x", "--to", "shanghaitech", "--images", "none")
    assert done.exit_code == 0, done.stderr
    stored = loadmat(folder / "x" / "ground_truth" / "GT_img01.mat")["image_info"][0, 0][0, 0]
    assert (stored["location"].tolist(), stored["number"].tolist()) == ([[52, 31], [120, 44]], [[2]])
    assert ghtools("convert", "x", "back.csv", "--to", "csv").exit_code == 0
    assert [(row["image"], row["x"], row["y"]) for row in rows(folder / "back.csv")] == [
        ("img01.jpg", "52", "31"),
        ("img01.jpg", "120", "44"),
    ]


@pytest.mark.parametrize("text", ["10 20 5 6 1 0\n30 40 8 9 2 1\n", "812 455 20 24 3 0\n"])
def test_heads_of_jhu_are_no_rows_of_mot(tmp_path: Path, text: str) -> None:
    (tmp_path / "0001.txt").write_text(text)  # x y w h, occlusion, blur: an image a file.
    done = ghtools("convert", tmp_path / "0001.txt", tmp_path / "out.csv", "--to", "csv")
    assert (done.exit_code, "detected format jhu" in done.stderr) == (0, True)
