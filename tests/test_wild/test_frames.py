"""Frames that exist: those with a picture, a row, or within a stated length; rows and pictures that are one off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from PIL import Image

from test_converters.test_formats.test_mall import write_mall
from test_wild.verbs import ghtools, rows, scores


def sequence(folder: Path, *, frames: Iterable[int], pictures: Iterable[str] = (), length: int | None = None) -> Path:
    """A sequence with one head in each of these frames."""
    (folder / "gt").mkdir(parents=True)
    (folder / "gt" / "gt.txt").write_text("".join(f"{frame},{frame + 1},11,11,10,10,1,1,1\n" for frame in frames))
    for name in pictures:
        (folder / "img1").mkdir(exist_ok=True)
        Image.new("RGB", (64, 48)).save(folder / "img1" / name)
    if length is not None:
        (folder / "seqinfo.ini").write_text(f"[Sequence]\nseqLength={length}\nimWidth=64\nimHeight=48\n")
    return folder


def converted(source: str | Path, *options: str) -> dict[str, int]:
    """Heads of each image."""
    done = ghtools("convert", source, "out.csv", "--to", "csv", "--force", *options)
    assert done.exit_code == 0, done.output
    heads: dict[str, int] = {}
    for row in rows(Path("out.csv")):
        heads[row["image"]] = heads.get(row["image"], 0) + (row["x"] != "")
    return heads


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_frames_without_picture_and_row_do_not_exist(case: Callable[[str], Path]) -> None:
    case("01-mot-sparse-frames")
    found = scores("pred", "truth")
    assert (found["images"], found["mae"], found["rmse"]) == (2, 0.5, pytest.approx(0.5**0.5))
    assert converted("truth") == {"img1/000060.jpg": 1, "img1/000120.jpg": 1}


def test_sparse_numbers_are_kept_when_they_are_written(case: Callable[[str], Path]) -> None:
    Path.rename(case("01-mot-sparse-frames") / "truth", "street")
    assert ghtools("convert", "street", "out", "--to", "mot").exit_code == 0
    written = Path("out/street")
    assert [line.split(",")[0] for line in (written / "gt/gt.txt").read_text().splitlines()] == ["60", "120"]
    assert sorted(path.name for path in (written / "img1").iterdir()) == ["000060.jpg", "000120.jpg"]
    assert "seqLength=120" in (written / "seqinfo.ini").read_text()
    found = scores("out", "street")
    assert (found["images"], found["mae"]) == (2, 0)


@pytest.mark.parametrize("name", ["{:06d}.jpg", "frame_{:06d}.jpg", "img_{}.jpg", "cam1_{:03d}_left.png", "{}.jpeg"])
@pytest.mark.parametrize("first", [0, 1, 60])
def test_pictures_belong_to_rows_of_their_number(name: str, first: int, here: Path) -> None:
    frames = range(first, first + 3)
    sequence(here / "s", frames=[frames[0], frames[2]], pictures=map(name.format, frames))
    expected = dict(zip((f"img1/{name.format(frame)}" for frame in frames), (1, 0, 1), strict=True))
    assert converted("s") == expected


@pytest.mark.parametrize(
    ("frames", "pictures", "first", "aligned"),
    [
        ([1, 2, 3], [0, 1, 2], 1, [1, 1, 1]),
        ([0, 1, 2], [1, 2, 3], 0, [1, 1, 1]),
        ([0, 2], [1, 2, 3], 0, [1, 0, 1]),
        ([3, 5, 9], [4, 6, 10], 3, [1, 1, 1]),
    ],
)
def test_rows_and_pictures_that_are_one_off_are_refused(
    frames: list[int], pictures: list[int], first: int, aligned: list[int], here: Path
) -> None:
    sequence(here / "s", frames=frames, pictures=[f"{number:06d}.jpg" for number in pictures])
    done = ghtools("convert", "s", "out.csv", "--to", "csv")
    assert done.exit_code == 1
    assert "one off" in done.output
    assert f"-i first_frame={first} takes frame {first} for picture {pictures[0]}" in done.output
    names = [f"img1/{number:06d}.jpg" for number in pictures]
    assert converted("s", "-i", f"first_frame={first}") == dict(zip(names, aligned, strict=True))


def test_pictures_from_zero_that_have_rows_of_their_number_are_told(here: Path) -> None:
    sequence(here / "s", frames=[1, 2], pictures=["000000.jpg", "000001.jpg", "000002.jpg"])
    assert list(converted("s").values()) == [0, 1, 1]
    told = ghtools("convert", "s", "out.csv", "--to", "csv", "--force").output
    assert "pictures count from 0 and no row is of frame 0" in told
    assert "-i first_frame=1" in told


@pytest.mark.parametrize("pictures", [True, False])
def test_a_sequence_that_ends_without_heads_is_not_shorter(pictures: bool, here: Path) -> None:
    names = [f"{number:06d}.jpg" for number in range(1, 6)] if pictures else []
    sequence(here / "s", frames=[1, 2], pictures=names, length=None if pictures else 5)
    assert list(converted("s", "-i", "origin=1").values()) == [1, 1, 0, 0, 0]


def test_two_pictures_of_one_frame_are_refused(here: Path) -> None:
    sequence(here / "s", frames=[1], pictures=["1.jpg", "000001.jpg"])
    done = ghtools("convert", "s", "out.csv", "--to", "csv")
    assert done.exit_code == 1
    assert "pictures '000001.jpg' and '1.jpg' are of one frame; rename or remove one" in done.output


def test_pictures_without_a_number_of_their_own_are_told(here: Path) -> None:
    sequence(here / "s", frames=[1], pictures=["left.jpg", "right.jpg"])
    told = ghtools("convert", "s", "out.csv", "--to", "csv").output
    assert "no picture in img1 is taken for that of a frame" in told


@pytest.mark.parametrize("name", ["{:06d}.jpg", "frame_{:06d}.jpg", "img_{}.png", "{:03d}.jpg"])
def test_a_result_without_rows_for_the_last_frames_found_nothing_there(name: str, here: Path) -> None:
    sequence(here / "street", frames=range(1, 6), pictures=[name.format(frame) for frame in range(1, 6)])
    sequence(here / "found", frames=[1, 3])
    (here / "found/gt/gt.txt").rename(here / "result.txt")
    found = scores("result.txt", "street")
    assert (found["images"], found["mae"]) == (5, 3 / 5)
    told = ghtools("evaluate", "result.txt", "street").output
    assert "result.txt: no rows for 3 of 5 images, in which no heads were found then" in told


def test_a_result_is_scored_by_truth_of_another_format(here: Path) -> None:
    sequence(here / "street", frames=range(1, 4), length=3)
    ghtools("convert", "street", "street.json", "--to", "coco", "--images", "none")
    (here / "result.txt").write_text("2,1,11,11,10,10,0.5,-1,-1,-1\n")
    found = scores("result.txt", "street.json")
    assert (found["images"], found["mae"]) == (3, 2 / 3)


def test_a_result_for_a_frame_that_the_truth_lacks_is_refused(here: Path) -> None:
    sequence(here / "street", frames=range(1, 4), length=3)
    (here / "result.txt").write_text("2,1,11,11,10,10,0.5,-1,-1,-1\n4,1,11,11,10,10,0.5,-1,-1,-1\n")
    done = ghtools("evaluate", "result.txt", "street")
    assert done.exit_code == 1
    assert "has no image 'img1/000004.jpg' of result.txt (1 of 2 are missing)" in done.output


def test_rows_that_count_from_zero_are_scored_by_an_option(here: Path) -> None:
    sequence(here / "street", frames=range(1, 4), length=3)
    (here / "result.txt").write_text("0,1,11,11,10,10,0.5\n1,1,11,11,10,10,0.5\n2,1,11,11,10,10,0.5\n")
    done = ghtools("evaluate", "result.txt", "street")
    assert done.exit_code == 1
    assert scores("result.txt", "street", "-i", "first_frame=0,1")["mae"] == 0


def test_scenes_that_the_result_lacks_are_missing(here: Path) -> None:
    for name in ("a", "b"):
        sequence(here / "set" / name, frames=range(1, 4), length=3)
    sequence(here / "found" / "a", frames=[2])
    done = ghtools("evaluate", "found", "set")
    assert done.exit_code == 1
    assert "has no image 'b/img1/000001.jpg' of set (3 of 6 are missing)" in done.output


def test_frames_of_mall_belong_to_those_of_rows(here: Path) -> None:
    (here / "mall").mkdir()
    write_mall(here / "mall", [[[16, 16]], [[20, 20], [30, 30]], [[16, 16]]])
    (here / "result.txt").write_text("1,1,12,12,10,10,0.5\n3,1,12,12,10,10,0.5\n")
    found = scores("result.txt", "mall")
    assert (found["images"], found["mae"], found["distances"]["recall"]) == (3, 2 / 3, 0.5)


def test_a_folder_of_results_is_scored_by_its_sequences(here: Path) -> None:
    for name in ("a", "b"):
        sequence(here / "set" / name, frames=range(1, 4), length=3)
        sequence(here / "made", frames=[1, 3])
        (here / "results").mkdir(exist_ok=True)
        (here / "made/gt/gt.txt").rename(here / "results" / f"{name}.txt")
        (here / "made/gt").rmdir()
        (here / "made").rmdir()
    found = scores("results", "set")
    assert (found["images"], found["mae"], found["distances"]["precision"]) == (6, 2 / 6, 1)
    (here / "results" / "notes.txt").write_text("these are words\n")
    assert "no known format recognised" in ghtools("evaluate", "results", "set").output


def test_pictures_of_one_name_in_two_videos_are_two(here: Path) -> None:
    sequence(here / "set/a", frames=[1, 2], pictures=["frame_1.jpg", "frame_2.jpg"])
    sequence(here / "set/b", frames=[1, 2], length=2)
    sequence(here / "found/a", frames=[1, 2])
    sequence(here / "found/b", frames=[1])
    found = scores("found", "set")
    assert (found["images"], found["mae"]) == (4, 1 / 4)


def test_frames_that_a_length_alone_states_are_told(here: Path) -> None:
    sequence(here / "s", frames=[60], pictures=["000060.jpg", "000120.jpg"], length=120)
    assert len(converted("s")) == 120
    told = ghtools("convert", "s", "out.csv", "--to", "csv", "--force").output
    assert "s: 118 frames have neither picture nor row, but lie within the 120 of seqinfo.ini" in told
