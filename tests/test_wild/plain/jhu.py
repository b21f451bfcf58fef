"""JHU-CROWD++ in its plainest spelling."""

from __future__ import annotations

from pathlib import Path

from test_wild.plain.plain import POINTS, Heads, Plain, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "train/images")
    (folder / "train/gt").mkdir()
    told = [f"{name},{len(points)},street,0,0" for name, points in POINTS.items()]
    (folder / "train/image_labels.txt").write_text("\n".join(told) + "\n")
    for name, points in POINTS.items():
        (folder / f"train/gt/{name}.txt").write_text("".join(f"{x:.0f} {y:.0f} 16 18 1 0\n" for x, y in points))
    return sorted(folder.rglob("*.txt"))


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("train/gt/*.txt")):
        rows = [[int(word) for word in line.split(" ") if word] for line in file.read_text().splitlines() if line]
        if any(len(row) != 6 or row[4] not in {1, 2, 3} or row[5] not in {0, 1} for row in rows):
            raise ValueError(rows)
        found[file.stem] = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, w, h, _, _ in rows if w or h]
    for line in (folder / "train/image_labels.txt").read_text().splitlines():
        name, count, _, weather, distractor = line.split(",")
        if int(count) < 0 or int(weather) not in range(4) or int(distractor) not in range(2) or name not in POINTS:
            raise ValueError(line)
    return found


PLAIN = Plain(put, heads, ", \n-.0123456789e/x\t")
