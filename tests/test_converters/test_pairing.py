from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from converters.files.pictures.pictures import ORIGINAL_PATH
from converters.pairing import Pairing, pair_images, read_pair
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, UnknownNameError


def image(path: str, heads: int = 1, scene: str | None = None, original: str = "") -> ImageAnnotations:
    facts = {ORIGINAL_PATH: original} if original else {}
    name = Path(original).stem if original else ""
    info = ImageInfo(path, 100, 100, scene=path.rpartition("/")[0] if scene is None else scene, name=name, facts=facts)
    return ImageAnnotations(info, np.full((heads, 2), 5.0))


def dataset(*images: ImageAnnotations) -> Dataset:
    return in_memory(images, Path("/nowhere"))


def told(pairing: Pairing) -> list[tuple[int, str, int, int]]:
    return [(pair.place, pair.true.info.path, len(pair.predicted), len(pair.true)) for pair in pairing]


def test_paths_join_whatever_the_suffix_and_the_order() -> None:
    found = dataset(image("b/1.png", 3), image("a/1.png", 2), image("a/2.png", 1))
    true = dataset(image("a/1.jpg"), image("a/2.jpg"), image("b/1.jpg"))
    assert told(pair_images(found, true)) == [(0, "a/1.jpg", 2, 1), (1, "a/2.jpg", 1, 1), (2, "b/1.jpg", 3, 1)]


def test_stems_join_where_they_are_unique() -> None:
    found = dataset(image("images/1.jpg", 2), image("images/2.jpg", 3))
    true = dataset(image("x/1.jpg"), image("y/2.jpg"))
    assert [row[2] for row in told(pair_images(found, true))] == [2, 3]
    twice = dataset(image("p/1.jpg"), image("q/1.jpg"))
    with pytest.raises(DatasetLayoutError, match=r"no image in common .*'p/1.jpg' \(of 2\), and .* 'x/1.jpg'"):
        pair_images(twice, dataset(image("x/1.jpg"), image("y/1.jpg")))


def test_renumbered_images_go_by_the_name_they_had() -> None:
    true = dataset(image("s/img1/000001.jpg", original="s/7.jpg"), image("s/img1/000002.jpg", original="s/9.jpg"))
    found = dataset(image("s/img1/000001.jpg", 4, original="s/9.jpg"))
    pairing = pair_images(found, true, missing="empty")
    assert [row[2] for row in told(pairing)] == [0, 4]
    assert [row[2] for row in told(pair_images(dataset(image("7.png", 5), image("9.png", 6)), true))] == [5, 6]


def test_an_image_on_one_side_is_an_error_or_empty() -> None:
    found, true = dataset(image("1.jpg", 2), image("3.jpg", 4)), dataset(image("1.jpg"), image("2.jpg"))
    with pytest.raises(
        DatasetLayoutError, match=r"has no image '2.jpg' of /nowhere \(1 of 2 are missing\); .*--missing"
    ):
        pair_images(found, true)
    with pytest.raises(DatasetLayoutError, match=r"has no image '3.jpg'"):
        pair_images(found, dataset(image("1.jpg")))
    pairing = pair_images(found, true, missing="empty")
    assert told(pairing) == [(0, "1.jpg", 2, 1), (1, "2.jpg", 0, 1), (2, "3.jpg", 4, 0)]


def test_images_of_one_side_are_left_out_when_asked() -> None:
    found, true = dataset(image("a.jpg"), image("c.jpg")), dataset(image("a.jpg"), image("b.jpg"), image("d.jpg"))
    pairing = pair_images(found, true, missing="skip")
    assert told(pairing) == [(0, "a.jpg", 1, 1)]
    left = pairing.true.notes[0]
    assert left.startswith("images that one side has are left out: 2 of ")
    assert " alone and 1 of " in left
    assert pair_images(found, found, missing="skip").true.notes == ()
    with pytest.raises(DatasetLayoutError, match="holds no images"):
        pair_images(dataset(), true, missing="skip")


def test_pictures_that_differ_in_their_suffix_alone_join_by_their_whole_path() -> None:
    true = dataset(image("1.jpg"), image("1.png"))
    assert [row[2] for row in told(pair_images(dataset(image("1.png", 3), image("1.jpg", 2)), true))] == [2, 3]
    with pytest.raises(DatasetLayoutError, match=r"has no image in common"):
        pair_images(dataset(image("1")), true)


def test_no_images_are_refused() -> None:
    with pytest.raises(DatasetLayoutError, match="holds no images"):
        pair_images(dataset(), dataset(image("1.jpg")))


def test_a_dot_in_a_name_is_no_suffix() -> None:
    found = dataset(image("cam_12.30", 2), image("2020.01.01_12.45.JPG", 3))
    true = dataset(image("cam_12.30.jpg"), image("2020.01.01_12.45"))
    assert [row[2] for row in told(pair_images(found, true))] == [2, 3]
    with pytest.raises(DatasetLayoutError, match=r"names 'cam_12.30' \(of 1\), and the other 'cam_12.45'"):
        pair_images(dataset(image("cam_12.30")), dataset(image("cam_12.45")), missing="empty")


@pytest.mark.parametrize(("one", "other"), [("caf\u00e9.jpg", "cafe\u0301.jpg"), ("0001", "1"), ("a/007.jpg", "7")])
def test_unicode_forms_and_numbers_join(one: str, other: str) -> None:
    assert told(pair_images(dataset(image(one, 2)), dataset(image(other)))) == [(0, other, 2, 1)]


