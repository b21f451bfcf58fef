from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converters.convert import ConvertOptions
from converters.datasets.joined_sets import join, names_of
from converters.datasets.read import read_dataset
from converters.formats.coco import coco
from converters.formats.mot import mot
from converters.merge import RECORD, merge
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import ConfigError, DatasetLayoutError, LossyConversionError, UnknownNameError
from test_converters.small_sets import image

BOXES = np.array([[1.0, 2, 5, 6], [7, 3, 9, 8]])


def street(shift: float = 0.0) -> list[ImageAnnotations]:
    first = image("street/1.png", BOXES + shift, ids=[1, 2], split="train", frame=1)
    return [first, image("street/2.png", split="train", frame=2)]


def save_coco(root: Path, images: list[ImageAnnotations], colour: int | None = None) -> Path:
    coco.write(in_memory(images, root), root, coco.WriteOptions(), "none")
    if colour is None:
        return root
    for one in images:
        file = root / "images" / one.info.path
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((12, 16), colour + len(one), dtype=np.uint8)).save(file)
    return root


def save_mot(root: Path, images: list[ImageAnnotations]) -> Path:
    mot.write(in_memory(images, root), root, mot.WriteOptions(), "none")
    return root


def options(out: Path, to: str = "", **more: object) -> ConvertOptions:
    return ConvertOptions(to=to, out=out, **{"images": "none", **more})  # type: ignore[arg-type]  # of a test


def by_scene(dataset: Dataset) -> dict[str, list[tuple[str | None, list[int]]]]:
    found: dict[str, list[tuple[str | None, list[int]]]] = {}
    for one in dataset:
        found.setdefault(one.info.scene, []).append((one.info.split, one.ids.tolist()))
    return found


def test_sets_of_two_formats_keep_scenes_ids_and_splits_apart(tmp_path: Path) -> None:
    sources = [save_coco(tmp_path / "a", street()), save_mot(tmp_path / "b", street(shift=1))]
    report = merge(sources, [None, None], options(tmp_path / "out"))
    assert [(one.name, one.format, one.images, one.heads) for one in report.sources] == [
        ("a", "coco", 2, 2),
        ("b", "mot", 2, 2),
    ]
    assert (report.written.format, report.written.images, report.written.heads) == ("coco", 4, 4)
    expected = [("train", [1, 2]), ("train", [])]
    assert by_scene(read_dataset(tmp_path / "out")[1]) == {"a/street": expected, "b/street": expected}
    assert [one["name"] for one in json.loads((tmp_path / "out" / RECORD).read_text())["sources"]] == ["a", "b"]


@pytest.mark.parametrize("to", ["coco", "mot", "yolo", "voc"])
def test_pictures_of_several_roots_arrive(to: str, tmp_path: Path) -> None:
    sources = [
        save_coco(tmp_path / "here" / "set", street(), colour=10),
        save_coco(tmp_path / "far" / "away" / "set", street(), colour=90),
    ]
    merge(sources, [None, None], options(tmp_path / "out", to, images="copy", allow_lossy=True))
    merged = read_dataset(tmp_path / "out")[1]
    files = [merged.root / one.info.path for one in merged]
    colours = {int(np.asarray(Image.open(file).convert("L"))[0, 0]) for file in files}
    assert colours == {12, 10, 92, 90}


def test_roots_may_share_nothing_below_the_top() -> None:
    sets = [in_memory(street(), Path("/one/place")), in_memory(street(), Path("/other"))]
    whole = join(sets, ["a", "b"])
    assert whole.root == Path(os.sep)
    assert [info.path for scene in whole.scenes for info in scene.images] == [
        "one/place/street/1.png",
        "one/place/street/2.png",
        "other/street/1.png",
        "other/street/2.png",
    ]
    assert [one.info for one in whole] == [info for scene in whole.scenes for info in scene.images]
    assert [one.info.scene for one in whole.only(["b/street"])] == ["b/street"] * 2


