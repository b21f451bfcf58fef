"""Which pictures cannot be used, and the data set without them."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from converters.datasets.read import read_dataset
from converters.datasets.unused import check_all_used, check_placed, find_unused, images_of, unfit_note, without_unused
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import UnusedPicturesError
from test_wild.painted import SIZE, coco, store

NAMES = ["a/1.png", "a/2.png", "b/1.png", "b/2.png"]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Two scenes; of the first one picture is cut short, of the second one is of another size and one is missing."""
    for name in NAMES[:3]:
        store(tmp_path / name)
    (tmp_path / NAMES[0]).write_bytes((tmp_path / NAMES[0]).read_bytes()[:150])
    store(tmp_path / NAMES[2], size=(70, 50))
    return read_dataset(coco(tmp_path / "set.json", dict.fromkeys(NAMES, SIZE)))[1]


def test_damaged_pictures_and_those_of_another_size_are_found(dataset: Dataset) -> None:
    found = find_unused(dataset, images_of(dataset))
    assert list(found) == ["a/1.png", "b/1.png"]
    assert "is 70x50, but its heads are for 60x100" in found["b/1.png"]


def test_reading_finds_what_the_headers_say(dataset: Dataset) -> None:
    assert list(dataset.unfit) == ["b/1.png"]
    (note,) = unfit_note(dataset)
    assert note.startswith("1 picture cannot be used where pixels are needed; the first: ")
    assert unfit_note(dataset, told=tuple(dataset.unfit.values())) == ()


def test_the_rest_is_a_data_set_as_any_other(dataset: Dataset) -> None:
    used, problems = without_unused(dataset)
    assert len(problems) == 2
    assert [image.info.path for image in used] == ["a/2.png", "b/2.png"]
    assert [image.info.path for image in pickle.loads(pickle.dumps(used.alone(used.scenes[1])))] == ["b/2.png"]
    assert [image.info.path for image in used.only(["a"])] == ["a/2.png"]
    assert used.without({"a/2.png"}).scenes == used.scenes[1:]


def test_links_do_not_need_pixels_that_are_not_turned(dataset: Dataset) -> None:
    assert check_placed(dataset, "link") == (dataset, ())


def test_the_error_counts_and_survives_a_worker() -> None:
    check_all_used([], 3)
    with pytest.raises(UnusedPicturesError) as caught:
        check_all_used(["a.jpg: cut", "b.jpg: cut"], 3)
    told = "2 of 3 pictures could not be used, the rest is done; the first: a.jpg: cut"
    assert str(caught.value) == str(pickle.loads(pickle.dumps(caught.value))) == told
