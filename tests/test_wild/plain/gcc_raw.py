"""A capture of the GCC Collector in its plainest spelling, without the stencils."""

from __future__ import annotations

import re
from pathlib import Path

from test_wild.plain.plain import POINTS, Heads, Plain, number

_PED = re.compile(r"\t<ped id=(\d{1,9})>\n\t\t<SKEL_Head x=([-.\de]+) y=([-.\de]+) />\n\t</ped>\n")
_END = "</pedSet>\n<weather>CLEAR</weather>\n<time hour=12minutes=30 />\n"
_SIZE = (1920, 1080)


def put(folder: Path) -> list[Path]:
    part = folder / "part_1_0"
    for name, points in POINTS.items():
        image = part / f"153454{name}"
        image.mkdir(parents=True)
        peds = [
            f"\t<ped id={row}>\n\t\t<SKEL_Head x={x / _SIZE[0]:.6f} y={y / _SIZE[1]:.6f} />\n\t</ped>\n"
            for row, (x, y) in enumerate(points)
        ]
        (image / "pedInfo.xml").write_text("<pedSet>\n" + "".join(peds) + _END)
    (part / "eyeInfo.log").write_text("-1250 -850 35\n-18.5 0 123.25\n40")
    (part / "areaInfo.log").write_text("3\n0 0\n10 0\n10 10\n")
    (part / "Zheight.log").write_text("23.3")
    (part / "levelInfo.log").write_text("3")
    return sorted(part.glob("*/pedInfo.xml"))


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("part_1_0/*/pedInfo.xml")):
        text = file.read_text()
        peds = [(float(x) * _SIZE[0], number(y) * _SIZE[1]) for _, x, y in _PED.findall(text)]
        if text != "<pedSet>\n" + "".join(match[0] for match in _PED.finditer(text)) + _END:
            raise ValueError(text)
        found[file.parent.name] = peds
    return found


PLAIN = Plain(put, heads, "<>=/ \t\n\"'-.0123456789exyd", accepts=0.03)
