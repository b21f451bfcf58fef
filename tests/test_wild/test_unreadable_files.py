"""One of the files of a data set is damaged: `validate` tells that file, and checks all others. Over all formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from converters.formats.registry import FORMATS
from converters.validate import ValidateOptions, validate
from gta_head_tools.checks.finding import Finding
from test_converters.test_formats.test_contract import write
from test_converters.test_formats.test_crowdhuman import person, write_lines
from test_converters.test_formats.test_label_studio import box, task, write_tasks
from test_converters.via_files import entry, rect, write_via
from test_wild.plain.registry import PLAIN

ONE_FILE = {"mall", "csv", "nwpu_text", "headhunter", "images", "nwpu_submission"}
"""Formats without label files, with a single one, or only read as another format."""
DAMAGES: Mapping[str, bytes] = {
    "other bytes": b"\xff\x00 }{ <",
    "another text": b"hello world, this is a letter\n",
    "a packed file that is cut off": b"\x1f\x8b\x08\x00cut off",
}
CVAT = '<annotations><version>1.1</version><image id="0" name="{}.jpg" width="9" height="9"/></annotations>'
Put = Callable[[Path], object]


def put_cvat(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.xml").write_text(CVAT.format(name))


def put_crowdhuman(folder: Path) -> None:
    for split in ("train", "val"):
        write_lines(folder / f"annotation_{split}.odgt", (split, [person((1, 2, 3, 4))]))


def put_via(folder: Path) -> None:
    for name in ("a", "b"):
        write_via(folder / f"{name}.json", entry(f"{name}.jpg", rect(1, 2, 3, 4)))


def put_tasks(folder: Path) -> None:
    for name in ("a", "b"):
        write_tasks(folder / f"{name}.json", task(f"{name}.jpg", [box(1, 2, 3, 4)]))


def put_labels_alone(folder: Path) -> None:
    PLAIN["yolo"].put(folder)
    (folder / "data.yaml").unlink()


def put_results(folder: Path) -> None:
    for name in ("A", "B"):
        (folder / f"{name}.txt").write_text("1,1,10,10,5,5,1,-1,-1,-1\n2,1,10,10,5,5,1,-1,-1,-1\n")


def plain(name: str, *files: str, **others: int) -> tuple[Put, Mapping[str, int]]:
    """A format's plain set, and files of it with the number of images that are lost with each."""
    return PLAIN[name].put, {**dict.fromkeys(files, 1), **others}


def written(name: str, **files: int) -> tuple[Put, Mapping[str, int]]:
    """Six images of three splits, as the format is written."""
    return partial(write, name), files


