"""Plain label files of known formats, and the same files with a few characters changed, lost, doubled or moved."""

from __future__ import annotations

import json
import random

from test_wild.messy import Head, crowd

FILES = {"csv": "heads.csv", "mot": "gt.txt", "nwpu_text": "list.txt", "coco": "set.json"}
_CHARACTERS = {
    "csv": ',;\t "\n-.0123456789eE_+nafi\r',
    "mot": ",;\t \n-.0123456789eE_+naif",
    "nwpu_text": ", ;\t\n-.0123456789eE_+naif",
    "coco": ',:{}[]" -.0123456789eEnulltrue\\\n',
}


def plain(name: str, random_: random.Random) -> str:
    """A small data set in the plainest spelling of a format."""
    heads = crowd(random_, names=["000001", "000002", "000010"], tracks=True)
    heads["000001"] = heads["000001"] or [Head(5, 6, 7, 8, 1)]
    return {"csv": _csv, "mot": _mot, "nwpu_text": _nwpu_text, "coco": _coco}[name](heads)


def _csv(heads: dict[str, list[Head]]) -> str:
    lines = ["image,x1,y1,x2,y2,ignore,track"]
    for name, part in heads.items():
        rows = [",".join([f"{name}.jpg", *(f"{v:g}" for v in h.box), str(int(h.ignore)), str(h.track)]) for h in part]
        lines += rows or [f"{name}.jpg,,,,,,"]
    return "\n".join(lines) + "\n"


def _mot(heads: dict[str, list[Head]]) -> str:
    return "".join(
        f"{int(name)},{h.track},{h.x + 1:g},{h.y + 1:g},{h.w:g},{h.h:g},{int(not h.ignore)},1,1\n"
        for name, part in heads.items()
        for h in part
    )


def _nwpu_text(heads: dict[str, list[Head]]) -> str:
    lines = []
    for name, part in heads.items():
        points = [f"{value:g}" for h in part for value in (h.x + h.w / 2, h.y + h.h / 2)]
        lines.append(" ".join([name, str(len(part)), *points]))
    return "\n".join(lines) + "\n"


def _coco(heads: dict[str, list[Head]]) -> str:
    annotations = [
        {
            "id": 100 * image + number,
            "image_id": image,
            "category_id": 1,
            "bbox": [h.x, h.y, h.w, h.h],
            "area": h.w * h.h,
            "iscrowd": int(h.ignore),
            "track_id": h.track,
        }
        for image, part in enumerate(heads.values(), start=1)
        for number, h in enumerate(part, start=1)
    ]
    images = [
        {"id": number, "file_name": f"{name}.jpg", "width": 1920, "height": 1080}
        for number, name in enumerate(heads, start=1)
    ]
    return json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "head"}]})


def mutated(text: str, name: str, random_: random.Random) -> str:
    """The text of a format's file after one to three small accidents."""
    return damaged(text, _CHARACTERS[name], random_)


def damaged(text: str, characters: str, random_: random.Random) -> str:
    """The text after one to three small accidents; what comes in is one of the characters."""
    for _ in range(random_.choice([1, 1, 1, 2, 3])):
        text = _accident(text or "x", random_.choice(characters), random_)
    return text


def _accident(text: str, character: str, random_: random.Random) -> str:
    at, end = random_.randrange(len(text)), random_.randrange(1, 30)
    before, here, after = text[:at], text[at], text[at + 1 :]
    accidents = {
        "lose": before + after,
        "add": before + character + here + after,
        "change": before + character + after,
        "swap": before + after[:1] + here + after[1:],
        "copy": before + text[at : at + end] + text[at:],
        "move a line": _line_moved(text, random_),
        "cut": before if random_.random() < 0.2 else text,
    }
    return accidents[random_.choice(list(accidents))]


def _line_moved(text: str, random_: random.Random) -> str:
    lines = text.split("\n")
    line = lines.pop(random_.randrange(len(lines)))
    lines.insert(random_.randrange(len(lines) + 1), line)
    return "\n".join(lines)
