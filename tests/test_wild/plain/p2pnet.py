"""P2PNet's lists in their plainest spelling."""

from __future__ import annotations

from pathlib import Path

from test_wild.plain.plain import POINTS, Heads, Plain, number, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "images")
    lines = [f"images/{name}.jpg images/{name}.txt" for name in POINTS]
    (folder / "list.txt").write_text("\n".join(lines) + "\n")
    for name, points in POINTS.items():
        (folder / f"images/{name}.txt").write_text("".join(f"{x} {y}\n" for x, y in points))
    return [folder / "list.txt", *sorted(folder.glob("images/*.txt"))]


def heads(folder: Path) -> Heads:
    lines = [line.split() for line in (folder / "list.txt").read_text().splitlines() if line.strip()]
    pairs = {Path(picture).stem: points for picture, points in lines}
    rows = {name: (folder / points).read_text().splitlines() for name, points in pairs.items()}
    if len(pairs) < len(lines) or any(len(row.split()) not in {0, 2} for part in rows.values() for row in part):
        raise ValueError(rows)
    return {name: [tuple(map(number, row.split())) for row in part if row.strip()] for name, part in rows.items()}


PLAIN = Plain(put, heads, ",; \t\n-.0123456789e/x")
