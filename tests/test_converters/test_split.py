from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.convert import ConvertOptions
from converters.datasets.cuts import SplitOptions, find_cuts, parse_ratios
from converters.datasets.locations import camera_of, location_of
from converters.datasets.protocols import published_sides
from converters.datasets.read import read_dataset
from converters.formats.coco import coco
from converters.split import RECORD, split
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import ConfigError, DatasetLayoutError, LossyConversionError
from test_converters.small_sets import image

BOX = [[1, 2, 5, 6]]


def scenes(root: Path, count: int = 6, cameras: int = 2, split: str | None = None) -> Path:
    """A COCO file of places with several cameras each, two pictures a camera."""
    images = [
        image(f"scene_{place}_{camera}/{moment}.png", BOX * (place + 1), split=split)
        for place in range(count)
        for camera in range(cameras)
        for moment in range(2)
    ]
    file = root / "all.json"
    coco.write(in_memory(images, root), file, coco.WriteOptions(), "none")
    return file


def writing(out: Path, to: str = "mot", **more: object) -> ConvertOptions:
    return ConvertOptions(to=to, out=out, images="none", **more)  # type: ignore[arg-type]  # of a test


def sides_of(dataset: Dataset) -> dict[str, set[str | None]]:
    found: dict[str, set[str | None]] = {}
    for one in dataset:
        found.setdefault(location_of(one.info.scene), set()).add(one.info.split)
    return found


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 300)), min_size=35, max_size=35),
    st.tuples(*[st.integers(0, 30)] * 3).filter(any),
    st.integers(0, 3),
)
def test_splitting_35_scenes_never_leaks(made: list[tuple[int, int]], ratios: tuple[int, int, int], seed: int) -> None:
    infos = [
        ImageInfo(f"scene_{place}_{camera}/{camera}.png", scene=f"scene_{place}_{camera}")
        for place, (cameras, _) in enumerate(made)
        for camera in range(cameras)
    ]
    dataset = in_memory((ImageAnnotations(info) for info in infos), Path("data"))
    heads = {info.path: made[int(info.scene.split("_")[1])][1] for info in infos}
    [sides] = find_cuts(dataset, "gcc", SplitOptions(ratios=ratios, seed=seed), heads).values()
    assert sides.keys() == heads.keys()
    of_place: dict[str, set[str]] = {}
    for info in infos:
        of_place.setdefault(location_of(info.scene), set()).add(sides[info.path])
    assert all(len(found) == 1 for found in of_place.values())
    wanted = [ratio * 35 / sum(ratios) for ratio in ratios]
    found = [sum(side == {name} for side in of_place.values()) for name in ("train", "val", "test")]
    if all(quota >= 1 for quota in wanted if quota):
        assert all(abs(n - quota) < 1 for n, quota in zip(found, wanted, strict=True))


def test_a_split_is_written_in_the_format_asked_for(tmp_path: Path) -> None:
    source, out = scenes(tmp_path, split="val"), tmp_path / "out"
    report = split(source, SplitOptions(ratios=(4, 0, 2)), writing(out))
    assert [(side.name, side.locations, side.scenes, side.images) for side in report.sides] == [
        ("train", 4, 8, 16),
        ("test", 2, 4, 8),
    ]
    assert sum(side.heads for side in report.sides) == 84
    assert sum(side.share for side in report.sides) == pytest.approx(1)
    assert report.notes[0] == "the splits of the source (val 24) are replaced"
    found = sides_of(read_dataset(out)[1])
    assert [found[f"scene_{place}"] for place in range(6)].count({"train"}) == 4
    assert all(len(sides) == 1 for sides in found.values())


def test_by_scene_separates_the_cameras_of_a_place(tmp_path: Path) -> None:
    source = scenes(tmp_path, count=1, cameras=3)
    with pytest.raises(ConfigError, match="1 location is too few for 3 sides; --by scene cuts finer"):
        split(source, SplitOptions(), writing(tmp_path / "out"))
    report = split(source, SplitOptions(by="scene"), writing(tmp_path / "out"))
    assert [side.scenes for side in report.sides] == [1, 1, 1]


