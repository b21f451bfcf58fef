"""Pictures stored turned: their heads stay on what they were drawn on, whatever the verb."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from converters.datasets.read import read_dataset
from converters.files.pictures.pictures import read_image
from test_wild.painted import HEAD, SIZE, coco, csv, pixels, red_box, store
from test_wild.verbs import ghtools

QUARTERS = (5, 6, 7, 8)


def delivered(source: Path, *options: str) -> tuple[list[int], list[float], tuple[str, ...]]:
    """Where the head is in the pixels that readers get, where its box is, and the notes; of the first image."""
    _, dataset = read_dataset(source, options=options)
    image = next(iter(dataset))
    assert image.info.size == dataset.scenes[0].images[0].size
    shown = read_image(dataset.root, image.info, dataset.compose)
    return red_box(shown.astype(np.int64)), image.boxes[0].tolist(), dataset.notes


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("orientation", QUARTERS)
def test_a_declared_size_says_that_labels_are_of_the_turned_view(orientation: int, suffix: str, tmp_path: Path) -> None:
    store(tmp_path / f"phone{suffix}", orientation)
    head, box, notes = delivered(coco(tmp_path / "set.json", {f"phone{suffix}": SIZE}))
    assert head == box == list(HEAD)
    assert len(notes) == 1
    assert f"1 picture with an EXIF orientation (phone{suffix}: {orientation})" in notes[0]
    assert "turned view" in notes[0]


@pytest.mark.parametrize("orientation", QUARTERS)
def test_a_declared_size_says_that_labels_are_of_the_stored_pixels(orientation: int, tmp_path: Path) -> None:
    stored = red_box(pixels(store(tmp_path / "phone.png", orientation)))
    labels = coco(tmp_path / "set.json", {"phone.png": SIZE[::-1]}, head=(stored[0], stored[1], stored[2], stored[3]))
    head, box, notes = delivered(labels)
    assert head == box == stored
    assert len(notes) == 1
    assert "stored pixels" in notes[0]


@pytest.mark.parametrize("orientation", range(2, 9))
def test_without_a_size_stored_pixels_are_taken_and_told_how_to_decide(orientation: int, tmp_path: Path) -> None:
    stored = red_box(pixels(store(tmp_path / "images" / "phone.png", orientation)))
    csv(tmp_path / "heads.csv", ["phone.png"])
    head, box, notes = delivered(tmp_path)
    assert head == stored
    assert box == list(HEAD)
    assert len(notes) == 1
    assert "-i exif=apply" in notes[0]
    assert "-i exif=ignore" in notes[0]
    head, box, notes = delivered(tmp_path, "exif=apply")
    assert (head, box, notes) == (list(HEAD), list(HEAD), ())
    assert delivered(tmp_path, "exif=ignore") == (stored, list(HEAD), ())


@pytest.mark.parametrize("orientation", [2, 3, 4])
def test_a_half_turn_cannot_be_told_by_its_size(orientation: int, tmp_path: Path) -> None:
    stored = red_box(pixels(store(tmp_path / "phone.png", orientation)))
    labels = coco(tmp_path / "set.json", {"phone.png": SIZE})
    head, _, notes = delivered(labels)
    assert head == stored
    assert "-i exif=apply" in notes[0]
    assert delivered(labels, "exif=apply")[0] == list(HEAD)


def test_a_square_picture_cannot_be_told_by_its_size(tmp_path: Path) -> None:
    store(tmp_path / "phone.png", 6, size=(80, 80))
    labels = coco(tmp_path / "set.json", {"phone.png": (80, 80)})
    assert "-i exif=apply" in delivered(labels)[2][0]
    assert delivered(labels, "exif=apply")[0] == list(HEAD)


def test_a_data_set_may_hold_turned_and_other_pictures(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(1, 7)]
    for number, name in enumerate(names):
        store(tmp_path / name, (1, 6, 1, 8, 3, 6)[number])
    sizes = dict.fromkeys(names, SIZE) | {"6.png": SIZE[::-1]}
    _, dataset = read_dataset(coco(tmp_path / "set.json", sizes))
    upright = [image.info for image in dataset if image.info.path in names[:4]]
    heads = [red_box(read_image(dataset.root, info).astype(np.int64)) for info in upright]
    assert heads == [list(HEAD)] * 4
    assert [note.partition(":")[0] for note in dataset.notes] == [
        "2 pictures with an EXIF orientation (2.png",
        "1 picture with an EXIF orientation (6.png",
        "1 picture with an EXIF orientation (5.png",
    ]


def test_05_a_training_folder_has_the_head_where_its_labels_say(case: Callable[[str], Path]) -> None:
    folder = case("05-iim-turned-picture")
    done = ghtools("convert", "set", "out", "--to", "iim", "-o", "resize=false")
    assert done.exit_code == 0, done.stderr
    assert done.stderr.count("EXIF orientation") == 1
    told = json.loads(next((folder / "out" / "jsons").iterdir()).read_text())
    found = red_box(pixels(next((folder / "out" / "images").iterdir())))
    assert np.abs(np.subtract(told["boxes"][0], found)).max() <= 1
    mask = pixels(next((folder / "out" / "masks").iterdir()))
    assert mask.shape == pixels(next((folder / "out" / "images").iterdir())).shape
    assert ghtools("render", "set", "overlays").exit_code == 0


def test_07_stored_pixels_are_told_once_and_can_be_turned(case: Callable[[str], Path]) -> None:
    folder = case("07-orientation-tag")
    stored = red_box(pixels(folder / "set" / "images" / "phone.jpg"))
    for verb in (("render", "set", "overlays"), ("convert", "set", "plain", "--to", "coco")):
        done = ghtools(*verb)
        assert done.exit_code == 0, done.stderr
        assert done.stderr.count("-i exif=apply") == 1
    done = ghtools("convert", "set", "turned", "--to", "coco", "-i", "exif=apply")
    assert done.exit_code == 0, done.stderr
    told = json.loads(next((folder / "turned" / "annotations").iterdir()).read_text())
    picture = folder / "turned" / "images" / "phone.jpg"
    x, y, width, height = told["annotations"][0]["bbox"]
    assert np.abs(np.subtract(red_box(pixels(picture)), [x, y, x + width, y + height])).max() <= 1
    assert pixels(picture).shape[:2] == (told["images"][0]["height"], told["images"][0]["width"])
    assert stored != red_box(pixels(picture))


@pytest.mark.parametrize("to", ["csv", "coco", "mot", "nwpu_text", "density", "iim"])
@pytest.mark.parametrize("orientation", [3, 5, 6])
def test_what_is_written_needs_no_tag(to: str, orientation: int, tmp_path: Path) -> None:
    store(tmp_path / "set" / "phone.png", orientation)
    coco(tmp_path / "set" / "set.json", {"phone.png": SIZE})
    more = ("-o", "resize=false") if to == "iim" else ()
    done = ghtools(
        "convert", tmp_path / "set", tmp_path / "out", "--to", to, "-i", "exif=apply", "--allow-lossy", *more
    )
    assert done.exit_code == 0, done.stderr
    written = (path for path in (tmp_path / "out").rglob("*") if path.suffix in {".png", ".jpg"})
    picture = next(path for path in written if "masks" not in path.parts)
    assert np.abs(np.subtract(red_box(pixels(picture)), HEAD)).max() <= 1
    options = ("points=none",) if to == "density" else ()
    assert read_dataset(tmp_path / "out", options=options)[1].notes == () or to == "density"


def test_a_source_picture_stays_as_it_is(tmp_path: Path) -> None:
    picture = store(tmp_path / "set" / "phone.jpg", 6)
    before = picture.read_bytes()
    coco(tmp_path / "set" / "set.json", {"phone.jpg": SIZE})
    assert ghtools("convert", tmp_path / "set", tmp_path / "out", "--to", "csv").exit_code == 0
    assert ghtools("convert", tmp_path / "set", tmp_path / "out", "--to", "csv", "--force").exit_code == 0
    assert picture.read_bytes() == before


def test_other_words_for_exif_are_refused(tmp_path: Path) -> None:
    store(tmp_path / "images" / "phone.png", 6)
    csv(tmp_path / "heads.csv", ["phone.png"])
    done = ghtools("render", tmp_path, tmp_path / "out", "-i", "exif=yes")
    assert done.exit_code == 1
    assert "exif" in done.stderr
    done = ghtools("render", tmp_path, tmp_path / "out", "-i", "exiff=apply")
    assert "did you mean 'exif'?" in done.stderr


def test_an_error_of_two_sizes_tells_of_the_orientation(tmp_path: Path) -> None:
    for name, orientation in (("a.png", 6), ("b.png", 1)):
        store(tmp_path / "set" / "images" / name, orientation)
    csv(tmp_path / "set" / "heads.csv", ["a.png", "b.png"])
    done = ghtools("interpolate-boxes", tmp_path / "set", "--rule", "spacing", "--jobs", "1")
    assert done.exit_code == 1
    assert done.stderr.count("-i exif=apply") == 1
    coco(tmp_path / "truth" / "set.json", {"a.png": SIZE, "b.png": SIZE})
    done = ghtools("evaluate", tmp_path / "set", tmp_path / "truth", "--jobs", "1")
    assert done.exit_code == 1
    assert done.stderr.count("-i exif=apply") == 1
    done = ghtools("evaluate", tmp_path / "set", tmp_path / "truth", "--jobs", "1", "-i", "exif=apply", "--json")
    assert json.loads(done.stdout)["mae"] == 0
