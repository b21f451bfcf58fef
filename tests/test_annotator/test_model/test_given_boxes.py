"""Boxes that a data set gives: shown, corrected by pins, exported with the corrections."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from annotator_gui.model.export import ExportChoice, export, preview
from annotator_gui.model.live_fit import LiveFit
from annotator_gui.model.session import Session
from converters.datasets.read import read_dataset
from gta_head_tools.anchors.drawn_boxes import add_anchor, add_pin
from gta_head_tools.geometry import to_xywh
from test_annotator.gestures import write_picture

BOXES = [[20.0 + 40 * number, 30.0, 12.0, 14.0] for number in range(8)]


def write_coco(folder: Path) -> Path:
    folder.mkdir()
    for name in ("1.png", "2.png"):
        write_picture(folder / name, 80)
    images = [{"id": number, "file_name": f"{number}.png", "width": 640, "height": 360} for number in (1, 2)]
    rows = [
        {
            "id": 10 * image + number,
            "image_id": image,
            "category_id": 1,
            "bbox": box,
            "area": box[2] * box[3],
            "iscrowd": 0,
        }
        for image in (1, 2)
        for number, box in enumerate(BOXES)
    ]
    document = {"images": images, "annotations": rows, "categories": [{"id": 1, "name": "head"}]}
    (folder / "heads.json").write_text(json.dumps(document))
    return folder / "heads.json"


def test_given_boxes_are_shown_corrected_and_exported(tmp_path: Path) -> None:
    session = Session(write_coco(tmp_path / "set"), data=tmp_path / "data")
    document = session.open(session.names[0])
    live = LiveFit(document)
    assert to_xywh(live.quick_boxes(document, 0)[0]) == pytest.approx(np.array(BOXES))
    quality = live.assess(document)
    assert (quality.given, quality.expected) == (16, None)
    x, y = document.heads(0).points[3].tolist()
    assert live.expected_box(document, 0, 3) == pytest.approx((140, 30, 152, 44))
    mended = (x - 9.0, y - 10.0, x + 9.0, y + 10.0)
    document.apply(add_pin(document.settled, document.names[0], (x, y), mended), "Draw pin 1")
    shown = live.quick_boxes(document, 0)[0]
    assert shown[3] == pytest.approx(mended) and to_xywh(shown)[4] == pytest.approx(BOXES[4])
    session.save()
    choice = ExportChoice(to="coco", boxes=False, out=tmp_path / "out.json")
    told = preview(session, quality, choice)
    assert (told.heads, told.boxes, told.dropped) == (16, 16, {})
    export(session, choice)
    written = [image.boxes for image in read_dataset(tmp_path / "out.json")[1]]
    assert written[0][3] == pytest.approx(mended) and to_xywh(written[1]) == pytest.approx(np.array(BOXES))


def test_where_anchors_are_pins_correct_no_given_box_on_reading(tmp_path: Path) -> None:
    session = Session(write_coco(tmp_path / "set"), data=tmp_path / "data")
    document = session.open(session.names[0])
    x, y = document.heads(0).points[3].tolist()
    box = (x - 9.0, y - 10.0, x + 9.0, y + 10.0)
    drawn = add_anchor(add_pin(document.settled, document.names[0], (x, y), box), document.names[0], (x, y), box)
    document.apply(drawn, "Draw")
    session.save()
    first, _ = list(read_dataset(session.source)[1])
    assert to_xywh(first.boxes) == pytest.approx(np.array(BOXES))
