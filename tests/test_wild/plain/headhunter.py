"""HeadHunter's text in its plainest spelling."""

from __future__ import annotations

from pathlib import Path

from test_wild.plain.plain import BOXES, Heads, Plain, number, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "images")
    lines = []
    for name, boxes in BOXES.items():
        lines += [f"# images/{name}.jpg", *(" ".join([*(f"{v:g}" for v in box), "-1"]) for box in boxes[:1])]
        lines += [" ".join([*(f"{v:g}" for v in box), "1"]) for box in boxes[1:]]
    (folder / "train.txt").write_text("\n".join(lines) + "\n")
    return [folder / "train.txt"]


def heads(folder: Path) -> Heads:
    found: dict[str, list[tuple[float, ...]]] = {}
    for line in (folder / "train.txt").read_text().splitlines():
        if line.startswith("# images/") and line.endswith(".jpg") and line[9:-4].isalnum():
            name = line[9:-4]
            if name in found:
                raise ValueError(line)
            found[name] = []
            continue
        x0, y0, x1, y1, flag = (number(word) for word in line.split(" ") if line)
        if not flag.is_integer():
            raise ValueError(line)
        found[name].append((x0, y0, x1, y1, -1, flag < 0))
    return found


PLAIN = Plain(put, heads, ",; \t\n-.0123456789e/x#")
