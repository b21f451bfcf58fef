"""Reads an export with somebody else's package and prints it as JSON: `python readers.py FORMAT READER FOLDER`.

Runs in the environment of `requirements.txt` and imports nothing of ghtools. Printed is the version of the package, and
for each picture, by its path without suffix, its boxes as x y width height or its points as x y, in the units of the
file. Crowd sets have no package: they are read as the public loaders of their methods read them, with numpy, scipy or
Python alone.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

Found = Iterator[tuple[str, list[list[float]]]]
"""Path of a picture, and its boxes or points."""

COCO_FILE = "annotations/instances_default.json"
CVAT_FILE = "annotations.xml"


def supervision_coco(folder: Path) -> Found:
    yield from _supervision("from_coco", str(folder / "images"), str(folder / COCO_FILE))


def supervision_labelme(folder: Path) -> Found:
    for place in _label_folders(folder):
        yield from _supervision("from_labelme", str(place), str(place))


def supervision_voc(folder: Path) -> Found:
    # This reader takes 1 off all four sides, as if the last pixel did not belong to the box.
    for path, boxes in _supervision("from_pascal_voc", str(folder / "JPEGImages"), str(folder / "Annotations")):
        yield path, [[x + 1, y + 1, w, h] for x, y, w, h in boxes]


def supervision_yolo(folder: Path) -> Found:
    for place in _picture_folders(folder):
        labels = str(place).replace("images", "labels")
        yield from _supervision("from_yolo", str(place), labels, str(folder / "data.yaml"))


def _picture_folders(folder: Path) -> list[Path]:
    """The folders of the pictures; some readers take one at a time."""
    return sorted({file.parent for file in (folder / "images").rglob("*.jpg")})


def _supervision(how: str, *places: str) -> Found:
    for path, _, heads in getattr(importlib.import_module("supervision").DetectionDataset, how)(*places):
        yield path, [[x0, y0, x1 - x0, y1 - y0] for x0, y0, x1, y1 in heads.xyxy.tolist()]


def datumaro(form: str) -> Callable[[Path], Found]:
    def read(folder: Path) -> Found:
        for item in importlib.import_module("datumaro").Dataset.import_from(str(folder), form):
            yield item.id, [[head.x, head.y, head.w, head.h] for head in item.annotations if hasattr(head, "w")]

    return read


def labelformat_coco(folder: Path) -> Found:
    formats = importlib.import_module("labelformat.formats")
    yield from _labelformat(formats.COCOObjectDetectionInput(folder / COCO_FILE))


def labelformat_voc(folder: Path) -> Found:
    formats = importlib.import_module("labelformat.formats")
    yield from _labelformat(formats.PascalVOCObjectDetectionInput(folder / "Annotations", category_names="head"))


def labelformat_yolo(folder: Path) -> Found:
    formats = importlib.import_module("labelformat.formats")
    yield from _labelformat(formats.YOLOv11ObjectDetectionInput(folder / "data.yaml", input_split="train"))


def labelformat_cvat(folder: Path) -> Found:
    formats = importlib.import_module("labelformat.formats")
    yield from _labelformat(formats.CVATObjectDetectionInput(folder / CVAT_FILE))


def _labelformat(source: Any) -> Found:
    for label in source.get_labels():
        boxes = [head.box for head in label.objects]
        yield label.image.filename, [[box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin] for box in boxes]


def globox_coco(folder: Path) -> Found:
    yield from _globox("from_coco", folder / COCO_FILE)


def globox_labelme(folder: Path) -> Found:
    for place in _label_folders(folder):
        yield from _globox("from_labelme", place)


def globox_voc(folder: Path) -> Found:
    yield from _globox("from_pascal_voc", folder / "Annotations")


def globox_yolo(folder: Path) -> Found:
    for place in _picture_folders(folder):
        yield from _globox("from_yolo_v5", Path(str(place).replace("images", "labels")), image_folder=place)


def globox_cvat(folder: Path) -> Found:
    yield from _globox("from_cvat", folder / CVAT_FILE)


def _globox(how: str, *places: Path, **more: Any) -> Found:
    for image in getattr(importlib.import_module("globox").AnnotationSet, how)(*places, **more):
        yield image.image_id, [[box.xmin, box.ymin, box.width, box.height] for box in image.boxes]


def _label_folders(folder: Path) -> list[Path]:
    """The folders with labels beside their pictures; these readers take one at a time."""
    return sorted({file.parent for file in folder.rglob("*.json")})


def hotcoco(folder: Path) -> Found:
    yield from _as_pycocotools(importlib.import_module("hotcoco").COCO(str(folder / COCO_FILE)))


def pycocotools(folder: Path) -> Found:
    from pycocotools.coco import COCO

    yield from _as_pycocotools(COCO(str(folder / COCO_FILE)))


def _as_pycocotools(coco: Any) -> Found:
    images = coco.dataset["images"]
    heads: dict[int, list[list[float]]] = {image["id"]: [] for image in images}
    for head in coco.loadAnns(coco.getAnnIds()):
        heads[head["image_id"]].append(head["bbox"])
    yield from ((image["file_name"], heads[image["id"]]) for image in images)


def panlabel(form: str, place: str = ".") -> Callable[[Path], Found]:
    def read(folder: Path) -> Found:
        out = folder.parent / f"panlabel-{form}.json"
        program = Path(sys.executable).with_name("panlabel")
        subprocess.run([program, "convert", "-f", form, "-t", "ir-json", "-i", folder / place, "-o", out], check=True)
        told = json.loads(out.read_text())
        heads: dict[int, list[list[float]]] = {image["id"]: [] for image in told["images"]}
        for head in told["annotations"]:
            x0, y0, x1, y1 = (head["bbox"][side] for side in ("xmin", "ymin", "xmax", "ymax"))
            heads[head["image_id"]].append([x0, y0, x1 - x0, y1 - y0])
        yield from ((image["file_name"], heads[image["id"]]) for image in told["images"])

    return read


def huggingface(folder: Path) -> Found:
    """Pictures are opened, too; the names that they had stand in no column."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    library = importlib.import_module("datasets")
    images = library.load_dataset("imagefolder", data_dir=str(folder), cache_dir=str(folder.parent / "cache"))
    for image in (image for part in images.values() for image in part):
        yield image["image"].filename, image["objects"]["bbox"]


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


