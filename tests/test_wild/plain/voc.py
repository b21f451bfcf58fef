"""Pascal VOC in its plainest spelling."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element, parse

from test_wild.plain.plain import BOXES, SIZE, Heads, Plain, number, put_pictures

CORNERS = ("xmin", "ymin", "xmax", "ymax")


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "JPEGImages")
    (folder / "Annotations").mkdir()
    for name, boxes in BOXES.items():
        size = f"<size><width>{SIZE[0]}</width><height>{SIZE[1]}</height><depth>3</depth></size>"
        objects = []
        for x0, y0, x1, y1 in boxes:
            corners = zip(CORNERS, (x0 + 1, y0 + 1, x1, y1), strict=True)
            box = "".join(f"<{key}>{value:g}</{key}>" for key, value in corners)
            objects.append(f"<object><name>head</name><difficult>0</difficult><bndbox>{box}</bndbox></object>\n")
        (folder / f"Annotations/{name}.xml").write_text(f"<annotation>{size}\n{''.join(objects)}</annotation>\n")
    return sorted(folder.glob("Annotations/*.xml"))


def only(element: Element, *tags: str) -> list[Element]:
    """The children of an element, which has exactly these and no text."""
    if [child.tag for child in element] != list(tags) or element.attrib:
        raise ValueError(element)
    if "".join([element.text or "", *(child.tail or "" for child in element)]).strip():
        raise ValueError(element)
    return list(element)


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("Annotations/*.xml")):
        if re.search(r"<[!?]|&", file.read_text()):
            raise ValueError(file)
        root = parse(file).getroot()
        size, *objects = only(root, "size", *["object"] * (len(root) - 1))
        for side, expected in zip(only(size, "width", "height", "depth"), (*SIZE, 3), strict=True):
            if number(side.text or "") != expected or len(side):
                raise ValueError(side.text)
        rows = []
        for each in objects:
            name, difficult, box = only(each, "name", "difficult", "bndbox")
            if name.text != "head" or len(name) or len(difficult) or any(map(len, box)):
                raise ValueError(name.text)
            x0, y0, x1, y1 = (number(corner.text or "") for corner in only(box, *CORNERS))
            rows.append((x0 - 1, y0 - 1, x1, y1, -1, {"0": 0, "1": 1}[difficult.text or ""]))
        found[file.stem] = rows
    return found


PLAIN = Plain(put, heads, '<>/=" \n-.0123456789e&;!?xmin')
