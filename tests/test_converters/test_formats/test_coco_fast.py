"""The fast ways of reading COCO give what the slow ones give: compiled code, and a list that stays in its file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.files.numbers import long_text
from converters.formats.coco import coco_columns, coco_heads
from converters.formats.coco.coco import ReadOptions, read
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import GtaHeadError
from test_converters.damaged_texts import damaged_files

Read = tuple[list[ImageAnnotations], tuple[str, ...]] | str


def both_ways(path: Path) -> tuple[Read, Read]:
    """What is read the slow way and the fast way: images and notes, or the words of the error."""
    found = []
    for fast in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            # Small pieces, so that small files have several.
            patch.setattr(coco_heads, "_PIECE", 150)
            patch.setattr(coco_heads, "_OVERLAP", 20)
            patch.setattr(coco_columns, "worth_compiling", lambda *_, fast=fast: fast)
            patch.setattr(long_text, "_LEAST", 0 if fast else 10**9)
            found.append(outcome(path))
    return found[0], found[1]


def outcome(path: Path) -> Read:
    try:
        dataset = read(path, ReadOptions())
        return list(dataset), dataset.notes
    except GtaHeadError as error:
        return str(error)


def check(path: Path) -> bool:
    """Both ways agree; returns whether the file can be read."""
    slow, fast = both_ways(path)
    if isinstance(slow, str) or isinstance(fast, str):
        assert slow == fast
        return False
    assert slow[1] == fast[1]
    assert [one.info for one in slow[0]] == [one.info for one in fast[0]]
    for one, other in zip(slow[0], fast[0], strict=True):
        assert list(one.extra) == list(other.extra)
        for name in ("points", "boxes", "ids", "ignore"):
            assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
        for name in one.extra:
            assert one.extra[name].dtype == other.extra[name].dtype
            assert one.extra[name].tolist() == other.extra[name].tolist() or one.extra[name].dtype.kind == "f"
            assert one.extra[name].dtype.kind != "f" or one.extra[name].tobytes() == other.extra[name].tobytes()
    return True


NUMBER = st.one_of(
    st.floats(-2000, 2000, allow_nan=False).map(repr),
    st.decimals(0, 2000, places=3).map(str),
    st.integers(-5, 2000).map(str),
    st.sampled_from(["-0", "-0.0", "1e2", "1.5E+1", "0.1234567890123456789", "12345678901234567890", "1e400", '"7"']),
)
KEYS: dict[str, st.SearchStrategy[str]] = {
    "id": st.one_of(st.integers(-1, 9).map(str), st.sampled_from(["null", '"a"', "1.0", "99999999999999999999"])),
    "image_id": st.sampled_from(["1", "2", "1", "2", "3", '"1"', "1.0"]),
    "category_id": st.sampled_from(["1", "1", "1", "2", "3"]),
    "bbox": st.lists(NUMBER, min_size=4, max_size=4).map(lambda all_: f"[{', '.join(all_)}]"),
    "area": st.one_of(NUMBER, st.just("null")),
    "iscrowd": st.sampled_from(["0", "1", "0", "true", "2", "null"]),
    "ignore": st.sampled_from(["0", "1", "false"]),
    "point": st.lists(NUMBER, min_size=2, max_size=2).map(lambda all_: f"[{','.join(all_)}]"),
    "keypoints": st.sampled_from(["[3,4,2]", "[3,4.5,1]", "[0,0,0]", "[1,2,2,3,4,2]", "[]"]),
    "num_keypoints": st.sampled_from(["1", "0"]),
    "track_id": st.sampled_from(["5", "-1", "1.5"]),
    "visibility": st.sampled_from(["0.5", "0", "1", "null"]),
    "score": st.sampled_from(["0.5", "1"]),
    "box_known": st.sampled_from(["true", "false"]),
    "segmentation": st.sampled_from(["[]", '{"counts":[1],"size":[1,1]}', "[[1,2,3,4,5,6]]"]),
    "note": st.sampled_from(['"},{"', '"é"', '"\\\\u0041"', "{}", "[{},{}]"]),
}
USUAL = ("id", "image_id", "category_id", "bbox", "area", "iscrowd")
CATEGORY = '{"id":1,"name":"head"%s},{"id":2,"name":"car"}'


@st.composite
def files(draw: st.DrawFn) -> str:
    """Texts of COCO files, many of them plain."""
    plain = draw(st.booleans())
    blank = draw(st.sampled_from(["", "", " ", "\n"]))
    records = []
    for number in range(draw(st.integers(0, 8))):
        keys = list(USUAL) + ([] if plain else draw(st.lists(st.sampled_from([*KEYS]), max_size=4, unique=True)))
        values = {"id": str(number + 1), "image_id": "1", "category_id": "1", "bbox": "[1,2,3.5,4]", "iscrowd": "0"}
        known = {} if draw(st.integers(0, 5)) == 0 and not plain else values
        members = [f'"{key}":{blank}{known.get(key) or draw(KEYS[key])}' for key in dict.fromkeys(keys)]
        records.append("{" + f",{blank}".join(draw(st.permutations(members))) + "}")
    category = CATEGORY % draw(st.sampled_from(["", ',"keypoints":["head"],"skeleton":[]']))
    parts = [
        f'"annotations":{blank}[{blank}' + f"{blank},\n".join(records) + f"{blank}]",
        '"images":[{"id":1,"file_name":"a.jpg","width":9,"height":9},{"id":2,"file_name":"b.jpg"}]',
        f'"categories":[{category}]',
    ]
    return "{" + f",{blank}".join(draw(st.permutations(parts))) + "}"


@settings(max_examples=150, deadline=None)
@given(files())
def test_all_spellings_are_read_alike(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("spelt") / "heads.json"
    path.write_text(text)
    check(path)


def plain_file(count: int = 12) -> dict[str, Any]:
    boxes = [[number * 1.25, 2.001, 3.5, 4.75] for number in range(count)]
    return {
        "annotations": [
            {"id": n + 1, "image_id": 1 + n // 8, "category_id": 1, "bbox": b, "area": b[2] * b[3], "iscrowd": 0}
            for n, b in enumerate(boxes)
        ],
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 9, "height": 9} for n in (1, 2)],
        "categories": [{"id": 1, "name": "head"}],
    }


def test_plain_files_are_read_the_fast_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "heads.json"
    path.write_text(json.dumps(plain_file()))
    assert check(path)

    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(long_text, "_LEAST", 0)
    monkeypatch.setattr(coco_columns, "worth_compiling", lambda *_: True)
    monkeypatch.setattr(coco_heads, "from_records", fail)
    monkeypatch.setattr("converters.formats.coco.coco_open.read_unpacked", fail)
    assert sum(map(len, read(path, ReadOptions()))) == 12


DAMAGE = [
    "",
    "x",
    '"',
    ",",
    "}",
    "]",
    "},{",
    "}]",
    "-1",
    "1e999",
    "null",
    "\0",
    "\xff",
    "é",
    '"annotations":[',
    "[" * 99,
]


@pytest.mark.parametrize("write", [json.dumps, lambda all_: json.dumps(dict(reversed(all_.items())), indent=1)])
def test_damaged_files_are_read_alike(tmp_path: Path, write: Callable[[Any], str]) -> None:
    assert sum(map(check, damaged_files(tmp_path / "heads.json", write(plain_file()), DAMAGE)))