SETS: Mapping[str, tuple[Put, Mapping[str, int]]] = {
    "gcc": plain("gcc", "scene_1_0/jsons/0001.json", "scene_1_0/jsons/0003.json"),
    "gcc_raw": plain("gcc_raw", "part_1_0/1534540001/pedInfo.xml", "part_1_0/1534540003/pedInfo.xml"),
    "rgbdsyn": plain("rgbdsyn", "scene_1_0/point/0001.json", "scene_1_0/bbox/0002.txt"),
    "worldexpo": plain("worldexpo", "train_label/100202/100202_0001.mat", **{"train_label/100202/roi.mat": 0}),
    "shanghaitech": plain("shanghaitech", "ground_truth/GT_0001.mat"),
    "ucf_qnrf": plain("ucf_qnrf", "Train/img_0001_ann.mat"),
    "ucf_cc_50": plain("ucf_cc_50", "0001_ann.mat"),
    "mot": written("mot", **{"train/0/gt/gt.txt": 2, "test/2/gt/gt.txt": 2, "val/1/seqinfo.ini": 2}),
    "coco": written("coco", **{"annotations/instances_train.json": 2, "annotations/instances_val.json": 2}),
    "voc": plain("voc", "Annotations/0001.xml", "Annotations/0002.xml"),
    "yolo": plain("yolo", "labels/0001.txt", "labels/0003.txt"),
    "yolo without a list of classes": (put_labels_alone, {"labels/0001.txt": 1, "labels/0002.txt": 1}),
    "cvat": (put_cvat, {"a.xml": 1, "b.xml": 1}),
    "hf_imagefolder": written("hf_imagefolder", **{"train/metadata.jsonl": 2, "test/metadata.jsonl": 2}),
    "nwpu": plain("nwpu", "jsons/0001.json", "jsons/0002.json"),
    "jhu": plain("jhu", "train/gt/0001.txt", "train/gt/0003.txt", **{"train/image_labels.txt": 0}),
    "p2pnet": plain("p2pnet", "images/0001.txt"),
    "p2pnet's lists": written("p2pnet", **{"train.list": 2, "test.list": 2}),
    "dm_count": plain("dm_count", "train/0001.npy", "train/0003.npy"),
    "vscrowd": written("vscrowd", **{"annotations/test_2.txt": 2, "annotations/val_1.txt": 2}),
    "iim": plain("iim", "jsons/0001.json"),
    "labelme": plain("labelme", "0001.json", "0002.json"),
    "cclabeler": plain("cclabeler", "jsons/0001.json", "jsons/0002.json"),
    "via": (put_via, {"a.json": 1, "b.json": 1}),
    "fdst": plain("fdst", "train_data/1/0001.json", "train_data/1/0003.json"),
    "crowdhuman": (put_crowdhuman, {"annotation_train.odgt": 1, "annotation_val.odgt": 1}),
    "label_studio": (put_tasks, {"a.json": 1, "b.json": 1}),
    "density": plain("density", "density/0001.h5", "density/0002.h5"),
}
"""For each set: what writes it, and files of it with the number of images that are lost with each."""


def found(folder: Path, name: str) -> tuple[list[Finding], int]:
    """The findings of files that cannot be read, and the number of images that were checked."""
    options = PLAIN[name].options if name in PLAIN else ()
    report = validate(folder, ValidateOptions(only=["unreadable"], read_options=options), jobs=1)
    assert report.format == name
    return list(report.findings.get("unreadable", ())), report.images


def format_of(name: str) -> str:
    """The format of a set."""
    return name.partition(" ")[0].partition("'")[0]


@cache
def images_of(name: str) -> int:
    """The number of images of a set, in which nothing is damaged."""
    with TemporaryDirectory() as folder:
        SETS[name][0](Path(folder))
        unreadable, images = found(Path(folder), format_of(name))
    assert unreadable == []
    return images


def test_every_format_with_several_files_is_tried() -> None:
    assert set(map(format_of, SETS)) == FORMATS.keys() - ONE_FILE


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize(("name", "file"), [(name, file) for name, (_, files) in SETS.items() for file in files])
def test_a_damaged_file_is_one_finding_and_the_others_are_checked(
    name: str, file: str, damage: bytes, tmp_path: Path
) -> None:
    put, files = SETS[name]
    put(tmp_path)
    (tmp_path / file).write_bytes(damage)
    unreadable, images = found(tmp_path, format_of(name))
    assert [finding.file for finding in unreadable] == [file]
    assert images == images_of(name) - files[file]


@pytest.mark.parametrize("name", SETS)
def test_links_that_lead_nowhere_disturb_no_other_file(name: str, tmp_path: Path) -> None:
    put, files = SETS[name]
    put(tmp_path)
    for folder in {tmp_path, *(tmp_path.joinpath(file).parent for file in files)}:
        (folder / "loop").symlink_to("loop")
        (folder / "loop.xml").symlink_to("loop.xml")
    unreadable, images = found(tmp_path, format_of(name))
    assert images == images_of(name)
    assert {Path(finding.file).name for finding in unreadable} <= {"loop.xml"}


def test_a_text_that_is_listed_and_not_there_is_told_alone(tmp_path: Path) -> None:
    PLAIN["p2pnet"].put(tmp_path)
    (tmp_path / "images/0002.txt").unlink()
    (finding,), images = found(tmp_path, "p2pnet")
    assert (finding.file, finding.record, images) == ("list.txt", "line 2", 2)
