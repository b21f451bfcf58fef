"""The first keys of JSON files, and where such files lie."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import msgspec
import pytest

from converters.files.records.json_file import decode_lines
from converters.files.records.json_keys import first_keys, json_below, json_names, keys_of
from gta_head_tools.errors import DataFormatError


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('[{"a": [1, {"b": "c: {"}]}]', [("[]", "a"), ("[]", "a", "[]", "b")]),
        (' {"a\\"\\u00e9": {}, "b"', [('a"é',)]),
        ('{"a.jpg12": {"regions": [', [("a.jpg12",), ("a.jpg12", "regions")]),
        ('{"a": 1}}} {"b": 2}', [("a",)]),
        ('{: 1, "\\x": 2}', [("",), ("\\x",)]),
        ("a: 1", []),
        ("[1, 2]", []),
        ("", []),
        ("[" * 70_000, []),
    ],
)
def test_keys_of_a_text(text: str, keys: list[tuple[str, ...]]) -> None:
    assert list(keys_of(text.encode())) == keys


def test_only_the_beginning_of_a_file_is_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"first": 1, "long": "x" * 100_000, "last": 2}))
    assert first_keys(file) == (("first",), ("long",))  # The long text is cut off.
    file.write_bytes(gzip.compress(b'\xef\xbb\xbf{"other": 1}'))
    assert first_keys(file) == (("other",),)
    assert first_keys(tmp_path / "gone") == ()


def test_json_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.JSON", "a.json.gz", "a.jsonl", "anchors.json", "c/d/e.json", "boxes/f.json", ".g/h.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / "c/d/up").symlink_to(tmp_path)
    (tmp_path / "z").symlink_to(tmp_path / "c")
    assert json_names(tmp_path) == ["a.json.gz", "b.JSON"]
    assert json_below(tmp_path) == ["a.json.gz", "b.JSON", "c/d/e.json"]
    assert json_names(tmp_path / "gone") == []


def test_lines_are_decoded_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'\xef\xbb\xbf[1]\r\n\r\n["2", 3]\n[4')
    lines = decode_lines(file, msgspec.json.Decoder(list[int]))
    assert [next(lines), next(lines)] == [(1, [1]), (3, [2, 3])]
    with pytest.raises(DataFormatError, match=r"a\.jsonl:4: .*cut off"):
        next(lines)
    file.write_bytes(b'[1]\n[2, "x"]\n')
    with pytest.raises(DataFormatError, match=r"a\.jsonl:2: \[1\]: found the text 'x', expected a whole number"):
        list(decode_lines(file, msgspec.json.Decoder(list[int])))
