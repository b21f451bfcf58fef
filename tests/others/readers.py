"""Reads an export with somebody else's package and prints the boxes as JSON: `python readers.py READER FOLDER`.

Runs in the environment of `requirements.txt` and imports nothing of ghtools. Printed is the version of the package, and
for each picture, by its path without suffix, its boxes as x y width height in the units of the file.
"""

from __future__ import annotations

import importlib
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

Found = Iterator[tuple[str, list[list[float]]]]
"""Path of a picture, and its boxes."""

LABELS = "annotations/instances_default.json"


def supervision(folder: Path) -> Found:
    images = importlib.import_module("supervision").DetectionDataset.from_coco(
        str(folder / "images"), str(folder / LABELS)
    )
    for path, _, heads in images:
        yield path, [[x0, y0, x1 - x0, y1 - y0] for x0, y0, x1, y1 in heads.xyxy.tolist()]


def datumaro(folder: Path) -> Found:
    for item in importlib.import_module("datumaro").Dataset.import_from(str(folder), "coco"):
        yield item.id, [[head.x, head.y, head.w, head.h] for head in item.annotations]


def labelformat(folder: Path) -> Found:
    formats = importlib.import_module("labelformat.formats")
    for label in formats.COCOObjectDetectionInput(folder / LABELS).get_labels():
        boxes = [head.box for head in label.objects]
        yield label.image.filename, [[box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin] for box in boxes]


def globox(folder: Path) -> Found:
    for image in importlib.import_module("globox").AnnotationSet.from_coco(folder / LABELS):
        yield image.image_id, [[box.xmin, box.ymin, box.width, box.height] for box in image.boxes]


def hotcoco(folder: Path) -> Found:
    yield from _as_pycocotools(importlib.import_module("hotcoco").COCO(str(folder / LABELS)))


def pycocotools(folder: Path) -> Found:
    from pycocotools.coco import COCO

    yield from _as_pycocotools(COCO(str(folder / LABELS)))


def _as_pycocotools(coco: Any) -> Found:
    images = coco.dataset["images"]
    heads: dict[int, list[list[float]]] = {image["id"]: [] for image in images}
    for head in coco.loadAnns(coco.getAnnIds()):
        heads[head["image_id"]].append(head["bbox"])
    yield from ((image["file_name"], heads[image["id"]]) for image in images)


def panlabel(folder: Path) -> Found:
    out = folder.parent / "panlabel.json"
    program = Path(sys.executable).with_name("panlabel")
    subprocess.run([program, "convert", "-f", "coco", "-t", "ir-json", "-i", folder / LABELS, "-o", out], check=True)
    told = json.loads(out.read_text())
    heads: dict[int, list[list[float]]] = {image["id"]: [] for image in told["images"]}
    for head in told["annotations"]:
        x0, y0, x1, y1 = (head["bbox"][side] for side in ("xmin", "ymin", "xmax", "ymax"))
        heads[head["image_id"]].append([x0, y0, x1 - x0, y1 - y0])
    yield from ((image["file_name"], heads[image["id"]]) for image in told["images"])


def motmetrics(folder: Path) -> Found:
    read = importlib.import_module("motmetrics.io").loadtxt
    for rows in sorted(folder.rglob("gt.txt")):
        table = read(str(rows), fmt="mot15-2D", min_confidence=-1).reset_index()
        for frame, part in table.groupby("FrameId"):
            # This reader takes 1 off left and top, as MOTChallenge counts them; it is put back to compare the file.
            boxes = [[x + 1, y + 1, w, h] for x, y, w, h in part[["X", "Y", "Width", "Height"]].to_numpy().tolist()]
            yield f"{rows.parent.parent.name}/{frame:06d}", boxes


def trackeval(folder: Path) -> Found:
    kind = importlib.import_module("trackeval.datasets").MotChallenge2DBox
    names = [rows.parent.parent.name for rows in sorted(folder.rglob("gt.txt"))]
    trackers = folder.parent / "trackers"
    for name in names:
        (trackers / "same/data").mkdir(parents=True, exist_ok=True)
        (trackers / f"same/data/{name}.txt").write_bytes((folder / name / "gt/gt.txt").read_bytes())
    settings = {
        **kind.get_default_dataset_config(),
        "GT_FOLDER": str(folder),
        "TRACKERS_FOLDER": str(trackers),
        "TRACKERS_TO_EVAL": ["same"],
        "SKIP_SPLIT_FOL": True,
        "SEQ_INFO": dict.fromkeys(names),
        "PRINT_CONFIG": False,
    }
    reader = kind(settings)
    for name in names:
        data = reader.get_preprocessed_seq_data(reader.get_raw_seq_data("same", name), "pedestrian")
        for frame, boxes in enumerate(data["gt_dets"], start=1):
            yield f"{name}/{frame:06d}", boxes.tolist()


READERS: dict[str, Callable[[Path], Found]] = {
    "supervision": supervision,
    "datumaro": datumaro,
    "labelformat": labelformat,
    "globox": globox,
    "hotcoco": hotcoco,
    "pycocotools": pycocotools,
    "panlabel": panlabel,
    "motmetrics": motmetrics,
    "trackeval": trackeval,
}


def _name(path: str, pictures: Path) -> str:
    """The path of a picture below its folder, without suffix; some readers give whole paths."""
    own = Path(path).relative_to(pictures) if Path(path).is_relative_to(pictures) else path
    return str(own).removesuffix(".png")


def main() -> None:
    logging.disable(logging.WARNING)  # datumaro warns of every box that has no outline
    name, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    pictures = folder / "images"
    boxes = {_name(path, pictures): heads for path, heads in READERS[name](folder)}
    sys.stdout.write("\n" + json.dumps({"version": version(name), "boxes": boxes}))


if __name__ == "__main__":
    main()
