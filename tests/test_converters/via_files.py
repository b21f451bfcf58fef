"""Files of the VGG Image Annotator, written small."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def rect(*box: Any, **attributes: Any) -> dict[str, Any]:
    shape = {"name": "rect", **dict(zip(("x", "y", "width", "height"), box, strict=False))}
    return {"shape_attributes": shape, "region_attributes": attributes}


def point(*place: Any, **attributes: Any) -> dict[str, Any]:
    shape = {"name": "point", **dict(zip(("cx", "cy"), place, strict=False))}
    return {"shape_attributes": shape, "region_attributes": attributes}


def entry(name: str, *regions: Any) -> dict[str, Any]:
    """A picture under its key."""
    return {f"{name}99": {"filename": name, "size": 99, "regions": list(regions), "file_attributes": {}}}


def write_via(file: Path, *entries: dict[str, Any], project: bool = False) -> Path:
    told = {key: value for one in entries for key, value in one.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"_via_settings": {}, "_via_img_metadata": told} if project else told))
    return file


def write_video(folder: Path, frames: int = 2) -> Path:
    """A video of FDST: frame n has n heads; there are no pictures."""
    for frame in range(1, frames + 1):
        boxes = [rect(10 * n, 5, 6, 8) for n in range(frame)]
        write_via(folder / f"{frame:03}.json", entry(f"{frame:03}.jpg", *boxes))
    return folder
