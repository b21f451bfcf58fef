from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from gta_head_tools.errors import DataFormatError
from gta_head_tools.records import Record, read_record, write_record


class Note(Record):
    FORMAT = "ghtools-note"
    VERSION = 2
    WHAT = "note"
    REMEDY = "write another one"

    pages: Annotated[int, msgspec.Meta(ge=1)]
    words: dict[str, int] = msgspec.field(default_factory=dict)


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path, note = tmp_path / "note.json", Note(pages=3, words={"head": 5})
    write_record(path, note)
    assert json.loads(path.read_bytes()) == {
        "format": "ghtools-note",
        "version": 2,
        "pages": 3,
        "words": {"head": 5},
    }
    assert read_record(path, Note) == note


def test_defaults_are_left_out_and_unknown_keys_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    write_record(path, Note(pages=1))
    assert "words" not in json.loads(path.read_bytes())
    path.write_text('{"format": "ghtools-note", "version": 2, "pages": 1, "author": "me"}')
    assert read_record(path, Note) == Note(pages=1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "cut off"),
        ("[]", "found [], expected an object"),
        ('{"pages": 1}', "has no 'format'"),
        (
            '{"format": "ghtools-note", "version": 3, "pages": 1}',
            "it is 'ghtools-note' version 3, expected 'ghtools-note' version 2",
        ),
        ('{"format": "ghtools-run", "version": 2, "pages": 1}', "it is 'ghtools-run' version 2"),
        (
            '{"format": "ghtools-note", "version": 2, "pages": 0}',
            "pages: found 0, expected a whole number of at least 1",
        ),
        (
            '{"format": "ghtools-note", "version": 2, "pages": "3"}',
            "pages: found the text '3', expected a whole number",
        ),
        ('{"format": ' + "[" * 100_000, "format: found a list, expected a text"),
        (None, "No such file"),
    ],
)
def test_the_error_names_the_file_and_what_to_do(tmp_path: Path, text: str | None, problem: str) -> None:
    path = tmp_path / "note.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DataFormatError, match="is no note that can be used") as caught:
        read_record(path, Note)
    assert str(path) in str(caught.value)
    assert problem in str(caught.value)
    assert str(caught.value).endswith("; write another one")
