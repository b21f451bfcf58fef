"""Keys that an object of a JSON file has twice: every decoder keeps the last of their values and says nothing.

Decoders of typed records cannot tell, so that the text is read a second time here, by Python's own decoder. It builds
nothing and takes about as long as decoding the text without types does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gta_head_tools.errors import DataFormatError

_FEW = 24
"""Colons of a text up to which its keys are compared without decoding it, as of one long list of points."""

Pairs = list[tuple[str, Any]]


class _RepeatedError(Exception):
    """Ends the decoding."""


class _Twice:
    """Takes the place of an object while the place of a key is looked for: where it stands in it, and the key."""

    def __init__(self, place: str, key: str) -> None:
        self.place, self.key = place, key


def refuse_repeated_keys(path: Path, text: bytes, *, record: str = "") -> None:
    r"""Fail where an object of a JSON text has a key twice.

    Args:
        path: of the file, for the message.
        text: JSON in UTF-8; what is none is left to its decoder.
        record: where in the file the text stands.

    Raises:
        DataFormatError: there is such an object; the message names its place and the key.

    >>> refuse_repeated_keys(Path("a.json"), b'{"boxes": [{"x": 1, "\\u0078": 2}]}')
    Traceback (most recent call last):
    gta_head_tools.errors.DataFormatError: a.json: boxes[0]: the key 'x' stands there twice, with one value to be ...
    """
    if _few_and_different(text):
        return
    try:
        _decode(text, _refuse)
    except (ValueError, RecursionError):
        return
    except _RepeatedError:
        twice = _inside(_decode(text, _place))
        assert twice is not None
        where = record + twice.place
        problem = f"the key {twice.key!r} stands there twice, with one value to be used; remove the wrong one"
        raise DataFormatError(path, problem, record=where.lstrip(".") or None) from None


def _few_and_different(text: bytes) -> bool:
    """True for a text with few keys, of which no two are alike; False says nothing."""
    if text.count(b":") > _FEW or b"\\" in text:
        return False
    # A colon within a key leaves its end here, and ends that are different are those of different keys.
    ends = [part.rstrip().rpartition(b'"')[0].rpartition(b'"')[2] for part in text.split(b":")[:-1]]
    return len(set(ends)) == len(ends)


def _decode(text: bytes, hook: Any) -> Any:
    # Numbers are only measured: Python refuses whole ones of more than 4300 digits.
    return json.loads(text, object_pairs_hook=hook, parse_int=len)


def _refuse(pairs: Pairs) -> None:
    if len(dict(pairs)) < len(pairs):
        raise _RepeatedError


def _place(pairs: Pairs) -> _Twice | None:
    """What takes the place of an object: where the first key stands that is there twice, None = nowhere in it."""
    seen: set[str] = set()
    for key, value in pairs:
        if key in seen:
            return _Twice("", key)
        seen.add(key)
        if (twice := _inside(value)) is not None:
            return _Twice(f".{key}{twice.place}", twice.key)
    return None


def _inside(value: Any) -> _Twice | None:
    if isinstance(value, _Twice):
        return value
    if isinstance(value, list):
        for number, item in enumerate(value):
            if (twice := _inside(item)) is not None:
                return _Twice(f"[{number}]{twice.place}", twice.key)
    return None
