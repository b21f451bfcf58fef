from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from converters.formats.mot import mot
from converters.formats.options import parse_options
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, LossyConversionError
from test_converters.small_sets import DATA, assert_same_heads, boxes_only, crowds, image, write_pictures


def sequence(folder: Path, rows: str, info: str | None = "seqLength=3\nimWidth=16\nimHeight=12") -> Path:
    """A sequence with these rows."""
    (folder / "gt").mkdir(parents=True)
    (folder / "gt" / "gt.txt").write_text(rows)
    if info is not None:
        (folder / "seqinfo.ini").write_text(f"[Sequence]\n{info}\n")
    return folder


def read(path: Path, *options: str) -> list[ImageAnnotations]:
    return list(mot.read(path, parse_options(mot.ReadOptions, options)))


def write(dataset: Dataset, target: Path, *options: str) -> Path:
    mot.write(dataset, target, parse_options(mot.WriteOptions, options), "none")
    mot.finish(dataset.scenes, target)
    return target


def test_the_golden_set_is_read() -> None:
    dataset = mot.read(DATA / "tiny_mot", mot.ReadOptions())
    first, second, third = sorted(dataset, key=lambda image: image.info.name)
    assert [scene.name for scene in dataset.scenes] == ["street", "square"]
    assert (first.info.path, first.info.name, first.info.frame) == ("train/street/img1/000001.png", "a", 1)
    assert (first.info.split, third.info.split, first.info.size) == ("train", "test", (16, 12))
    np.testing.assert_array_equal(first.boxes, [[1.5, 2, 4.5, 6.25], [-1, 8, 2.125, 13]])
    np.testing.assert_array_equal(first.points, [[3, 4.125], [0.5625, 10.5]])
    assert (first.ids.tolist(), first.ignore.tolist(), len(second)) == ([7, -1], [False, True], 0)
    np.testing.assert_array_equal(first.extra["visibility"], [1, 0.25])


def test_the_golden_set_is_written_byte_for_byte(tmp_path: Path) -> None:
    written = write(mot.read(DATA / "tiny_mot", mot.ReadOptions()), tmp_path / "tiny_mot")
    expected = {path.relative_to(DATA / "tiny_mot"): path.read_bytes() for path in (DATA / "tiny_mot").rglob("*.*")}
    assert {path.relative_to(written): path.read_bytes() for path in written.rglob("*.*")} == expected


@settings(max_examples=40, deadline=None)
@given(dataset=crowds())
def test_three_decimals_come_back_unchanged(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> None:
    target = write(dataset, tmp_path_factory.mktemp("set") / "mot")
    back = mot.read(target, mot.ReadOptions())
    assert_same_heads(dataset, back, atol=1e-9)
    texts = [path.read_bytes() for path in sorted(target.rglob("gt.txt"))]
    again = write(back, target.parent / "again")
    assert [path.read_bytes() for path in sorted(again.rglob("gt.txt"))] == texts


@pytest.mark.parametrize("folder", ["", "street", "train", "train/street"])
def test_every_layout_is_found(folder: str, tmp_path: Path) -> None:
    sequence(tmp_path / "data" / folder / ("street" if folder in {"", "train"} else ""), "2,1,1,1,4,4\n")
    top = tmp_path / "data" / folder if folder.endswith("street") else tmp_path / "data"
    dataset = mot.read(top, mot.ReadOptions())
    assert mot.detect(top)
    assert [scene.name for scene in dataset.scenes] == ["street"]
    assert [len(image) for image in dataset] == [0, 1, 0]
    assert all((dataset.root / image.info.path).parent.name == "img1" for image in dataset)


@pytest.mark.parametrize("name", ["street/gt/gt.txt", "street.txt", "street.txt.gz"])
def test_a_lone_file_is_a_sequence(name: str, tmp_path: Path) -> None:
    rows = b"\xef\xbb\xbf1,1,1,1,4,4\r\n2,-1,2,2,5,5\r\n"
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(rows) if name.endswith(".gz") else rows)
    dataset = mot.read(file, mot.ReadOptions())
    assert mot.detect(file)
    assert ([scene.name for scene in dataset.scenes], dataset.source) == (["street"], file)
    assert [image.boxes.tolist() for image in dataset] == [[[0, 0, 4, 4]], [[1, 1, 6, 6]]]


