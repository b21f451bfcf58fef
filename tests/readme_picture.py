"""Makes README's picture: `python tests/readme_picture.py ghtools-demo docs/before_after.jpg`, after `ghtools demo`.

Left the head points as they are given, right the boxes that six anchors give, cut from the same part of one picture.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from converters.anchor_files import find_anchors
from converters.convert import read_dataset
from gta_head_tools.overlay import draw_heads
from gta_head_tools.pictures import read_picture, write_jpeg

PART = (slice(380, 1080), slice(740, 1440))
"""Rows and columns of the picture that are shown."""


def main(demo: Path, target: Path) -> None:
    _, points = read_dataset(demo, format_name="gcc")
    _, boxes = read_dataset(demo / "boxes", format_name="mot")
    before, after = next(iter(points)), next(iter(boxes))
    picture = read_picture(points.root / before.info.path)
    drawn = find_anchors(points)[before.info.scene].anchors.anchors
    anchors = np.array([anchor.box for anchor in drawn if anchor.image == before.info.name]).reshape(-1, 4)
    left = draw_heads(picture, before)[PART]
    right = draw_heads(picture, after, anchors=anchors)[PART]
    gap = np.full((left.shape[0], 12, 3), 255, dtype=np.uint8)
    smaller = cv2.resize(np.hstack([left, gap, right]), None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
    write_jpeg(target, smaller.astype(np.uint8))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
