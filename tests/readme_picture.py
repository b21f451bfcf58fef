"""Makes README's pictures: `python tests/readme_picture.py ghtools-demo docs`, after `ghtools demo`.

`before_after.jpg` shows the same part of one picture twice: on the left with its head points, on the right with the
boxes from six anchors. `places.jpg` shows rendered crowds in all layouts.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from converters.datasets.anchor_files import find_anchors
from converters.datasets.read import read_dataset
from gta_head_tools.overlays.head_overlay import draw_heads
from gta_head_tools.pictures import Picture, read_picture, write_jpeg
from gta_head_tools.synthesis.generate import CrowdSettings, draw_scene, render_image

PART = (slice(380, 1080), slice(590, 1290))
"""Rows and columns of the picture that are shown."""
PLACES = (
    ("plane", "extrasunny", 17, 3),
    ("stand", "clear", 14, 2),
    ("hill", "clouds", 11, 1),
    ("street", "rain", 15, 1),
    ("mall", "overcast", 12, 0),
    ("platform", "clear", 22, 0),
)
"""Layout, weather, hour and seed."""
TILE, GAP = (640, 360), 6


def before_after(demo: Path) -> Picture:
    """Points and boxes of the same heads, side by side."""
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
    return smaller.astype(np.uint8)


def places() -> Picture:
    """One picture of each layout, in two rows."""
    sheet = np.full((2 * TILE[1] + GAP, 3 * TILE[0] + 2 * GAP, 3), 255, dtype=np.uint8)
    for number, (layout, weather, hour, seed) in enumerate(PLACES):
        settings = CrowdSettings(
            scenes=1, images=1, people=250, layout=layout, weather=weather, hours=(hour, hour), seed=seed
        )
        picture = render_image(draw_scene(settings, 0), 0).picture
        top, left = number // 3 * (TILE[1] + GAP), number % 3 * (TILE[0] + GAP)
        sheet[top : top + TILE[1], left : left + TILE[0]] = cv2.resize(picture, TILE, interpolation=cv2.INTER_AREA)
    return sheet


def main(demo: Path, docs: Path) -> None:
    write_jpeg(docs / "before_after.jpg", before_after(demo))
    write_jpeg(docs / "places.jpg", places(), quality=86, fine_colour=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
