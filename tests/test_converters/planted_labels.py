"""Small data sets in the files of real formats, into whose label files one defect is planted at a time.

Each function of `IN_LABEL_FILES` writes such a data set, and returns what a finding must name: file and record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Planted = Callable[[Path], tuple[str, str]]
Coco = dict[str, Any]
SIZE = (160, 120)
BOXES = ([20, 30, 10, 12], [60, 40, 11, 12], [100, 20, 9, 11])


def write_set(root: Path, files: Mapping[str, str | Coco], *pictures: str) -> None:
    """Write label files and pictures, none of which looks like another."""
    for number, path in enumerate(pictures):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 256, (*SIZE[::-1], 3), dtype=np.uint8)
        Image.fromarray(noise).save(root / path)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content if isinstance(content, str) else json.dumps(content))


def clean_coco() -> Coco:
    """Two pictures with three heads each, two of which have the area of an outline."""
    annotations = [
        {"id": 1 + row + 3 * image, "image_id": 1 + image, "category_id": 1, "bbox": box, "iscrowd": 0}
        | ({"area": box[2] * box[3]} if row else {"area": 80.5, "segmentation": [[20, 30, 30, 30, 25, 42]]})
        for image in range(2)
        for row, box in enumerate(BOXES)
    ]
    names = enumerate(("a.png", "b.png"), start=1)
    images = [{"id": number, "file_name": name, "width": SIZE[0], "height": SIZE[1]} for number, name in names]
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "head"}]}


def in_coco(record: str, change: Callable[[Coco], None], file: str = "labels.json") -> Planted:
    def plant(root: Path) -> tuple[str, str]:
        labels = clean_coco()
        change(labels)
        write_set(root, {"labels.json": labels}, "a.png", "b.png")
        return file, record

    return plant


def _categories(name: str, *more: str) -> Callable[[Coco], None]:
    def change(labels: Coco) -> None:
        labels["categories"] = [{"id": number, "name": each} for number, each in enumerate((name, *more), start=1)]
        labels["annotations"][-1]["category_id"] = len(more) + 1

    return change


YOLO = "".join(
    f"0 {(x + w / 2) / SIZE[0]} {(y + h / 2) / SIZE[1]} {w / SIZE[0]} {h / SIZE[1]}\n" for x, y, w, h in BOXES
)
CONFIG = "train: images/train\nval: images/val\nnc: 1\nnames: [head]\n"


def in_yolo(file: str, record: str, files: Mapping[str, str], *pictures: str) -> Planted:
    clean = {"data.yaml": CONFIG, "labels/train/a.txt": YOLO, "labels/val/b.txt": YOLO}

    def plant(root: Path) -> tuple[str, str]:
        write_set(root, {**clean, **files}, "images/train/a.png", "images/val/b.png", *pictures)
        return file, record

    return plant


JHU = "".join(f"{x} {y} {w} {h} 1 0\n" for x, y, w, h in BOXES)


def in_jhu(file: str, record: str, lines: str, *pictures: str) -> Planted:
    def plant(root: Path) -> tuple[str, str]:
        write_set(root, {"gt/one.txt": JHU, "image_labels.txt": lines}, "images/one.png", *pictures)
        return file, record

    return plant


_ONE = "one,3,street,0,0\n"
IN_LABEL_FILES: dict[str, Planted] = {
    "area-wrong": in_coco("annotations[4].area", lambda labels: labels["annotations"][4].update(area=528)),
    "orphan-annotation": in_coco("annotations[2].image_id", lambda labels: labels["annotations"][2].update(image_id=9)),
    "repeated-id": in_coco("annotations", lambda labels: labels["annotations"][4].update(id=2)),
    "id-below-one": in_coco("annotations", lambda labels: labels["annotations"][0].update(id=0)),
    "category-name": in_coco("categories", _categories("person"), file=""),
    "mixed-categories": in_coco("categories", _categories("person", "car"), file=""),
    "class-gap": in_yolo("data.yaml", "nc", {"data.yaml": CONFIG.replace("nc: 1", "nc: 2")}),
    "picture-taken-empty": in_yolo("images/train/c.png", "", {}, "images/train/c.png"),
    "picture-in-two-splits": in_yolo(
        "",
        "",
        {
            "data.yaml": CONFIG.replace("val: images/val", "val: [images/val, list.txt]"),
            "list.txt": "images/train/a.png\n",
        },
    ),
    "count-declared": in_jhu("image_labels.txt", "one", _ONE.replace("3", "4")),
    "orphan-label": in_jhu("image_labels.txt", "two", _ONE + _ONE.replace("one", "two")),
    "picture-without-labels": in_jhu("images/two.png", "", _ONE, "images/two.png"),
}


def in_voc(file: str, record: str, lists: Mapping[str, str], *pictures: str) -> Planted:
    boxes = ((x, y, x + w, y + h) for x, y, w, h in BOXES)
    sides = ("xmin", "ymin", "xmax", "ymax")
    corners = ("".join(f"<{side}>{n}</{side}>" for side, n in zip(sides, box, strict=True)) for box in boxes)
    objects = "".join(f"<object><name>head</name><bndbox>{each}</bndbox></object>" for each in corners)
    label = f"<annotation><size><width>160</width><height>120</height></size>{objects}</annotation>"
    files = {f"Annotations/{name}.xml": label for name in "ab"}

    def plant(root: Path) -> tuple[str, str]:
        named = {f"ImageSets/Main/{name}.txt": text for name, text in lists.items()}
        write_set(root, {**files, **named}, "JPEGImages/a.png", "JPEGImages/b.png", *pictures)
        return file, record

    return plant


def in_list(record: str, line: str) -> Planted:
    def plant(root: Path) -> tuple[str, str]:
        write_set(root, {"heads.txt": f"a 2 20 30 5 8 2 60 70 6 9 2\n{line}\n"}, "images/a.png", "images/b.png")
        return "heads.txt", record

    return plant


def in_gcc(root: Path) -> tuple[str, str]:
    people = json.dumps({"image_info": [[x, y] for x, y, _, _ in BOXES]})
    write_set(root, {"scene_0_1/jsons/1.json": people}, "scene_0_1/jpgs/1.png", "scene_0_1/jpgs/2.png")
    return "scene_0_1/jpgs/2.png", ""


_NAMES = CONFIG.replace("nc: 1\n", "").replace("[head]", "{0: head, 2: face}")
_NAMELESS = CONFIG.partition("nc")[0] + "names:\n"
OTHERS: list[tuple[str, Planted]] = [
    (
        "orphan-annotation",
        in_coco("annotations[3].category_id", lambda labels: labels["annotations"][3].update(category_id=9)),
    ),
    ("repeated-id", in_coco("images[2].id", lambda labels: labels["images"].append(labels["images"][0]))),
    (
        "repeated-id",
        in_coco("categories[1].id", lambda labels: labels["categories"].append({"id": 1, "name": "head"})),
    ),
    ("class-gap", in_yolo("data.yaml", "names", {"data.yaml": _NAMES})),
    (
        "class-gap",
        in_yolo(
            "data.yaml",
            "",
            {
                "data.yaml": _NAMELESS,
                "labels/train/a.txt": "",
                "labels/val/b.txt": "2" + YOLO[1:].replace("\n0", "\n2"),
            },
        ),
    ),
    ("orphan-label", in_voc("ImageSets/Main/train.txt", "c", {"train": "a\nc\n", "val": "b\n"})),
    ("picture-in-two-splits", in_voc("ImageSets/Main/val.txt", "a", {"train": "a\n", "val": "a\nb\n"})),
    ("picture-without-labels", in_voc("JPEGImages/c.png", "", {}, "JPEGImages/c.png")),
    ("count-declared", in_list("b", "b 3 10 20 5 8 2 50 60 5 8 2")),
    ("picture-without-labels", in_gcc),
]
CLEAN: dict[str, Planted] = {
    "coco": in_coco("", lambda labels: None),  # noqa: ARG005
    "yolo": in_yolo("", "", {}),
    "jhu": in_jhu("", "", _ONE),
    "voc": in_voc("", "", {"train": "a\n", "val": "b\n"}),
    "list": in_list("", "b 2 10 20 5 8 2 50 60 5 8 2"),
}