@pytest.mark.parametrize("twice", [("1.jpg", "01.jpg"), ("x/1.jpg", "y/01.jpg")])
def test_numbers_do_not_join_where_two_are_equal(twice: tuple[str, str]) -> None:
    with pytest.raises(DatasetLayoutError, match="no image in common"):
        pair_images(dataset(image("001.jpg")), dataset(*map(image, twice)))


def test_few_images_in_common_are_counted() -> None:
    found, true = dataset(image("1.jpg"), image("3.jpg")), dataset(image("1.jpg"), image("2.jpg"))
    note = "1 of 2 true images are joined; images 1 without predictions and 1 of the predictions alone count"
    assert pair_images(found, true, missing="empty").true.notes[0].startswith(note)
    assert pair_images(found, found, missing="empty").true.notes == ()


@pytest.mark.parametrize("scenes", [("", ""), ("a", "b"), ("x", "x")])
def test_groups_hold_every_pair_once(scenes: Sequence[str]) -> None:
    found = dataset(*(image(f"{k}.jpg", k, scene=scenes[0] and f"{scenes[0]}{k % 3}") for k in range(9, 0, -1)))
    true = dataset(*(image(f"{k}.jpg", scene=scenes[1] and f"{scenes[1]}{k // 3}") for k in range(1, 11)))
    pairing = pair_images(found, true, missing="empty")
    parts = [pickle.loads(pickle.dumps(part)) for part in pairing.groups(1)]  # our own
    assert sorted(row for part in parts for row in told(part)) == sorted(told(pairing))
    assert sorted(told(pairing.only([0, 4, 9]))) == [(0, "1.jpg", 1, 1), (4, "5.jpg", 5, 1), (9, "10.jpg", 0, 1)]


def test_scenes_that_share_no_image_are_read_apart() -> None:
    both = dataset(*(image(f"{scene}/{k}.jpg") for scene in "abcd" for k in range(3)))
    groups = pair_images(both, both).groups(6)
    assert [[scene.name for scene in group.true.scenes] for group in groups] == [["a", "b"], ["c", "d"]]
    assert [group.predicted.image_count for group in groups] == [6, 6]


def write_lists(folder: Path) -> tuple[Path, Path]:
    (folder / "pred.csv").write_text("image,x,y\na/1.jpg,5,5\n")
    (folder / "gt.txt").write_text("1 1 5 5\n")
    return folder / "pred.csv", folder / "gt.txt"


def test_an_option_goes_to_the_sides_that_have_it(tmp_path: Path) -> None:
    pairing = read_pair(*write_lists(tmp_path), options=["scenes=one,image"])
    assert [scene.name for scene in pairing.predicted.scenes] == ["pred"]
    assert [scene.name for scene in pairing.true.scenes] == ["1"]
    with pytest.raises(UnknownNameError, match="did you mean 'scenes'"):
        read_pair(*write_lists(tmp_path), options=["scene=one"])


def test_edits_of_heads_are_applied(tmp_path: Path) -> None:
    found, true = write_lists(tmp_path)
    (tmp_path / "anchors").mkdir()
    edits = {"1": {"added": [[9.0, 9.0]]}}
    anchors = {"format": "ghtools-anchors", "version": 1, "image_size": [50, 50], "anchors": [], "heads": edits}
    (tmp_path / "anchors/1.json").write_text(json.dumps(anchors))
    assert [row[3] for row in told(read_pair(found, true))] == [2]


def write_coco(folder: Path, results: object) -> tuple[Path, Path]:
    images = [{"id": number, "file_name": f"{number}.jpg", "width": 50, "height": 40} for number in (3, 7)]
    heads = [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 4, 6], "area": 24, "iscrowd": 0}]
    file = {"images": images, "annotations": heads, "categories": [{"id": 1, "name": "head"}]}
    (folder / "gt.json").write_text(json.dumps(file))
    (folder / "results.json").write_text(json.dumps(results))
    return folder / "results.json", folder / "gt.json"


def test_coco_results_take_their_names_from_the_other_side(tmp_path: Path) -> None:
    record = {"image_id": 7, "category_id": 1, "bbox": [1, 2, 4, 6], "score": 0.5}
    empty, full = read_pair(*write_coco(tmp_path, [record]))
    assert (empty.true.info.path, len(empty.predicted)) == ("3.jpg", 0)
    assert full.predicted.boxes.tolist() == [[1, 2, 5, 8]]
    assert full.predicted.extra["score"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_id": 9}, r"\[0\].image_id: 9 is the id of no image"),
        ({"score": "high"}, "score"),
        ({"bbox": [1]}, "bbox"),
    ],
)
def test_broken_results(tmp_path: Path, change: dict[str, object], message: str) -> None:
    record = {"image_id": 7, "category_id": 1, "bbox": [1, 2, 4, 6], "score": 0.5, **change}
    with pytest.raises(DataFormatError, match=message):
        read_pair(*write_coco(tmp_path, [record]))
    with pytest.raises(ConfigError, match="give the COCO file they were made for"):
        read_pair(write_coco(tmp_path, [record])[0], write_lists(tmp_path)[1])


def test_videos_of_other_names_that_join_by_number_are_told() -> None:
    true = dataset(image("a/img1/1.jpg", scene="a"), image("a/img1/2.jpg", scene="a"))
    other = dataset(image("b/img1/1.jpg", scene="b"), image("b/img1/2.jpg", scene="b"))
    first = "b/img1/1.jpg of 'b' with a/img1/1.jpg of 'a'"
    what = f"2 of 2 images are joined across scenes of other names, the first: {first}"
    assert pair_images(other, true).true.notes == (f"{what}; if these are other pictures, the scores say nothing",)
    stills = dataset(image("b/1.jpg"), image("c/2.jpg"))
    assert pair_images(stills, true).true.notes == pair_images(true, true).true.notes == ()
