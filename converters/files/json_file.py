"""Typed decoding of small JSON files, with errors that name the record and the value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gta_head_tools.encodings import line_at
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

T = TypeVar("T")

_PLACE = re.compile(r"^(?P<problem>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_BYTE = re.compile(r"\(byte (\d+)\)$")


def decode(path: Path, decoder: msgspec.json.Decoder[T]) -> T:
    """What `decoder` makes of the JSON file at `path` (UTF-8, with or without BOM, gzipped or not).

    Raises:
        DatasetLayoutError: no such file, or it cannot be read.
        DataFormatError: no JSON, or not of the type the decoder expects.
    """
    return decode_text(path, read_unpacked(path), decoder)


def decode_text(path: Path, text: bytes, decoder: msgspec.json.Decoder[T], *, record: str = "") -> T:
    """What `decoder` makes of the text of the JSON file at `path`, or of the part of it that stands at `record`.

    Raises:
        DataFormatError: no JSON, or not of the type the decoder expects.
    """
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise wrong_value(path, error, plain(text), record=record) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        place = None if record else _BYTE.search(str(error))
        line = line_at(text, int(place[1])) if place else None
        problem = f"no valid JSON ({error}); copy or make the file again"
        raise DataFormatError(path, problem, line=line, record=record or None) from error


def convert(path: Path, value: Any, kind: type[T], *, record: str) -> T:
    """`value`, decoded without types, as a `kind`.

    Args:
        path: the file, for the message.
        value: part of a decoded JSON file.
        kind: what it should be.
        record: where in the file it stands.

    Raises:
        DataFormatError: it is something else.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise wrong_value(path, error, value, record=record) from error


def wrong_value(path: Path, error: msgspec.ValidationError, value: Any, *, record: str = "") -> DataFormatError:
    """The error to raise for a part of `value`, which stands at `record`, that is not of the expected type."""
    match = _PLACE.match(str(error))
    assert match is not None
    place = match["path"] or ""
    try:
        for name, index in _STEP.findall(place):
            value = value[int(index)] if index else value[name]
        shown = f", found {_short(value)}"
    except (KeyError, IndexError, TypeError):
        shown = ""
    problem = f"{match['problem'].replace('`', '')}{shown}; correct it, or make the file again"
    return DataFormatError(path, problem, record=(record + place).lstrip(".") or None)


def plain(text: bytes) -> Any:
    """A JSON text decoded without types; None when it is broken."""
    # A typed decoder may meet a wrong type before it meets the place where the file is broken.
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
