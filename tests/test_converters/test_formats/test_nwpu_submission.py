"""Submissions to NWPU-Crowd: the lines of the list, and what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from converters.convert import ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.formats import nwpu_submission
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, GtaHeadError, LossyConversionError
from test_converters.small_sets import image, write_pictures

LIST = "3610 1 2\r\n3611\n\n0007.jpg 0 0\n"
PREDICTED = [
    image("s/0007.png", points=[[1.5, 2.49], [16, 12]]),
    image("t/03610.png", points=[[0, 3]]),
    image("3611.png"),
]


@pytest.fixture(autouse=True)
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test.txt").write_text(LIST, newline="")
    return tmp_path / "test.txt"


def write(images: list[ImageAnnotations], target: str = "out.txt", **options: str) -> str:
    chosen = nwpu_submission.WriteOptions(**{"list": "test.txt", **options})  # type: ignore[arg-type]  # as typed
    nwpu_submission.write(in_memory(images, Path("/nowhere")), Path(target), chosen, "none")
    return (Path(target) if target.endswith(".txt") else Path(target) / "heads.txt").read_text()


def test_every_id_has_its_line_in_the_order_of_the_list() -> None:
    assert write(PREDICTED) == "3610 1 0 3\n3611 0\n0007 2 2 2 16 12\n"
    assert write(PREDICTED, "folder") == Path("out.txt").read_text()
    name, dataset = read_dataset(Path("out.txt"))
    assert (name, {one.info.name: len(one) for one in dataset}) == ("nwpu_text", {"0007": 2, "3610": 1, "3611": 0})
    assert [len(one) for one in read_dataset(Path("folder"), format_name="nwpu-submission")[1]] == [2, 1, 0]


def test_a_list_is_needed() -> None:
    with pytest.raises(ConfigError, match=r"-o list=test\.txt"):
        write(PREDICTED, list="")
    with pytest.raises(DatasetLayoutError, match=r"gone\.txt: cannot be read"):
        write(PREDICTED, list="gone.txt")
    Path("empty.txt").write_text("\n")
    with pytest.raises(DataFormatError, match="lists no image"):
        write(PREDICTED, list="empty.txt")
    assert not Path("out.txt").exists()


def test_an_id_stands_once_in_a_list(listed: Path) -> None:
    listed.write_text("3610\n3611\n3610 1 1\n")
    with pytest.raises(DataFormatError, match="'3610' stands in line 1 already") as caught:
        write(PREDICTED)
    assert (str(caught.value.path), caught.value.line) == ("test.txt", 3)


def test_images_that_are_missing_are_refused_or_empty() -> None:
    with pytest.raises(DatasetLayoutError, match=r"2 of its 3 images are not in .*: '3610'; .* -o missing=empty"):
        write(PREDICTED[2:])
    assert write(PREDICTED[:1], missing="empty") == "3610 0\n3611 0\n0007 2 2 2 16 12\n"


@pytest.mark.parametrize("name", ["9.png", "x.png", "7.png"])
def test_images_that_are_not_listed_are_refused(name: str) -> None:
    with pytest.raises(DatasetLayoutError, match=rf"1 of 4 images are not in test\.txt, the first: '{name[0]}'"):
        write([*PREDICTED, image(name)])


def test_two_images_of_one_id_are_refused() -> None:
    with pytest.raises(DatasetLayoutError, match="'0007'"):
        write([*PREDICTED, image("0007.jpg")])


@pytest.mark.parametrize("point", [(-0.1, 3), (3, 12.5), (33, 24)])
def test_points_outside_are_refused(point: tuple[float, float]) -> None:
    images = [*PREDICTED[1:], image("0007.png", points=[[1, 1], point])]
    with pytest.raises(DataFormatError, match=r"1 of 2 points lie outside of the picture, 16 x 12, .* scale") as caught:
        write(images)
    assert caught.value.record == "0007.png"
    assert not Path("out.txt").exists()


def test_points_need_a_picture_of_known_size() -> None:
    with pytest.raises(DatasetLayoutError, match="size is unknown"):
        write([*PREDICTED[:2], image("3611.png", width=0, height=0)])


def test_predictions_with_scores_are_converted(tmp_path: Path) -> None:
    Path("found.txt.gz").write_bytes(gzip.compress(b"7 1 3.5 4 0.25\n3610 0\n3611 2 5 6 0.5 7 8 0.75\n"))
    options = ConvertOptions(to="nwpu-submission", out=Path("out.txt"), write_options=["list=test.txt"])
    with pytest.raises(GtaHeadError, match="size is unknown"):
        convert(Path("found.txt.gz"), options)
    write_pictures(tmp_path / "images", [image(f"{name}.jpg") for name in ("0007", "3610", "3611")])
    with pytest.raises(LossyConversionError, match=r"nwpu_submission cannot hold score \(3\)"):
        convert(Path("found.txt.gz"), options)
    report = convert(
        Path("found.txt.gz"),
        ConvertOptions(to="nwpu-submission", out=Path("out.txt"), write_options=["list=test.txt"], allow_lossy=True),
    )
    assert (report.images, report.heads, report.dropped) == (3, 3, {"score": 3})
    assert Path("out.txt").read_text() == "3610 0\n3611 2 5 6 7 8\n0007 1 4 4\n"


@pytest.mark.samples
def test_the_list_of_the_validation_set(samples: Path, tmp_path: Path) -> None:
    truth = read_dataset(samples / "nwpu_val" / "val_gt_loc.txt.gz")[1]
    sized = [image(f"{one.info.name}.jpg", points=one.points, width=20000, height=20000) for one in truth]
    ids = [one.info.name for one in reversed(sized)]
    (tmp_path / "test.txt").write_text("".join(f"{name} 0 1\n" for name in ids))
    lines = write(sized).splitlines()
    assert [line.split()[0] for line in lines] == ids
    assert sum(int(line.split()[1]) for line in lines) == 196_238
    assert sum(line.endswith(" 0") and len(line.split()) == 2 for line in lines) == 35
