"""What is wrong in a JSON file, in a user's words: decoders speak of `int | null`, arrays and bytes."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from gta_head_tools.encodings import line_at

_PLACE = re.compile(r"^(?P<problem>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_EXPECTED = re.compile(r"Expected `(?P<kinds>[^`]+)`(?P<bound>[^,]*)(, got `?(?P<got>[^`]+)`?)?")
_KEY = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<key>[^`]+)`")
_BYTE = re.compile(r"\(byte (\d+)\)$")
KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object with named values",
    "null": "null",
}
"""What msgspec's names of types are called in messages."""
_BOUNDS = {
    "of length >= ": "of at least {} values",
    "of length <= ": "of at most {} values",
    "of length ": "of {} values",
    ">= ": "of at least {}",
    "<= ": "of at most {}",
    "> ": "above {}",
    "< ": "below {}",
}
_NOT_FINITE = re.compile(rb"-?(NaN|Infinity)", re.IGNORECASE)
_SHOWN = 24
"""Most characters that are shown of a file that is no JSON."""


def wrong_value(error: msgspec.ValidationError, whole: Any) -> tuple[str, str]:
    """Where a value is not what it should be (`[3]`), and what is wrong with it (`found null, expected a number`).

    Args:
        error: of the decoder.
        whole: what was decoded, without types; None = it is not known.

    >>> try:
    ...     msgspec.convert([1, "a"], list[int])
    ... except msgspec.ValidationError as error:
    ...     wrong_value(error, [1, "a"])
    ('[1]', "found the text 'a', expected a whole number")
    """
    match = _PLACE.match(str(error))
    assert match is not None
    place = (match["path"] or "").partition("[...]")[0]
    known = "[...]" not in (match["path"] or "")
    value = whole
    try:
        for name, index in _STEP.findall(place):
            value = value[int(index)] if index else value[name]
    except (KeyError, IndexError, TypeError):
        known = False
    return place.lstrip("."), _problem(match["problem"], shown(value) if known and whole is not None else None)


def _problem(problem: str, found: str | None) -> str:
    if key := _KEY.fullmatch(problem):
        return f"has no {key['key']!r}" if key["what"].startswith("missing") else f"has an unknown key {key['key']!r}"
    if match := _EXPECTED.fullmatch(problem):
        kinds = [kind for kind in match["kinds"].split(" | ") if kind != "null"]
        bound = match["bound"].strip()
        start = next((start for start in _BOUNDS if bound.startswith(start)), "")
        told = _BOUNDS[start].format(bound.removeprefix(start).removesuffix(".0")) if start else ""
        expected = f"expected {' or '.join(KINDS.get(kind, kind) for kind in kinds) or 'null'} {told}".rstrip()
        found = found or KINDS.get(match["got"] or "")
        return f"found {found}, {expected}" if found else expected
    if problem == "Number out of range":
        return "a number that is too large to be read"
    if problem.startswith("Invalid enum value"):
        return f"found {found or problem.rpartition(' ')[2]}, which is none of the values that are allowed"
    return problem.replace("`", "")


def undecoded(text: bytes) -> Any:
    """A JSON text decoded without types; None when it is broken."""
    # A typed decoder may meet a wrong type before it meets the place where the file is broken.
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def shown(value: Any) -> str:
    """A value of a JSON file as a message names it.

    >>> shown("abc"), shown(None), shown([1, 2])
    ("the text 'abc'", 'null', '[1, 2]')
    """
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return "the text " * isinstance(value, str) + (text if len(text) <= 60 else f"{text[:57]}...")


def broken_json(error: Exception, text: bytes) -> tuple[int | None, str]:
    """The line of a text at which it is no JSON, None = none, and what is wrong there.

    Args:
        error: of the decoder, msgspec's or that of Python.
        text: that it was given.
    """
    if not text.strip():
        return None, "no valid JSON: the file is empty"
    if isinstance(error, RecursionError):
        return None, "no valid JSON: lists and objects lie too deep in each other"
    if (place := _place(error, text)) is None:
        return None, f"no valid JSON: {'a number has too many digits' if 'int' in str(error) else error}"
    if place >= len(text.rstrip()):
        return line_at(text, place), "no valid JSON: the file ends in the middle, it was cut off"
    return line_at(text, place), f"no valid JSON: {_broken_at(str(error), text, place)}"


def _place(error: Exception, text: bytes) -> int | None:
    """The byte at which a decoder stopped."""
    if isinstance(error, json.JSONDecodeError):
        return len(text.decode()[: error.pos].encode())
    if match := _BYTE.search(str(error)):
        # The byte of trailing characters is counted from the one behind it.
        return int(match[1]) - ("trailing char" in str(error))
    return len(text) if "truncated" in str(error) else None


def _broken_at(error: str, text: bytes, place: int) -> str:
    start = place - 1 if text[place - 1 : place] == b"-" else place
    if number := _NOT_FINITE.match(text, start):
        return f"{number[0].decode()} is no number that JSON has; write a number there, or null"
    there = " ".join(text[place : place + 4 * _SHOWN].decode(errors="replace").split())[:_SHOWN]
    if "trailing char" in error or "Extra data" in error:
        return f"more text after its end, {there!r}; one file holds one object or list (not one a line)"
    if "trailing comma" in error:
        return f"a comma before {there[:1]!r}"
    return f"{there!r} cannot stand there"