@pytest.mark.parametrize(
    ("row", "ignore", "extra"),
    [
        ("1,1,1,1,4,4", False, {}),
        ("1, 1, 1, 1, 4, 4, 0", True, {}),
        ("1,1,1,1,4,4,0.5", False, {"score": 0.5}),
        ("1,1,1,1,4,4,1,1", False, {}),
        ("1,1,1,1,4,4,1,3", False, {"class": 3}),
        ("1,1,1,1,4,4,1,4,0.5", False, {"class": 4, "visibility": 0.5}),
        ("1,1,1,1,4,4,1,1,1", False, {}),
        ("1,1,1,1,4,4,1,-1,-1,-1", False, {}),
        ("1,1,1,1,4,4,1,3,2,0.5", False, {}),
        ("001,1.,1,1,4,4,-1,-1,-1,-1", False, {}),
    ],
)
def test_six_to_ten_columns(row: str, ignore: bool, extra: dict[str, float], tmp_path: Path) -> None:
    head, *_ = read(sequence(tmp_path / "s", f"{row}\n"))
    assert (head.ids.tolist(), head.boxes.tolist(), head.ignore.tolist()) == ([1], [[0, 0, 4, 4]], [ignore])
    assert {name: values.item() for name, values in head.extra.items()} == extra


@pytest.mark.parametrize(
    ("rows", "line", "value"),
    [
        ("1,1,1,1,4\n", 1, "5 columns"),
        ("1,1,1,1,4,4\n1,1,1,1,4,4,1\n", 2, "7 columns"),
        ("1,1,1,1,4,4,1,1\n1,1,1,1,4,4\n1,1,1,1,4,4,1,1,1,1\n", 2, "6 columns"),
        ("1,1,1,1,4,4\n\n1,1,x,1,4,4\n", 3, "'x'"),
        ("1,1,1,1,4,nan\n", 1, "'nan'"),
        ("1,1,1,1,4,1e999\n", 1, "'1e999'"),
        ("1,1,1,1,4,1_0\n", 1, "'1_0'"),
        ("1,1,1,1,,4\n", 1, "column 5 is empty in '1,1,1,1,,4'"),
        ("1,1,1,1,4,4\n1.5,1,1,1,4,4\n", 2, "1.5"),
        ("1,1,1,1,4,4\n1,0.5,1,1,4,4\n", 2, "0.5"),
        ("-1,1,1,1,4,4\n", 1, "frame -1"),
        ("0,1,1,1,4,4\n3,1,1,1,4,4\n", 2, "frame 3 does not exist: frames count from 0, and the sequence ends at 2"),
        ("1,9223372036854775808,1,1,4,4\n", 1, "too large; the largest is 9223372036854775807"),
        ("1,1,1,1,4,4\n4,1,1,1,4,4\n", 2, "ends at 3"),
        ('1,1,1,1,4,"4"\n', 1, '"4"'),
        ("one two three four\n", 1, "expected 6 to 10 numbers, by comma, semicolon, tab or blank"),
    ],
)
def test_a_broken_row_is_named(rows: str, line: int, value: str, tmp_path: Path) -> None:
    folder = sequence(tmp_path / "s", rows)
    with pytest.raises(DataFormatError, match=value) as caught:
        read(folder)
    assert (caught.value.path, caught.value.line) == (folder / "gt" / "gt.txt", line)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("seqinfo.ini", "seqLength=3", "Sequence"),
        ("seqinfo.ini", "[Sequence]\nimWidth=wide", "'wide'"),
        ("seqinfo.ini", "[Sequence]\nseqLength=-1", "'-1'"),
        ("seqinfo.ini", "[Sequence]\nimDir=../img1", "../img1"),
        ("frames.csv", "frame,image\n1,a.png,2\n", "1,a.png,2"),
        ("frames.csv", "frame,image\nx,a.png\n", "x,a.png"),
        ("frames.csv", "1,a.png\n2,b.png\n", "1,a.png"),
        ("frames.csv", "frame,image\n1,a.png\n1,b.png\n", "named twice"),
        ("frames.csv", "frame,image\n1,../a.png\n", "../a.png"),
        ("frames.csv", "frame,image\n9999999999,a.png\n", "9999999999,a.png"),
    ],
)
def test_a_broken_file_beside_the_rows_is_named(name: str, text: str, value: str, tmp_path: Path) -> None:
    (sequence(tmp_path / "s", "1,1,1,1,4,4\n", None) / name).write_text(text)
    with pytest.raises(DataFormatError, match=value) as caught:
        read(tmp_path / "s")
    assert caught.value.path.name == name


