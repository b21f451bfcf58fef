"""NWPU-Crowd's text lists: read, written, refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.datasets.read import read_dataset
from converters.formats import nwpu_text
from converters.formats.nwpu_text import WriteOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError, LossyConversionError
from test_converters.small_sets import boxes_only, image, write_pictures


def read(path: Path) -> list[ImageAnnotations]:
    return list(nwpu_text.read(path, nwpu_text.ReadOptions()))


def listing(folder: Path, text: str) -> Path:
    file = folder / "heads.txt"
    file.write_text(text)
    return file


def written(dataset: Dataset, folder: Path, options: WriteOptions | None = None) -> str:
    nwpu_text.write(dataset, folder / "out.txt", options or WriteOptions(), "none")
    return (folder / "out.txt").read_text()


# --- real files


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "images", "heads", "empty"),
    [
        ("nwpu_val/val_gt_loc", 500, 196_238, 35),
        ("nwpu_val/VGG+GPR_val_k15", 500, 167_972, None),
        ("nwpu_val/fasterRCNN_val_0.8_0.3", 500, 7684, None),
        ("fidtm_points/A_gt", 182, 78_970, 0),
        ("fidtm_points/B_pred_fidt", 316, 38_858, None),
        ("steerer_gt_loc/SHHA_test_gt_loc", 182, 78_968, 0),  # Two lines lack a head that they count.
        ("steerer_gt_loc/SHHB_test_gt_loc", 316, 39_208, 0),
    ],
)
def test_published_lists_come_back_as_they_were(
    samples: Path, tmp_path: Path, name: str, images: int, heads: int, empty: int | None
) -> None:
    file = samples / f"{name}.txt.gz"
    found, dataset = read_dataset(file)
    counts = [len(image) for image in dataset]
    assert (found, len(counts), sum(counts)) == ("nwpu_text", images, heads)
    assert empty is None or counts.count(0) == empty
    before = {line.split()[0]: line.split()[1:] for line in gzip.decompress(file.read_bytes()).decode().splitlines()}
    after = {line.split()[0]: line.split()[1:] for line in written(dataset, tmp_path).splitlines()}
    assert {key: words[1:] for key, words in after.items()} == {key: words[1:] for key, words in before.items()}
    differ = [key for key in before if before[key][0] != after[key][0]]
    assert differ == (["0415", "0442"] if dataset.notes else [])
    assert bool(dataset.notes) == ("SHHA" in name)


@pytest.mark.samples
def test_real_columns(samples: Path) -> None:
    heads = {image.info.name: image for image in read(samples / "nwpu_val" / "val_gt_loc.txt.gz")}
    first = heads["3110"]
    assert first.points[1].tolist() == [831, 1344]
    assert {name: values[1] for name, values in first.extra.items()} == {"sigma_s": 13, "sigma_l": 22, "level": 2}
    assert ("3098" in heads, "3169" in heads) == (True, False)
    assert not first.has_box.any()


# --- reading


def test_predictions_scores_and_heads(tmp_path: Path) -> None:
    (points,) = read(listing(tmp_path, "7 2 1 2 3.5 -4\n"))
    (scores,) = read(listing(tmp_path, "7 2 1 2 .5 3 4 1e-2\n"))
    assert (points.points.tolist(), dict(points.extra)) == ([[1, 2], [3.5, -4]], {})
    assert (scores.points.tolist(), scores.extra["score"].tolist()) == ([[1, 2], [3, 4]], [0.5, 0.01])


def test_numbers_beyond_whole_ones(tmp_path: Path) -> None:
    huge = "9" * 40
    (one,) = read(listing(tmp_path, f"7 3 {huge} -{huge} 1 .5 9007199254740993 1e3\n"))
    assert one.points.tolist() == [[1e40, -1e40], [1, 0.5], [9007199254740992, 1000]]


def test_spaces_marks_and_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "heads.txt"
    file.write_bytes("\ufeff0301  1  5\t6 \r\n\r\n 0302 0 \r\n".encode())
    assert [(one.info.name, one.points.tolist()) for one in read(file)] == [("0301", [[5, 6]]), ("0302", [])]
    assert nwpu_text.detect(file)


def test_each_picture_is_a_scene_in_natural_order(tmp_path: Path) -> None:
    dataset = nwpu_text.read(listing(tmp_path, "10 1 1 2\n9 0\nIMG_2 1 3 4\n"), nwpu_text.ReadOptions())
    assert [scene.name for scene in dataset.scenes] == ["IMG_2", "9", "10"]
    assert [one.points.tolist() for one in dataset] == [[[3, 4]], [], [[1, 2]]]


def test_pictures_are_found_by_name(tmp_path: Path) -> None:
    write_pictures(tmp_path / "images", [image("3110.png")])
    found = [one.info for one in read(listing(tmp_path, "3110 0\n3111 0\n"))]
    assert [(info.path, info.size) for info in found] == [("images/3110.png", (16, 12)), ("3111.jpg", (0, 0))]


def test_heads_that_iim_left_out_are_told(tmp_path: Path) -> None:
    dataset = nwpu_text.read(listing(tmp_path, "1 3 1 2 3 4 1 5 6 7 8 2\n2 1 1 1 1 1 0\n"), nwpu_text.ReadOptions())
    assert [len(one) for one in dataset] == [2, 1]
    assert dataset.notes == ("heads.txt: 1 lines say more heads than they hold; those that are there count",)


BOTH = "1 5 5 6 1 1 1 7 8 1 1 1\n2 0\n"


@pytest.mark.parametrize(
    ("text", "other", "columns", "counts"),
    [
        (BOTH, "points", "sizes", [2, 0]),
        (BOTH, "points", "points", [5, 0]),
        ("1 5 50 60 5 9 2 10 20 7 10 3 11 21 7 10 3\n", "scores", "scores", [5]),
    ],
)
def test_numbers_that_mean_two_things_are_asked_for(
    tmp_path: Path, text: str, other: str, columns: Literal["points", "scores", "sizes"], counts: list[int]
) -> None:
    file = listing(tmp_path, text)
    with pytest.raises(DataFormatError, match=rf"both fit; say -i columns={other} or -i columns=sizes") as caught:
        read(file)
    assert caught.value.line == 1
    assert [len(one) for one in nwpu_text.read(file, nwpu_text.ReadOptions(columns=columns))] == counts


def test_what_is_asked_for_must_be_there(tmp_path: Path) -> None:
    file = listing(tmp_path, "1 2 2 3 4 5\n2 0\n")
    with pytest.raises(DataFormatError, match=r"2 heads and 4 numbers found, expected 6 \(x y score each\)"):
        list(nwpu_text.read(file, nwpu_text.ReadOptions(columns="scores")))
    # Levels of these numbers are no levels, or no box has these radii: they are points.
    for text in ("1 5 5 6 1 1 6 7 8 1 1 1\n", "1 5 5 6 9 1 1 7 8 1 1 1\n", "1 5 5 6 1 1 1 7 8 1 1 1\n2 1 3 4\n"):
        assert len(read(listing(tmp_path, text))[0]) == 5


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("1 1 2 3\n2 x\n", 2, "'2 x' found, expected an id, the number of heads"),
        ("1 1 2 3\n2\n", 2, "'2' found, expected an id"),
        ("1 1 2 3\n2 1 4 5 6 7\n", 2, "1 heads and 4 numbers found, expected 2 (x y each)"),
        ("1 2 2 3\n", 1, "2 heads and 2 numbers found, expected 2, 3 or 5 each"),
        ("1 0 2 3\n", 1, "0 heads and 2 numbers found"),
        ("1 1 2 3\n2 1 2 3 4\n3 1 4 5\n", 2, "expected 2 (x y each)"),
        ("1 1 2 3\n2 1 2 nan\n", 2, "'nan' is no finite number"),
        ("1 1 2 3\n2 1 2 1_0\n", 2, "'1_0' is no finite number"),
        ("1 2 2 3 x 4 5\n", 1, "'x' is no finite number"),
        ("1 1 2 3\n\n1 1 4 5\n", 3, "image '1' has a line already, 1"),
        ("../1 1 2 3\n", 1, "leaves the folder"),
        ("1 1 2 3 4 4 9\n", 1, "level 9 found, expected 0 to 5"),
        ("1 0\n2 2 2 3 4 4 1 2 3 4 4 1.5\n", 2, "level 1.5 found"),
    ],
)
def test_broken_lines(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(DataFormatError) as caught:
        read(listing(tmp_path, text))
    assert caught.value.line == line
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "0 0.5 0.5 0.1 0.1\n", "1,2,3,4\n", "# a.jpg\n", "5 7\n", "812 0\n13 455\n", "a 1 x y\n", "{}\n"]
)
def test_other_texts_are_not_detected(tmp_path: Path, text: str) -> None:
    assert not nwpu_text.detect(listing(tmp_path, text))


def test_a_long_first_line_is_detected(tmp_path: Path) -> None:
    assert nwpu_text.detect(listing(tmp_path, "1 20000" + " 1000 2000" * 20_000))


# --- writing


def test_boxes_become_radii_as_in_the_published_list(tmp_path: Path) -> None:
    boxes = [[0, 0, 9, 10], [0, 0, 10, 10], [3, 3, 4.5, 90]]
    assert written(in_memory([image("s/8.png", boxes)], tmp_path), tmp_path) == (
        "8 3 4.5 5 5 7 1 5 5 5 7 1 3.75 46.5 1 44 2\n"
    )


@pytest.mark.parametrize("options", [WriteOptions(), WriteOptions(official=True), WriteOptions(columns="sizes")])
def test_a_number_too_large_for_a_list_names_its_head(tmp_path: Path, options: WriteOptions) -> None:
    far = ImageAnnotations(
        ImageInfo("b.jpg"), [[1.0, 2.0], [1e300, 5.0]], boxes=[[0.0, 0.0, 2.0, 4.0], [0.0, 0.0, 1e300, 9.0]]
    )
    dataset = in_memory([image("a.jpg"), far], tmp_path / "src")
    with pytest.raises(DataFormatError, match=r"head 2 of b\.jpg: the number 1.*is too large"):
        written(dataset, tmp_path, options)
    assert list(tmp_path.iterdir()) == []


def test_official_lists_have_whole_numbers_alone(tmp_path: Path) -> None:
    official = WriteOptions("points", official=True)
    text = written(boxes_only(), tmp_path, official)
    assert text == "1 2 3 4 1 11\n2 0\n3 1 12 6\n"
    numbered = in_memory([image("s/0301.png", points=[[1.5, 2.4]])], tmp_path)
    assert written(numbered, tmp_path, official) == "0301 1 2 2\n"


def test_scores_go_before_sizes(tmp_path: Path) -> None:
    scored = in_memory([image("s/a.png", [[0, 0, 2, 2]], extra={"score": [0.25]}), image("s/b.png")], tmp_path)
    assert written(scored, tmp_path) == "a 1 1 1 0.25\nb 0\n"
    assert written(scored, tmp_path, WriteOptions("sizes")) == "a 1 1 1 1 1 0\nb 0\n"
    assert written(scored, tmp_path, WriteOptions("points")) == "a 1 1 1\nb 0\n"


def test_equal_names_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    twice = in_memory([image("s/a.png", points=[[1, 2]]), image("t/a.png")], tmp_path)
    assert written(twice, tmp_path) == "s/a 1 1 2\nt/a 0\n"
    assert [one.info.path for one in read(tmp_path / "out.txt")] == ["s/a.jpg", "t/a.jpg"]


@pytest.mark.parametrize(
    ("heads", "options", "error", "words"),
    [
        (image("a b.png", points=[[1, 2]]), WriteOptions(), DatasetLayoutError, "'a b' in it has a blank"),
        (image("a.png", points=[[1, 2]]), WriteOptions("sizes"), LossyConversionError, "neither a box nor radii"),
        (image("a.png", points=[[1, 2]]), WriteOptions("scores"), LossyConversionError, "no score"),
        (
            image("a.png", points=[[1, 2], [3, 4]], extra={"score": [0.5, np.nan]}),
            WriteOptions(),
            LossyConversionError,
            "1 of 2 heads have a score",
        ),
    ],
)
def test_what_a_list_cannot_say(
    tmp_path: Path, heads: ImageAnnotations, options: WriteOptions, error: type[GtaHeadError], words: str
) -> None:
    with pytest.raises(error, match=words):
        written(in_memory([heads], tmp_path), tmp_path, options)
    assert not list(tmp_path.iterdir())


@given(points=st.lists(st.tuples(*[st.integers(-(10**9), 10**10).map(lambda n: n / 10**6)] * 2), max_size=5))
def test_any_points_come_back(tmp_path_factory: pytest.TempPathFactory, points: list[tuple[float, float]]) -> None:
    folder = tmp_path_factory.mktemp("points")
    written(in_memory([ImageAnnotations(ImageInfo("s/x.png"), points)], folder), folder)
    (back,) = read(folder / "out.txt")
    np.testing.assert_allclose(back.points, np.reshape(points, (-1, 2)), rtol=0, atol=1e-9)
