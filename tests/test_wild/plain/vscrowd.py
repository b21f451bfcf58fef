"""VSCrowd in its plainest spelling."""

from __future__ import annotations

from pathlib import Path

from test_wild.plain.plain import BOXES, POINTS, Heads, Plain, number, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "videos/train_001")
    (folder / "annotations").mkdir()
    lines = []
    for name, points in POINTS.items():
        heads = [(*box, *point) for box, point in zip(BOXES[name], points, strict=True)]
        rows = [" ".join(f"{value:g}" for value in (track, *head)) for track, head in enumerate(heads, start=7)]
        lines.append(" ".join([name, *rows]) + "\n")
    (folder / "annotations/train_001.txt").write_text("".join(lines))
    return [folder / "annotations/train_001.txt"]


def heads(folder: Path) -> Heads:
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in POINTS}
    frames = []
    for line in (folder / "annotations/train_001.txt").read_text().splitlines():
        frame, *words = line.split(" ")
        values = [number(word) for word in words]
        if len(values) % 7 or not frame.isdecimal():
            raise ValueError(line)
        frames.append(int(frame))
        rows = [values[at : at + 7] for at in range(0, len(values), 7)]
        found[f"{int(frame):04d}"] = [(*row[1:5], int(row[0]), 0, *row[5:]) for row in rows]
        if any(not row[0].is_integer() or row[0] < -1 or row[1:5] == 2 * row[5:] for row in rows):
            raise ValueError(line)
    if len(set(frames)) < len(frames):
        raise ValueError(frames)
    return found


PLAIN = Plain(put, heads, ",; \t\n-.0123456789e/x")