def test_by_image_tells_that_scenes_are_torn(tmp_path: Path) -> None:
    report = split(scenes(tmp_path, count=1), SplitOptions(by="image"), writing(tmp_path / "out"))
    assert sum(side.images for side in report.sides) == 4
    assert any("on more than one side" in note for note in report.notes)


def test_a_torn_scene_is_put_together_again(tmp_path: Path) -> None:
    torn, whole = tmp_path / "torn", tmp_path / "whole"
    split(scenes(tmp_path, cameras=1), SplitOptions(by="image", ratios=(1, 0, 1)), writing(torn))
    assert any(scene.name.startswith("train_scene_") for scene in read_dataset(torn)[1].scenes)
    report = split(torn, SplitOptions(by="scene", ratios=(1, 0, 1)), writing(whole))
    assert sum(side.scenes for side in report.sides) == 6
    sides: dict[str, set[str | None]] = {}
    for scene in read_dataset(whole)[1].scenes:
        sides.setdefault(camera_of(scene), set()).add(scene.split)
    assert [len(found) for found in sides.values()] == [1] * 6


def test_a_format_without_splits_gets_a_data_set_for_each_side(tmp_path: Path) -> None:
    source, out = scenes(tmp_path), tmp_path / "out"
    split(source, SplitOptions(ratios=(3, 0, 3)), writing(out, "labelme"))
    assert sorted(path.name for path in out.iterdir()) == [RECORD, "test", "train"]
    parts = [read_dataset(out / name)[1] for name in ("train", "test")]
    assert [part.image_count for part in parts] == [12, 12]
    names = [{scene.name for scene in part.scenes} for part in parts]
    assert not names[0] & names[1]


def test_the_same_seed_gives_the_same_split(tmp_path: Path) -> None:
    source = scenes(tmp_path)
    for name in ("a", "b"):
        split(source, SplitOptions(seed=7), writing(tmp_path / name), jobs=1 if name == "a" else 2)
    assert sides_of(read_dataset(tmp_path / "a")[1]) == sides_of(read_dataset(tmp_path / "b")[1])


def test_force_replaces_the_split_and_nothing_else(tmp_path: Path) -> None:
    source, out = scenes(tmp_path), tmp_path / "out"
    split(source, SplitOptions(), writing(out))
    with pytest.raises(DatasetLayoutError, match="--force overwrites"):
        split(source, SplitOptions(), writing(out))
    split(source, SplitOptions(ratios=(0, 0, 1)), writing(out, force=True))
    assert set().union(*sides_of(read_dataset(out)[1]).values()) == {"test"}
    assert not (out / "train").exists()
    (out / "anchors.json").write_text("{}")
    with pytest.raises(DatasetLayoutError, match=r"anchors\.json: was not written by `ghtools split`"):
        split(source, SplitOptions(), writing(out, force=True))
    assert (out / "anchors.json").read_text() == "{}"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("keep")
    with pytest.raises(DatasetLayoutError, match="not written by `ghtools split`"):
        split(source, SplitOptions(), writing(tmp_path / "mine", force=True))
    assert (tmp_path / "mine" / "note.txt").read_text() == "keep"


def test_folds_are_each_the_test_side_once(tmp_path: Path) -> None:
    source, out = scenes(tmp_path), tmp_path / "out"
    report = split(source, SplitOptions(folds=3), writing(out))
    assert [side.name for side in report.sides][:2] == ["fold_1/train", "fold_1/test"]
    tests = [
        {place for place, sides in sides_of(read_dataset(out / f"fold_{fold}")[1]).items() if sides == {"test"}}
        for fold in (1, 2, 3)
    ]
    assert sorted(place for fold in tests for place in fold) == [f"scene_{place}" for place in range(6)]