def test_names_of_frames_beyond_the_sequence_are_refused(tmp_path: Path) -> None:
    folder = sequence(tmp_path / "s", "1,1,1,1,4,4\n")
    (folder / "frames.csv").write_text("frame,image\n1,a.png\n4,b.png\n")
    with pytest.raises(DataFormatError, match=r"frames\.csv:3: frame 4 lies beyond the 3 frames"):
        read(folder)


def test_a_damaged_gzip_is_named(tmp_path: Path) -> None:
    folder = sequence(tmp_path / "s", "")
    (folder / "gt" / "gt.txt").rename(folder / "gt" / "gt.txt.gz")
    (folder / "gt" / "gt.txt.gz").write_bytes(gzip.compress(b"1,1,1,1,4,4\n" * 99)[:-9])
    with pytest.raises(DataFormatError, match="gzipped"):
        read(folder)


def test_the_origin_is_an_option_both_ways(tmp_path: Path) -> None:
    folder = sequence(tmp_path / "s", "1,1,10,20,4,6\n")
    (one, *_), (zero, *_) = read(folder, "origin=1"), read(folder, "origin=0")
    assert (one.boxes.tolist(), zero.boxes.tolist()) == ([[9, 19, 13, 25]], [[10, 20, 14, 26]])
    target = write(in_memory([one], tmp_path), tmp_path / "out", "origin=0")
    assert (target / "s" / "gt" / "gt.txt").read_text() == "1,1,9,19,4,6,1,1,1\n"


@pytest.mark.parametrize(
    ("info", "picture", "rows", "where"),
    [
        (None, None, "1,1,1,1,2,2\n3000000,1,1,1,2,2\n", "gt.txt:2: frame 3000000"),
        (None, "img1/1534540881.jpg", "", "img1/1534540881.jpg: frame 1534540881"),
        ("seqLength=1000001", None, "", "seqinfo.ini: seqLength: frame 1000001"),
    ],
)
def test_a_number_that_is_no_frame_is_refused_at_once(
    info: str | None, picture: str | None, rows: str, where: str, tmp_path: Path
) -> None:
    folder = sequence(tmp_path / "s", rows, info)
    if picture is not None:
        (folder / picture).parent.mkdir()
        (folder / picture).touch()
    with pytest.raises(DataFormatError, match=rf"{where} is beyond 1000000"):
        mot.read(folder, mot.ReadOptions())


def test_without_seqinfo_pictures_tell_length_and_size(tmp_path: Path) -> None:
    folder = sequence(tmp_path / "s", "1,1,1,1,4,4\n", None)
    write_pictures(folder, [image("img1/00000002.png")])
    first, second = read(folder)
    assert (first.info.size, second.info.size) == ((16, 12), (16, 12))
    assert (first.info.path, second.info.path) == ("img1/000001.jpg", "img1/00000002.png")
    (folder / "img1" / "00000002.png").unlink()
    (alone,) = read(folder)
    assert not alone.info.sized


def test_detections_are_not_read_and_sequences_without_rows_are_noted(tmp_path: Path) -> None:
    sequence(tmp_path / "train" / "a", "1,1,1,1,4,4\n")
    (tmp_path / "test" / "b" / "det").mkdir(parents=True)
    (tmp_path / "test" / "b" / "det" / "det.txt").write_text("1,1,1,1,4,4\n")
    (tmp_path / "test" / "b" / "seqinfo.ini").write_text("[Sequence]\nseqLength=1\n")
    dataset = mot.read(tmp_path, mot.ReadOptions())
    assert [scene.name for scene in dataset.scenes] == ["a"]
    assert "1 sequences without gt/gt.txt: b" in dataset.notes[0]


