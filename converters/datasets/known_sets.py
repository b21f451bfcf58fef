"""The public data sets: published figures, official address, how one is recognised, and its published split.

`validate` compares a data set with these figures, and `split --protocol` uses these splits. Figures are those of the
papers and of the official pages; a figure on which sources disagree is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from converters.datasets.published_splits import (
    PublishedSplit,
    by_number,
    by_scene,
    gcc_list,
    gcc_lists,
    in_part,
    infos_of,
    mall_side,
    nwpu_side,
    part_of_set,
    stored,
)
from gta_head_tools.checks.finding import Published
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, UnknownNameError
from gta_head_tools.files import own_name


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSet:
    """A public data set.

    Attributes:
        title: as its authors call it.
        address: where the official copy is.
        images: number of images in all, None = it is not published exactly.
        heads: number of heads in all, None = sources disagree, or it is not published.
        split_images: number of images by split, as published; empty = it has no splits.
        split_heads: number of heads by split, where it is published.
        hidden: splits whose heads are not public; copies lack them.
        recognised: True for a data set of this format (name, data set) that is this one, whole or in part.
        protocols: published splits, by the name that is typed.
        part: word in the paths of its images, where a data set may hold several parts of a set.
    """

    title: str
    address: str
    images: int | None
    heads: int | None = None
    split_images: Mapping[str, int] = field(default_factory=dict)
    split_heads: Mapping[str, int] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    recognised: Callable[[str, Dataset], bool]
    protocols: Mapping[str, PublishedSplit] = field(default_factory=dict)
    part: str = ""


def _named(formats: set[str], pattern: str) -> Callable[[str, Dataset], bool]:
    """Recognises a data set of these formats in which the name of every image matches a pattern."""
    name = re.compile(pattern)
    return lambda form, dataset: form in formats and _all(name.fullmatch(info.name) for info in infos_of(dataset))


def _scenes(formats: set[str], pattern: str) -> Callable[[str, Dataset], bool]:
    """Recognises a data set of these formats in which the name of every scene matches a pattern."""
    name = re.compile(pattern)
    return lambda form, dataset: form in formats and _all(name.fullmatch(scene.name) for scene in dataset.scenes)


def _all(matches: Iterable[object]) -> bool:
    found = list(matches)
    return bool(found) and all(found)


def _part(form: str, part: str, images: int) -> Callable[[str, Dataset], bool]:
    """Recognises a data set of a format whose images are all of one part of a set."""
    return lambda found, dataset: found == form and len(part_of_set(dataset, part, images)) == dataset.image_count > 0


def _as_stored(rule: str, images: Mapping[str, int]) -> PublishedSplit:
    return PublishedSplit(rule, images, stored)


_WORLDEXPO_TESTS = dict.fromkeys(("104207", "200608", "200702", "202201", "500717"), "test")
_CROHD = {"HT21-01": "train", "HT21-02": "train", "HT21-03": "train", "HT21-04": "test"}
_FOLDERS = "the folders that the set is published in"

KNOWN_SETS: dict[str, KnownSet] = {
    "shanghaitech_a": KnownSet(
        title="ShanghaiTech Part A",
        address="https://github.com/desenzhou/ShanghaiTechDataset",
        images=482,
        heads=241_677,
        split_images={"train": 300, "test": 182},
        split_heads={"test": 78_970},
        part="part_A",
        recognised=_part("shanghaitech", "part_A", 482),
        protocols={
            "shanghaitech_a": PublishedSplit(_FOLDERS, {"train": 300, "test": 182}, in_part("part_A", 482)),
        },
    ),
    "shanghaitech_b": KnownSet(
        title="ShanghaiTech Part B",
        address="https://github.com/desenzhou/ShanghaiTechDataset",
        images=716,
        heads=88_488,
        split_images={"train": 400, "test": 316},
        split_heads={"test": 39_208},
        part="part_B",
        recognised=_part("shanghaitech", "part_B", 716),
        protocols={
            "shanghaitech_b": PublishedSplit(_FOLDERS, {"train": 400, "test": 316}, in_part("part_B", 716)),
        },
    ),
    "ucf_qnrf": KnownSet(
        title="UCF-QNRF",
        address="https://www.crcv.ucf.edu/research/data-sets/ucf-qnrf/",
        images=1_535,
        heads=1_251_642,
        split_images={"train": 1_201, "test": 334},
        recognised=_named({"ucf_qnrf"}, r"img_\d{4}"),
        protocols={"ucf_qnrf": _as_stored(_FOLDERS, {"train": 1_201, "test": 334})},
    ),
    "ucf_cc_50": KnownSet(
        title="UCF_CC_50",
        address="https://www.crcv.ucf.edu/data/ucf-cc-50/",
        images=50,
        heads=63_974,
        recognised=_named({"ucf_cc_50"}, r"\d{1,2}"),
    ),
    "nwpu": KnownSet(
        title="NWPU-Crowd",
        address="https://www.crowdbenchmark.com/",
        images=5_109,
        heads=2_133_375,
        split_images={"train": 3_109, "val": 500, "test": 1_500},
        split_heads={"val": 196_238},
        hidden=frozenset({"test"}),
        recognised=_named({"nwpu"}, r"\d{4}"),
        protocols={
            "nwpu": PublishedSplit(
                "val is 3110 to 3609, where 3098 takes the place of 3169; train is the rest up to 3169",
                {"train": 3_109, "val": 500, "test": 1_500},
                by_number(r"(\d{1,4})", nwpu_side),
            )
        },
    ),
    "jhu_crowd": KnownSet(
        title="JHU-CROWD++",
        address="http://www.crowd-counting.com/",
        images=4_372,
        heads=1_515_005,
        split_images={"train": 2_272, "val": 500, "test": 1_600},
        recognised=_named({"jhu"}, r"\d{4}"),
        protocols={"jhu_crowd": _as_stored(_FOLDERS, {"train": 2_272, "val": 500, "test": 1_600})},
    ),
    "mall": KnownSet(
        title="Mall",
        address="https://personal.ie.cuhk.edu.hk/~ccloy/downloads_mall_dataset.html",
        images=2_000,
        heads=62_315,
        split_images={"train": 800, "test": 1_200},
        recognised=_named({"mall"}, r"seq_\d{6}"),
        protocols={
            "mall": PublishedSplit(
                "the first 800 frames are for training, the other 1,200 for tests",
                {"train": 800, "test": 1_200},
                by_number(r"seq_(\d{6})", mall_side),
            )
        },
    ),
    "fdst": KnownSet(
        title="FDST",
        address="https://github.com/sweetyy83/Lstn_fdst_dataset",
        images=15_000,
        heads=394_081,
        split_images={"train": 9_000, "test": 6_000},
        recognised=_scenes({"fdst"}, r"\d{1,3}"),
        protocols={"fdst": _as_stored("60 videos for training and 40 for tests", {"train": 9_000, "test": 6_000})},
    ),
    "worldexpo": KnownSet(
        title="WorldExpo'10",
        address="http://www.ee.cuhk.edu.hk/~xgwang/expo.html",
        images=3_980,
        # Papers disagree on its heads: 199,923 and 225,216.
        split_images={"train": 3_380, "test": 600},
        recognised=lambda form, _: form == "worldexpo",
        protocols={
            "worldexpo": PublishedSplit(
                f"scenes {', '.join(_WORLDEXPO_TESTS)} are for tests",
                {"train": 3_380, "test": 600},
                by_scene(_WORLDEXPO_TESTS, otherwise="train"),
            )
        },
    ),
    "scut_head_a": KnownSet(
        title="SCUT-HEAD Part A",
        address="https://github.com/HCIILAB/SCUT-HEAD-Dataset-Release",
        images=2_000,
        heads=67_321,
        split_images={"train": 1_500, "test": 500},
        part="PartA",
        recognised=_named({"voc"}, r"PartA_\d+"),
        protocols={
            "scut_head_a": PublishedSplit("its lists", {"train": 1_500, "test": 500}, in_part("PartA", 2_000)),
        },
    ),
    "scut_head_b": KnownSet(
        title="SCUT-HEAD Part B",
        address="https://github.com/HCIILAB/SCUT-HEAD-Dataset-Release",
        images=2_405,
        heads=43_930,
        split_images={"train": 1_905, "test": 500},
        part="PartB",
        recognised=_named({"voc"}, r"PartB_\d+"),
        protocols={
            "scut_head_b": PublishedSplit("its lists", {"train": 1_905, "test": 500}, in_part("PartB", 2_405)),
        },
    ),
    "crowdhuman": KnownSet(
        title="CrowdHuman",
        address="https://www.crowdhuman.org/download.html",
        images=24_370,
        split_images={"train": 15_000, "val": 4_370, "test": 5_000},
        hidden=frozenset({"test"}),
        recognised=_named({"crowdhuman"}, r"\d+,[0-9a-f]+"),
        protocols={"crowdhuman": _as_stored("its files", {"train": 15_000, "val": 4_370, "test": 5_000})},
    ),
    "crohd": KnownSet(
        title="CroHD (Head Tracking 21)",
        address="https://motchallenge.net/data/Head_Tracking_21/",
        images=11_463,
        split_images={"train": 5_741, "test": 5_722},
        hidden=frozenset({"test"}),
        recognised=_scenes({"mot"}, r"HT21-\d\d"),
        protocols={
            "crohd": PublishedSplit(
                "of its training sequences, HT21-04 is for tests and HT21-01 to HT21-03 are for training; the heads "
                "of its own test sequences are not public",
                {"train": 4_744, "test": 997},
                by_scene(_CROHD),
            )
        },
    ),
    "vscrowd": KnownSet(
        title="VSCrowd",
        address="https://github.com/HopLee6/VSCrowd-Dataset",
        images=None,  # The paper says more than 60,000 frames and 2 million heads.
        recognised=_scenes({"vscrowd"}, r"(?:train|test)_\d+"),
        protocols={"vscrowd": _as_stored("the names of its videos, train_* and test_*", {})},
    ),
    "gcc": KnownSet(
        title="GCC",
        address="https://gjy3035.github.io/GCC-CL/",
        images=15_212,
        heads=7_625_843,
        recognised=lambda form, dataset: form == "gcc" and gcc_lists(dataset) is not None,
        protocols={
            "gcc": PublishedSplit("its lists for random splitting", {}, gcc_list("")),
            "gcc_cross_camera": PublishedSplit("its lists across cameras", {}, gcc_list("cross_camera_")),
            "gcc_cross_location": PublishedSplit("its lists across places", {}, gcc_list("cross_location_")),
        },
    ),
    "gta_head": KnownSet(
        title="GTA_Head",
        address="https://github.com/gkw0010/GTAV_Head-dataset",
        images=5_096,
        heads=1_732_043,
        recognised=lambda form, dataset: (
            form == "mot" and re.search(r"gta.?v?.?head", own_name(dataset.root).lower()) is not None
        ),
        protocols={"gta_head": _as_stored("24 scenes for training and 11 for tests, in their folders", {})},
    ),
}

JOINT_PROTOCOLS: dict[str, tuple[str, ...]] = {
    "shanghaitech": ("shanghaitech_a", "shanghaitech_b"),
    "scut_head": ("scut_head_a", "scut_head_b"),
}
"""Sets of several parts, which are split together or alone: name of the whole to those of the parts."""


def recognise(form: str, dataset: Dataset) -> KnownSet | None:
    """The public data set that a data set of this format is, whole or in part; None = it is none of them."""
    return next((known for known in KNOWN_SETS.values() if known.recognised(form, dataset)), None)


def published_figures(form: str, dataset: Dataset) -> list[Published]:
    """Figures of the public data sets that a data set of this format is: of one, of all parts of one, or of none."""
    whole = recognise(form, dataset)
    paths = frozenset(info.path for info in infos_of(dataset))
    if whole is not None:
        return [_published(whole, paths)]
    for names in JOINT_PROTOCOLS.values():
        found: list[Published] = []
        for known in (KNOWN_SETS[name] for name in names):
            inside = frozenset(info.path for info in infos_of(dataset) if known.part in info.path)
            if inside and known.recognised(form, dataset.without(paths - inside)):
                found.append(_published(known, inside))
        if found and frozenset().union(*(part.paths for part in found)) == paths:
            return found
    return []


def _published(known: KnownSet, paths: frozenset[str]) -> Published:
    return Published(
        title=known.title,
        address=known.address,
        images=known.images,
        heads=known.heads,
        split_images=known.split_images,
        split_heads=known.split_heads,
        hidden=known.hidden,
        paths=paths,
    )


def protocol_names() -> list[str]:
    """What can be typed after `--protocol`."""
    return [*JOINT_PROTOCOLS, *(name for known in KNOWN_SETS.values() for name in known.protocols)]


def find_protocol(name: str) -> list[tuple[KnownSet, PublishedSplit]]:
    """The published splits of that name, one for each part of the set; `-` and `_` are the same.

    Raises:
        UnknownNameError: no such protocol; the message names the nearest.
        ConfigError: the set has no published split but folds.
    """
    typed = name.strip().lower().replace("-", "_")
    wanted = JOINT_PROTOCOLS.get(typed, (typed,))
    found = [
        (known, known.protocols[part]) for part in wanted for known in KNOWN_SETS.values() if part in known.protocols
    ]
    if not found and typed in KNOWN_SETS:
        raise ConfigError(f"--protocol {name}: {KNOWN_SETS[typed].title} is used in five folds; say --folds 5 instead")
    if not found:
        raise UnknownNameError("protocol", name, protocol_names())
    return found
