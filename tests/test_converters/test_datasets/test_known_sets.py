from __future__ import annotations

from pathlib import Path

import pytest

from converters.datasets.known_sets import KNOWN_SETS, find_protocol, protocol_names, published_figures, recognise
from converters.datasets.published_splits import mall_side, nwpu_side
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, UnknownNameError


def dataset(*infos: ImageInfo, root: Path = Path("data")) -> Dataset:
    return in_memory((ImageAnnotations(info) for info in infos), root)


@pytest.mark.parametrize("name", KNOWN_SETS)
def test_the_figures_of_splits_add_up(name: str) -> None:
    known = KNOWN_SETS[name]
    assert sum(known.split_images.values()) in {0, known.images or 0}
    assert sum(known.split_heads.values()) <= (known.heads or 0)
    assert known.hidden <= known.split_images.keys()
    assert known.address.startswith("http")


def test_numbers_of_published_splits() -> None:
    nwpu = [nwpu_side(number) for number in range(6000)]
    assert [nwpu.count(split) for split in ("train", "val", "test")] == [3109, 500, 1500]
    mall = [mall_side(number) for number in range(3000)]
    assert [mall.count(split) for split in ("train", "test")] == [800, 1200]


@pytest.mark.parametrize(
    ("form", "info", "name"),
    [
        ("mall", ImageInfo("frames/seq_000001.jpg", scene="mall"), "mall"),
        ("voc", ImageInfo("JPEGImages/PartA_00001.jpg", scene="a"), "scut_head_a"),
        ("mot", ImageInfo("train/HT21-01/img1/000001.jpg", scene="HT21-01"), "crohd"),
        ("shanghaitech", ImageInfo("part_B_final/train_data/images/IMG_1.jpg", scene="a"), "shanghaitech_b"),
        ("nwpu", ImageInfo("images/0001.jpg", scene="a"), "nwpu"),
    ],
)
def test_public_sets_are_recognised(form: str, info: ImageInfo, name: str) -> None:
    assert recognise(form, dataset(info)) is KNOWN_SETS[name]


@pytest.mark.parametrize(
    ("form", "path"), [("coco", "images/seq_000001.jpg"), ("voc", "a.jpg"), ("nwpu", "images/x.jpg"), ("gcc", "a.jpg")]
)
def test_other_sets_are_not_recognised(form: str, path: str) -> None:
    assert recognise(form, dataset(ImageInfo(path, scene="a"))) is None


def test_every_protocol_is_found_by_its_name() -> None:
    assert all(find_protocol(name) for name in protocol_names())
    assert len(find_protocol("ShanghaiTech")) == 2
    with pytest.raises(UnknownNameError, match="worldexpo"):
        find_protocol("worldexop")
    with pytest.raises(ConfigError, match="--folds 5"):
        find_protocol("ucf_cc_50")


def test_the_lists_of_gcc(tmp_path: Path) -> None:
    lists = tmp_path / "txt_list"
    lists.mkdir()
    infos = [ImageInfo(f"scene_1_0/jpgs/{stem}.jpg", scene="scene_1_0", name=stem) for stem in ("10", "20")]
    (lists / "cross_camera_train_list.txt").write_text("3 12 CLEAR /data/scene_1_0/pngs_544_960 10 55\n")
    (lists / "cross_camera_test_list.txt").write_text("3 12 CLEAR scene_1_0 20 55\n")
    [(_, split)] = find_protocol("gcc_cross_camera")
    assert split.sides(dataset(*infos, root=tmp_path)) == {infos[0].path: "train", infos[1].path: "test"}
    with pytest.raises(DataFormatError, match=r"test_list.txt:1: image scene_1_0/20 is not in"):
        split.sides(dataset(infos[0], root=tmp_path))
    with pytest.raises(DatasetLayoutError, match="published with GCC"):
        split.sides(dataset(*infos, root=tmp_path / "other" / "place"))


def test_all_parts_of_a_set_have_their_own_figures() -> None:
    parts = [f"part_{part}_final/train_data/images/IMG_{number}.jpg" for part in "AB" for number in (1, 2)]
    found = published_figures("shanghaitech", dataset(*(ImageInfo(path, scene=path) for path in parts)))
    assert [(one.title, len(one.paths)) for one in found] == [("ShanghaiTech Part A", 2), ("ShanghaiTech Part B", 2)]
    other = dataset(*(ImageInfo(path, scene=path) for path in [*parts, "street/IMG_1.jpg"]))
    assert published_figures("shanghaitech", other) == []
    assert published_figures("csv", dataset(*(ImageInfo(path, scene=path) for path in parts))) == []