def vscrowd(folder: Path) -> Found:
    """As its own script for YOLO: numbers between single blanks, seven a head, the frame as the name of the picture."""
    for text in sorted(folder.glob("annotations/*.txt")):
        for line in text.read_text().strip().split("\n"):
            frame, *words = line.split(" ")
            assert (folder / "videos" / text.stem / f"{frame}.jpg").is_file()
            heads = np.array([float(word) for word in words]).reshape(-1, 7)
            yield f"{text.stem}/{frame}", _sized(heads[:, 1:5].tolist())


def cclabeler(folder: Path) -> Found:
    """As the tool itself: a box from its start to its end."""
    for file in sorted(folder.glob("jsons/*.json")):
        told = json.loads(file.read_bytes())
        assert told["human_num"] == len(told["boxes"]) + len(told["points"])
        assert (folder / "images" / told["img_id"]).is_file()
        yield told["img_id"], _sized([box["sx"], box["sy"], box["ex"], box["ey"]] for box in told["boxes"])


def jhu(folder: Path) -> Found:
    """As loaders of JHU-CROWD++: whole numbers alone, and a picture's line in `image_labels.txt`."""
    told = [line.strip().split(",") for line in (folder / "image_labels.txt").read_text().splitlines()]
    counts = {name: int(count) for name, count, _, _, _ in told}
    for picture in sorted(folder.glob("images/*.jpg")):
        text = (folder / "gt" / picture.name.replace("jpg", "txt")).read_text()
        rows = [tuple(map(int, line.strip().split())) for line in text.splitlines()]
        assert counts[picture.stem] == len(rows)
        assert {(occlusion, blur) for *_, occlusion, blur in rows} <= {(1, 0)}
        yield picture.name, [[x - w / 2, y - h / 2, w, h] for x, y, w, h, _, _ in rows]


def _sized(corners: Iterable[list[float]]) -> list[list[float]]:
    return [[x0, y0, x1 - x0, y1 - y0] for x0, y0, x1, y1 in corners]


def shanghaitech(folder: Path) -> Found:
    """As CSRNet and most after it: the path of fields of a default load, the text beside `images`."""
    for picture in sorted(folder.glob("images/*.jpg")):
        file = str(picture).replace("images", "ground_truth").replace(picture.name, f"GT_{picture.stem}.mat")
        stored = importlib.import_module("scipy.io").loadmat(file)
        points = stored["image_info"][0, 0]["location"][0, 0]
        assert stored["image_info"][0, 0]["number"][0, 0].item() == len(points)
        yield picture.name, points.tolist()