def test_names_of_sources() -> None:
    assert names_of([Path("/d/train"), Path("/e/truth"), Path("/e/d.json"), Path("/train")]) == ["d", "e", "d_2", "set"]


def test_the_same_picture_is_refused(tmp_path: Path) -> None:
    sources = [
        save_coco(tmp_path / "a", street(), colour=10),
        save_coco(tmp_path / "b", [image("other/9.png", BOXES + 3)], colour=10),
    ]
    with pytest.raises(
        DatasetLayoutError, match=r"b/images/other/9.png: is the same picture as .*a/images/street/1.png"
    ):
        merge(sources, [None, None], options(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_without_pictures_one_path_and_equal_heads_are_the_same_image(tmp_path: Path) -> None:
    sources = [save_coco(tmp_path / "a", street()), save_coco(tmp_path / "b", street())]
    told = r"b/images/street/1.png: has the path and the heads of .*a/images/street/1.png"
    with pytest.raises(DatasetLayoutError, match=told):
        merge(sources, [None, None], options(tmp_path / "out"))


def test_an_image_may_be_there_twice_in_one_source(tmp_path: Path) -> None:
    twice = [image("x/1.png", BOXES), image("y/1.png", BOXES)]
    sources = [save_coco(tmp_path / "a", twice, colour=10), save_coco(tmp_path / "b", street(), colour=50)]
    assert merge(sources, [None, None], options(tmp_path / "out")).written.images == 4


def test_coco_files_that_mean_different_things_by_one_number(tmp_path: Path) -> None:
    sources = [save_coco(tmp_path / "a", street()), save_coco(tmp_path / "b", street(shift=1))]
    [file] = (tmp_path / "b" / "annotations").iterdir()
    file.write_text(file.read_text().replace('"name":"head"', '"name":"person"'))
    report = merge(sources, [None, None], options(tmp_path / "out"))
    assert any(note.startswith("categories are not kept") for note in report.written.notes)
    assert sum(len(one) for one in read_dataset(tmp_path / "out")[1]) == 4


def test_a_loss_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    sources = [save_coco(tmp_path / "a", street()), save_mot(tmp_path / "b", street(shift=1))]
    with pytest.raises(LossyConversionError, match="split"):
        merge(sources, [None, None], options(tmp_path / "out", "labelme"))
    assert not (tmp_path / "out").exists()


def test_options_of_reading_go_to_the_formats_that_have_them(tmp_path: Path) -> None:
    sources = [save_coco(tmp_path / "a", street()), save_mot(tmp_path / "b", street(shift=1))]
    report = merge(sources, [None, None], options(tmp_path / "out", read_options=["origin=0"]))
    assert report.written.heads == 4
    moved = next(one.boxes for one in read_dataset(tmp_path / "out")[1] if one.info.scene == "b/street")
    assert moved.tolist() == (BOXES + 2).tolist()
    with pytest.raises(UnknownNameError, match="orogin"):
        merge(sources, [None, None], options(tmp_path / "out2", read_options=["orogin=0"]))


def test_force_replaces_an_earlier_merge_alone(tmp_path: Path) -> None:
    sources, out = [save_coco(tmp_path / "a", street()), save_mot(tmp_path / "b", street(shift=1))], tmp_path / "out"
    merge(sources, [None, None], options(out, "mot"))
    merge([sources[1], save_mot(tmp_path / "c", street(shift=2))], [None, None], options(out, "mot", force=True))
    assert by_scene(read_dataset(out)[1]).keys() == {"b_street", "c_street"}
    with pytest.raises(DatasetLayoutError, match="is the source or holds it"):
        merge(sources, [None, None], options(sources[1], force=True))
    with pytest.raises(DatasetLayoutError, match="not written by `ghtools merge`"):
        merge(sources, [None, None], options(tmp_path / "c", "mot", force=True))


def test_one_data_set_is_none_to_merge(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two data sets at least"):
        merge([tmp_path], [None], options(tmp_path / "out"))