def test_one_sequence_in_two_splits_makes_two_scenes(tmp_path: Path) -> None:
    mixed = in_memory([image("s/1.png", [[0, 0, 4, 4]], split="train"), image("s/2.png", split="test")], tmp_path)
    dataset = mot.read(write(mixed, tmp_path / "out"), mot.ReadOptions())
    assert [(scene.name, scene.split) for scene in dataset.scenes] == [("train_s", "train"), ("test_s", "test")]
    assert [image.info.name for image in dataset] == ["1", "2"]


def test_frames_are_numbered_and_pictures_linked(tmp_path: Path) -> None:
    dataset = boxes_only(write_pictures(tmp_path / "in", boxes_only()))
    mot.write(dataset, tmp_path / "out", mot.WriteOptions(), "link")
    picture = tmp_path / "out" / "street" / "img1" / "000002.png"
    assert not picture.is_symlink()
    assert picture.samefile(tmp_path / "in" / "street" / "b.png")
    assert [image.info.name for image in read(tmp_path / "out" / "street")] == ["a", "b"]


def test_writing_again_keeps_anchors_and_files_of_others(tmp_path: Path) -> None:
    target = write(boxes_only(), tmp_path / "out") / "street"
    for name in ("anchors.json", "det/det.txt", "img1/000009.jpg"):
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(name)
    write(boxes_only(), target.parent)
    kept = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    assert kept == ["anchors.json", "det/det.txt", "frames.csv", "gt/gt.txt", "seqinfo.ini"]


def test_sequence_lists_grow(tmp_path: Path) -> None:
    dataset = boxes_only(split="train")
    for scene in ("street", "square"):
        write(dataset.only([scene]), tmp_path / "GTA")
    assert (tmp_path / "GTA" / "seqmaps" / "GTA-train.txt").read_text() == "name\nsquare\nstreet\n"


@pytest.mark.parametrize(
    ("dataset", "error", "problem"),
    [
        (in_memory([image("s/a.png", points=[[1, 2]])], Path()), LossyConversionError, "interpolate-boxes"),
        (in_memory([image("a.png", scene="../s")], Path()), DataFormatError, "leaves the folder"),
        (in_memory([image("a.png", scene="boxes")], Path()), DatasetLayoutError, "pass over"),
        (in_memory([image("s/a.png"), image("s/b.png", width=9)], Path()), ConfigError, "9x12 and 16x12"),
        (in_memory([image("s/a.png", [[0, 0, 1e300, 1]])], Path()), DataFormatError, "1e"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(
    dataset: Dataset, error: type[Exception], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=problem):
        write(dataset, tmp_path / "out")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["image.png", "notes.txt", "heads.csv"])
def test_other_files_are_not_taken_for_rows(name: str, tmp_path: Path) -> None:
    write_pictures(tmp_path, [image("image.png")])
    (tmp_path / "notes.txt").write_text("six words, and, some, commas, in, it\n")
    shutil.copy(DATA / "tiny_csv" / "heads.csv", tmp_path)
    assert not mot.detect(tmp_path / name)


@pytest.mark.samples
def test_the_sample_of_datumaro_is_read(samples: Path) -> None:
    (head,) = read(samples / "generic_formats" / "mot_dataset" / "mot_seq_with_seqinfo")
    assert (head.info.size, head.info.facts["frame_rate"], head.boxes.tolist()) == ((16, 16), 10, [[-1, 3, 3, 11]])
    assert (head.ids.tolist(), head.ignore.tolist()) == ([-1], [False])


@pytest.mark.parametrize("here", [True, False])
def test_the_folder_of_the_rows_means_its_sequence(here: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gt = sequence(tmp_path / "street", "2,-1,1,1,4,4,1\n") / "gt"
    monkeypatch.chdir(gt)
    (frame,) = (one for one in read(Path() if here else gt) if len(one))
    assert (frame.info.scene, frame.info.path) == ("street", "img1/000002.jpg")