def test_the_folds_of_ucf_cc_50_are_its_images_in_order() -> None:
    infos = [ImageInfo(f"{number}.jpg", scene=str(number)) for number in range(1, 51)]
    dataset = in_memory((ImageAnnotations(info) for info in infos), Path("data"))
    cuts = find_cuts(dataset, "ucf_cc_50", SplitOptions(folds=5), dict.fromkeys((i.path for i in infos), 1))
    tests = [[path for path, side in sides.items() if side == "test"] for sides in cuts.values()]
    assert tests[1] == [f"{number}.jpg" for number in range(11, 21)]
    assert [len(test) for test in tests] == [10] * 5


def mall(count: int, **info: str) -> Dataset:
    infos = [ImageInfo(f"seq_{number:06d}.jpg", scene="mall", **info) for number in range(1, count + 1)]  # type: ignore[arg-type]  # of a test
    return in_memory((ImageAnnotations(one) for one in infos), Path("data"))


def test_a_protocol_gives_the_published_split() -> None:
    sides = published_sides(mall(2000, split="val"), "mall")
    assert [sides[f"seq_{number:06d}.jpg"] for number in (1, 800, 801, 2000)] == ["train", "train", "test", "test"]


@pytest.mark.parametrize(
    ("dataset", "name", "told"),
    [
        (mall(1990), "mall", r"10 of the 1,200 images of test are missing in data; the whole of Mall is at http"),
        (mall(30), "nwpu", r"no image of data has its place in this split, which is that of NWPU-Crowd"),
        (mall(2000), "shanghaitech", "ShanghaiTech Part A or ShanghaiTech Part B"),
        (mall(483, split="train"), "ucf_qnrf", "718 of the 1,201 images of train and 334 of the 334 images of test"),
        (mall(483, split="test"), "ucf_qnrf", "holds 483 images of test, not 334: it is not UCF-QNRF"),
    ],
)
def test_protocols_of_other_or_incomplete_sets_are_refused(dataset: Dataset, name: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        published_sides(dataset, name)


@pytest.mark.parametrize("text", ["1,2", "1,a,2", "1,-1,2", "0,0,0", "nan,1,1", "inf,1,1", "", "1,2,3,4"])
def test_ratios_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--ratios"):
        parse_ratios(text)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (SplitOptions(folds=1), "at least 2"),
        (SplitOptions(folds=7), "6 locations are too few for 7 folds; --by scene"),
        (SplitOptions(folds=2, protocol="mall"), "exclude each other"),
    ],
)
def test_impossible_wishes_write_nothing(options: SplitOptions, told: str, tmp_path: Path) -> None:
    source = scenes(tmp_path)
    with pytest.raises(ConfigError, match=told):
        split(source, options, writing(tmp_path / "out"))
    assert [path.name for path in tmp_path.iterdir()] == ["all.json"]


def test_a_loss_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    source = scenes(tmp_path)
    with pytest.raises(LossyConversionError, match="boxes"):
        split(source, SplitOptions(), writing(tmp_path / "out", "p2pnet"))
    assert [path.name for path in tmp_path.iterdir()] == ["all.json"]
    report = split(source, SplitOptions(), writing(tmp_path / "out", "p2pnet", allow_lossy=True))
    assert report.dropped["boxes"] == 84


def test_formats_that_are_only_read_need_another_one(tmp_path: Path) -> None:
    (tmp_path / "set" / "scene_1_0" / "jsons").mkdir(parents=True)
    (tmp_path / "set" / "scene_1_0" / "jsons" / "1.json").write_text(json.dumps({"image_info": [[1, 2]]}))
    with pytest.raises(ConfigError, match="gcc can only be read; say --to FORMAT"):
        split(tmp_path / "set", SplitOptions(), writing(tmp_path / "out", ""))
