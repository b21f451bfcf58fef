"""CVAT for images in its plainest spelling."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import parse

from test_wild.plain.plain import BOXES, SIZE, Heads, Plain, number, put_pictures

CORNERS = ("xtl", "ytl", "xbr", "ybr")


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "images")
    lines = ["<annotations>", "<version>1.1</version>"]
    for place, (name, boxes) in enumerate(BOXES.items()):
        lines.append(f'<image id="{place}" name="{name}.jpg" width="{SIZE[0]}" height="{SIZE[1]}">')
        for box in boxes:
            corners = " ".join(f'{key}="{value:g}"' for key, value in zip(CORNERS, box, strict=True))
            lines.append(f'<box label="head" occluded="0" {corners} z_order="0"/>')
        lines.append("</image>")
    (folder / "annotations.xml").write_text("\n".join([*lines, "</annotations>", ""]))
    return [folder / "annotations.xml"]


def heads(folder: Path) -> Heads:
    text = (folder / "annotations.xml").read_text()
    if re.search(r"<[!?]|&", text):
        raise ValueError(text)
    version, *images = parse(folder / "annotations.xml").getroot()
    if (version.tag, version.text) != ("version", "1.1"):
        raise ValueError(version)
    found: dict[str, list[tuple[float, ...]]] = {}
    for image in images:
        if image.tag != "image" or image.keys() != ["id", "name", "width", "height"]:
            raise ValueError(image.attrib)
        stem, dot, suffix = image.attrib["name"].rpartition(".")
        if (number(image.attrib["width"]), number(image.attrib["height"]), dot, suffix) != (*SIZE, ".", "jpg"):
            raise ValueError(image.attrib)
        if stem in found or not re.fullmatch(r"[\w ]+", stem):
            raise ValueError(stem)
        found[stem] = []
        for box in image:
            if box.tag != "box" or box.keys() != ["label", "occluded", *CORNERS, "z_order"] or len(box):
                raise ValueError(box.attrib)
            if (box.attrib["label"], box.attrib["occluded"]) != ("head", "0"):
                raise ValueError(box.attrib)
            found[stem].append((*(number(box.attrib[key]) for key in CORNERS), -1, 0))
    return found


PLAIN = Plain(put, heads, '<>/=" \n-.0123456789e&;!?xtlb')
