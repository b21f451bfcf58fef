"""How the format of a data set is found, and what is read for scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converters.datasets.read import Found, find_dataset, find_predictions, read_dataset
from converters.formats.registry import detect_format
from gta_head_tools.errors import DatasetLayoutError, UnknownNameError
from test_converters.small_sets import DATA, image, write_pictures

MOT = DATA / "tiny_mot"


def test_a_data_set_is_found_by_its_looks_or_by_name() -> None:
    assert find_dataset(MOT) == find_dataset(MOT, "MOT") == find_predictions(MOT) == Found(MOT, "mot")
    with pytest.raises(UnknownNameError, match="did you mean 'coco'"):
        find_dataset(MOT, "coko")


def test_predictions_may_be_a_file_without_images(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    results.write_text(json.dumps([{"image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2], "score": 0.5}]))
    assert find_predictions(results) == find_predictions(results, "coco") == Found(results, "coco", predictions=True)
    assert not find_predictions(results, "csv").predictions
    with pytest.raises(DatasetLayoutError, match="no known format recognised"):
        find_dataset(results)


def test_a_folder_of_no_format_holds_plain_pictures_where_these_are_taken(tmp_path: Path) -> None:
    write_pictures(tmp_path, [image("a/1.jpg")])
    with pytest.raises(DatasetLayoutError, match="no known format recognised"):
        detect_format(tmp_path)
    assert detect_format(tmp_path, pictures=True) == "images"
    assert detect_format(MOT, pictures=True) == "mot"
    with pytest.raises(DatasetLayoutError, match="no such file or folder"):
        detect_format(tmp_path / "gone", pictures=True)


def test_scores_read_what_other_jobs_read_where_a_format_has_nothing_else() -> None:
    (name, plain), (_, scored) = read_dataset(MOT), read_dataset(MOT, side="truth")
    assert (name, [len(one) for one in plain]) == ("mot", [len(one) for one in scored])


@pytest.mark.parametrize("name", ["tiny_mot", "tiny_coco", "tiny_csv"])
def test_a_prediction_is_never_ignored(name: str) -> None:
    truth, found = (read_dataset(DATA / name, side=side)[1] for side in ("truth", "predictions"))
    assert sum(int(image.ignore.sum()) for image in truth) == 1
    assert sum(int(image.ignore.sum()) for image in found) == 0
    assert [len(image) for image in found] == [len(image) for image in truth]


def test_flags_that_are_taken_off_predictions_are_told() -> None:
    (note,) = read_dataset(DATA / "tiny_csv", side="predictions")[1].notes
    assert note.startswith("tiny_csv: 1 predictions are flagged as ignored; they count all the same")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b.json", '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [], "categories": []}'),
        ("annotation_val.odgt", '{"ID": "a", "gtboxes": []}\n'),
        ("val.list", "a.jpg a.txt\n"),
    ],
)
def test_a_label_file_that_is_a_link_to_nothing_is_told(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / f"0{name}").write_text(text)
    (tmp_path / name).symlink_to("gone")
    with pytest.raises(DatasetLayoutError, match=rf"{name}: cannot be read \(No such file"):
        read_dataset(tmp_path)
