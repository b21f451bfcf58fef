"""Typed decoding of JSON files, with errors that name the record and the value; no object may have a key twice.

A number may be written as a text (`"200"`) and a whole number with decimals (`200.0`), as many programs do: files are
decoded strictly first, which is fast, and with these spellings where that fails.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gta_head_tools import json_words
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked
from gta_head_tools.json_words import undecoded
from gta_head_tools.repeated_keys import refuse_repeated_keys

T = TypeVar("T")

_ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_NOT_FINITE = re.compile(rb'"\s*[+-]?(nan|inf)', re.IGNORECASE)
"""A text that is no finite number, which decoding of texts as numbers would take for one."""
_REMEDY = "correct it, or make the file again"


def decode(path: Path, decoder: msgspec.json.Decoder[T]) -> T:
    """What `decoder` makes of the JSON file at `path` (UTF-8, with or without BOM, gzipped or not).

    Raises:
        DatasetLayoutError: no such file, or it cannot be read.
        DataFormatError: no JSON, or not of the type the decoder expects.
    """
    return decode_text(path, read_unpacked(path), decoder)


def check_json(path: Path) -> None:
    """Fail where a file holds no JSON, whatever is in it.

    Raises:
        DatasetLayoutError: no such file, or it cannot be read.
        DataFormatError: no JSON.
    """
    decode(path, _ANYTHING)


def decode_text(path: Path, text: bytes, decoder: msgspec.json.Decoder[T], *, record: str = "") -> T:
    """What `decoder` makes of the text of the JSON file at `path`, or of the part of it that stands at `record`.

    A part is one of a text that has been decoded here before: its keys are not compared again.

    Raises:
        DataFormatError: no JSON, not of the type the decoder expects, or an object has a key twice.
    """
    try:
        return decode_unchecked(path, text, decoder, record=record)
    finally:  # Also after an error: the value that it found may be the one that is not shown.
        if not record:
            refuse_repeated_keys(path, text)


def decode_unchecked(path: Path, text: bytes, decoder: msgspec.json.Decoder[T], *, record: str = "") -> T:
    """`decode_text` for a caller that itself sees to keys that an object has twice, of which the last one counts.

    Raises:
        DataFormatError: no JSON, or not of the type the decoder expects.
    """
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        return _loosely(path, text, decoder, error, record=record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise no_json(path, error, text, record=record) from error


def decode_lines(path: Path, decoder: msgspec.json.Decoder[T]) -> Iterator[tuple[int, T]]:
    """Line number, counted from 1, and value of every line of the file at `path`, which holds one JSON a line.

    Empty lines are passed over. The text of the file is held, and one line of it at a time is decoded.

    Raises:
        DatasetLayoutError: no such file, or it cannot be read.
        DataFormatError: a line is no JSON, or not of the type the decoder expects; the error names it.
    """
    for line, text in enumerate(io.BytesIO(read_unpacked(path)), start=1):
        if not text.strip():
            continue
        try:
            yield line, decode_text(path, text, decoder)
        except DataFormatError as error:
            raise DataFormatError(path, error.problem, line=line, record=error.record) from error


def _loosely(
    path: Path, text: bytes, decoder: msgspec.json.Decoder[T], error: msgspec.ValidationError, *, record: str
) -> T:
    """What the text is where numbers may be spelt otherwise; `error` is that of strict decoding."""
    if _NOT_FINITE.search(text):
        raise wrong_value(path, error, undecoded(text), record=record) from error
    try:
        loose: T = msgspec.json.decode(text, type=decoder.type, strict=False)
    except msgspec.ValidationError as wrong:
        raise wrong_value(path, wrong, undecoded(text), record=record) from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise no_json(path, broken, text, record=record) from broken
    return loose


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
    except msgspec.ValidationError:
        strict = _NOT_FINITE.search(msgspec.json.encode(value)) is not None
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise wrong_value(path, error, value, record=record) from error


def wrong_value(path: Path, error: msgspec.ValidationError, value: Any, *, record: str = "") -> DataFormatError:
    """The error to raise for a part of `value`, which stands at `record`, that is not of the expected type."""
    place, problem = json_words.wrong_value(error, value)
    whole = f"{record}.{place}" if record and place and not place.startswith("[") else record + place
    return DataFormatError(path, f"{problem}; {_REMEDY}", record=whole or None)


def no_json(path: Path, error: Exception, text: bytes, *, record: str = "") -> DataFormatError:
    """The error to raise for a text, which stands at `record`, that is no JSON."""
    line, problem = json_words.broken_json(error, text)
    return DataFormatError(path, f"{problem}; {_REMEDY}", line=None if record else line, record=record or None)