def ucf_qnrf(folder: Path) -> Found:
    """As DM-Count's preparation: `_ann.mat` beside the picture."""
    for picture in sorted(folder.glob("images/*.jpg")):
        stored = importlib.import_module("scipy.io").loadmat(str(picture).replace(".jpg", "_ann.mat"))
        yield picture.name, stored["annPoints"].reshape(-1, 2).tolist()


def nwpu_jsons(folder: Path) -> Found:
    for file in sorted(folder.glob("jsons/*.json")):
        told = json.loads(file.read_bytes())
        assert told["human_num"] == len(told["points"]) == len(told["boxes"])
        yield told["img_id"], told["points"]


def nwpu_mats(folder: Path) -> Found:
    for file in sorted(folder.glob("mats/*.mat")):
        points = importlib.import_module("scipy.io").loadmat(str(file))["annPoints"]
        yield file.stem, points.reshape(-1, 2).tolist()


def p2pnet(folder: Path) -> Found:
    """As P2PNet's loader: both parts of a line end at a blank, as do the numbers of a head."""
    for line in (folder / "list.txt").read_text().splitlines():
        picture, points = line.split()
        assert (folder / picture).is_file()
        rows = [row.strip().split(" ") for row in (folder / points).read_text().splitlines()]
        yield str(folder / picture), [[float(row[0]), float(row[1])] for row in rows]


def dm_count(folder: Path) -> Found:
    """As DM-Count's loader: the array of the picture's name, beside it."""
    for picture in sorted(folder.rglob("*.jpg")):
        yield picture.name, np.load(str(picture).replace("jpg", "npy")).reshape(-1, 2).tolist()


READERS: Mapping[str, Mapping[str, Callable[[Path], Found]]] = {
    "coco": {
        "supervision": supervision_coco,
        "datumaro": datumaro("coco"),
        "labelformat": labelformat_coco,
        "globox": globox_coco,
        "hotcoco": hotcoco,
        "pycocotools": pycocotools,
        "panlabel": panlabel("coco", COCO_FILE),
    },
    "mot": {"motmetrics": motmetrics, "trackeval": trackeval},
    "cvat": {
        "datumaro": datumaro("cvat"),
        "labelformat": labelformat_cvat,
        "globox": globox_cvat,
        "panlabel": panlabel("cvat", CVAT_FILE),
    },
    "hf_imagefolder": {"datasets": huggingface, "panlabel": panlabel("hf")},
    "labelme": {
        "supervision": supervision_labelme,
        "globox": globox_labelme,
        "panlabel": panlabel("labelme"),
    },
    "yolo": {
        "supervision": supervision_yolo,
        "datumaro": datumaro("yolo"),
        "labelformat": labelformat_yolo,
        "globox": globox_yolo,
        "panlabel": panlabel("yolo"),
    },
    "voc": {
        "supervision": supervision_voc,
        "datumaro": datumaro("voc"),
        "labelformat": labelformat_voc,
        "globox": globox_voc,
        "panlabel": panlabel("voc"),
    },
    "vscrowd": {"numpy": vscrowd},
    "cclabeler": {"python": cclabeler},
    "jhu": {"python": jhu},
    "shanghaitech": {"scipy": shanghaitech},
    "ucf_qnrf": {"scipy": ucf_qnrf},
    "nwpu": {"python": nwpu_jsons, "scipy": nwpu_mats},
    "p2pnet": {"python": p2pnet},
    "dm_count": {"numpy": dm_count},
}
"""How each format is read by others."""


def _name(path: str, pictures: Path) -> str:
    """The path of a picture below its folder, without suffix; some readers give whole paths."""
    own = Path(path).relative_to(pictures) if Path(path).is_relative_to(pictures) else path
    return str(own).removesuffix(".jpg")


def main() -> None:
    logging.disable(logging.WARNING)  # datumaro warns of every box that has no outline
    form, reader, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3]).resolve()
    heads = {_name(path, folder / "images"): found for path, found in READERS[form][reader](folder)}
    of = sys.version.split()[0] if reader == "python" else version(reader)
    sys.stdout.write("\n" + json.dumps({"version": of, "heads": heads}))


if __name__ == "__main__":
    main()
