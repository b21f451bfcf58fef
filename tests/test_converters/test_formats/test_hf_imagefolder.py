"""Hugging Face's imagefolder: what is written, what comes back, other spellings, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from converters.formats import hf_imagefolder
from converters.formats.options import NoOptions, parse_options
from converters.formats.registry import detect_format
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import GtaHeadError
from test_converters.small_sets import assert_same_heads, crowds, image, write_pictures

BOX = [1, 2, 4, 6]
XYWH = [1, 2, 3, 4]


def folder(root: Path, files: Mapping[str, object], *pictures: str) -> Path:
    """A folder with these files of lines, each an object or a text, and pictures."""
    for name, lines in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        texts = lines if isinstance(lines, list) else [lines]
        (root / name).write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in texts))
    for name in pictures:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (16, 12)).save(root / name)
    return root


def line(name: str, **objects: object) -> dict[str, object]:
    return {"file_name": name, "objects": {"bbox": [XYWH], "categories": [0], **objects}}


def read(path: Path, *options: str) -> Dataset:
    return hf_imagefolder.read(path, parse_options(hf_imagefolder.ReadOptions, options))


def write(dataset: Dataset, out: Path, images: str = "none") -> Path:
    hf_imagefolder.write(dataset, out, NoOptions(), images)  # type: ignore[arg-type]  # a mode
    return out


def told(dataset: Dataset) -> dict[str, tuple[str | None, list[list[float]]]]:
    """Split and boxes of each picture, by its place."""
    return {one.info.path: (one.info.split, one.boxes.tolist()) for one in dataset}


def test_what_is_written(tmp_path: Path) -> None:
    images = [
        image("street/a.png", [BOX, [5, 5, 6, 7.5]], split="train"),
        image("train/b.png", split="train"),
        image("hall/c.png", points=[[3, 3]], split="val", ids=[7], ignore=[True], extra={"score": [0.5]}),
        image("d.png", width=0, height=0),
    ]
    out = write(in_memory(images, write_pictures(tmp_path, images[:3])), tmp_path / "out")
    train = [json.loads(text) for text in (out / "train/metadata.jsonl").read_text().splitlines()]
    assert train == [
        {
            "file_name": "street/a.png",
            "width": 16,
            "height": 12,
            "objects": {"bbox": [XYWH, [5, 5, 1, 2.5]], "categories": [0, 0]},
        },
        {"file_name": "b.png", "width": 16, "height": 12, "objects": {"bbox": [], "categories": []}},
    ]
    (val,) = [json.loads(text) for text in (out / "val/metadata.jsonl").read_text().splitlines()]
    assert val["objects"] == {
        "bbox": [[2.5, 2.5, 1, 1]],
        "categories": [0],
        "box_known": [False],
        "points": [[3, 3]],
        "track_id": [7],
        "iscrowd": [1],
        "score": [0.5],
    }
    assert_same_heads(images, read(out))
    assert {one.info.name: (one.info.split, one.info.size) for one in read(out)} == {
        "a": ("train", (16, 12)),
        "b": ("train", (16, 12)),
        "c": ("val", (16, 12)),
        "d": (None, (0, 0)),
    }


@settings(max_examples=40, deadline=None)
@given(dataset=crowds())
def test_all_columns_come_back(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> None:
    out = write(dataset, tmp_path_factory.mktemp("set") / "out")
    assert_same_heads(dataset, read(out), atol=2e-6)


@pytest.mark.parametrize(
    ("files", "pictures", "expected"),
    [
        ({"metadata.jsonl": line("a.jpg")}, ["a.jpg", "b.jpg"], {"a.jpg": (None, [BOX]), "b.jpg": (None, [])}),
        (
            {"train/metadata.jsonl": line("x/a.jpg"), "validation/metadata.jsonl": line("a.jpg")},
            ["train/x/a.JPG", "validation/a.jpg"],
            {"train/x/a.JPG": ("train", [BOX]), "validation/a.jpg": ("val", [BOX])},
        ),
        ({"data/test/metadata.jsonl": line("a.jpg")}, ["data/test/a.jpg"], {"data/test/a.jpg": ("test", [BOX])}),
        (
            {"metadata.jsonl": [line("train/a.jpg"), line("test/a.jpg")]},
            ["train/a.jpg", "test/a.jpg", "test/b.jpg"],
            {"train/a.jpg": ("train", [BOX]), "test/a.jpg": ("test", [BOX]), "test/b.jpg": ("test", [])},
        ),
        ({"data/metadata.jsonl": [line("a.jpg"), ""]}, ["data/a.jpg"], {"data/a.jpg": (None, [BOX])}),
    ],
)
def test_layouts(
    tmp_path: Path,
    files: dict[str, object],
    pictures: list[str],
    expected: dict[str, tuple[str | None, list[list[float]]]],
) -> None:
    root = folder(tmp_path / "set", files, *pictures)
    assert detect_format(root) == "hf_imagefolder"
    assert told(read(root)) == expected
    assert detect_format(root / next(iter(files))) == "hf_imagefolder"


@pytest.mark.parametrize(
    "objects",
    [
        {"bbox": [XYWH], "category": ["head"], "id": [5], "area": [12]},
        {"bbox": [["1", 2, 3.0, 4]], "category_id": [3]},
        {"bbox": [XYWH], "label": ["Head"], "track_id": [None]},
        [{"bbox": XYWH, "category": "head"}],
        {"bbox": [XYWH]},
    ],
)
def test_other_spellings(tmp_path: Path, objects: object) -> None:
    dataset = read(folder(tmp_path, {"metadata.jsonl": {"file_name": "a.jpg", "objects": objects, "image_id": 4}}))
    assert told(dataset) == {"a.jpg": (None, [BOX])}
    assert dataset.notes == ()


def test_categories_are_chosen(tmp_path: Path) -> None:
    rows = line("a.jpg", bbox=[XYWH, XYWH, XYWH], categories=["person", "head", "person"])
    root = folder(tmp_path, {"metadata.jsonl": rows})
    assert len(next(iter(read(root)))) == 1
    assert "left out: 'person' (2)" in read(root).notes[0]
    assert len(next(iter(read(root, "category=person")))) == 2


def test_unknown_values(tmp_path: Path) -> None:
    rows = line("a.jpg", bbox=[XYWH, XYWH], categories=[0, 0], score=[None, 0.5], track_id=[None, 3], iscrowd=[None, 1])
    (one,) = read(folder(tmp_path, {"metadata.jsonl": rows}))
    np.testing.assert_array_equal(one.extra["score"], [np.nan, 0.5])
    assert (one.ids.tolist(), one.ignore.tolist()) == ([-1, 3], [False, True])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"objects": {"bbox": []}}, "file_name"),
        (line("a.jpg", bbox=[[1, 2, 3]]), "bbox"),
        (line("a.jpg", bbox=[[1, 2, 3, "x"]]), "bbox"),
        (line("a.jpg", bbox=[[1, 2, 3, "nan"]]), "bbox"),
        (line("a.jpg", categories=[0, 0]), "objects.categories has 2 values, objects.bbox 1"),
        (line("a.jpg", points=[]), "objects.points has 0 values"),
        (line("../a.jpg"), "'../a.jpg' leaves the folder"),
        (line("b.jpg"), "'b.jpg' has a line already, 1"),
        ({**line("a.jpg"), "width": -5}, "width"),
        ('{"file_name": "a.jpg", "objects": {"bbox": [[1, 2, 3, 1e999]]}}', "bbox"),
        ('{"file_name": "a.jpg"', "JSON"),
        (f'{{"file_name": "a.jpg", "objects": {"[" * 3000}', "objects[0]"),
        ("[]", "expected"),
    ],
)
def test_wrong_lines_are_named(tmp_path: Path, wrong: object, words: str) -> None:
    root = folder(tmp_path, {"metadata.jsonl": [line("b.jpg"), "", wrong]})
    with pytest.raises(GtaHeadError) as caught:
        read(root)
    assert f"{root / 'metadata.jsonl'}:3" in str(caught.value)
    assert words in str(caught.value)


def test_captions_are_no_heads(tmp_path: Path) -> None:
    with pytest.raises(GtaHeadError, match='no line has "objects"'):
        read(folder(tmp_path, {"metadata.jsonl": {"file_name": "a.jpg", "text": "a street"}}))


def test_two_files_with_a_line_for_one_picture(tmp_path: Path) -> None:
    files = {"metadata.jsonl": line("train/a.jpg"), "train/metadata.jsonl": line("a.jpg")}
    with pytest.raises(GtaHeadError, match=r"two metadata\.jsonl have a line for it"):
        read(folder(tmp_path, files, "train/a.jpg"))


def test_pictures_are_placed(tmp_path: Path) -> None:
    images: list[ImageAnnotations] = [image("s/a.png", [BOX], split="test")]
    out = write(in_memory(images, write_pictures(tmp_path, images)), tmp_path / "out", "link")
    assert (out / "test/s/a.png").is_file()
    assert told(read(out)) == {"test/s/a.png": ("test", [BOX])}


def test_names_that_would_meet_are_refused(tmp_path: Path) -> None:
    images = [image("a.png", split="train"), image("train/a.png")]
    with pytest.raises(GtaHeadError, match=r"two would both be written as 'train/a\.png'"):
        write(in_memory(images, tmp_path), tmp_path / "out")


def test_pictures_without_a_split_in_the_folder_of_one(tmp_path: Path) -> None:
    images = [image("a.png", [BOX], split="test"), image("test/b/c.png", [BOX]), image("train/d.png", [BOX])]
    out = write(in_memory(images, write_pictures(tmp_path, images)), tmp_path / "out", "link")
    assert {place: split for place, (split, _) in told(read(out)).items()} == {
        "test/a.png": "test",
        "test/b/c.png": None,
        "train/d.png": None,
    }
    assert_same_heads(images, read(out))
