"""Rows of numbers of many small files, parsed together: a parse of its own costs a file more than its numbers do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.files.numbers.fixed_numbers import Numbers, fixed_numbers
from converters.files.numbers.number_table import parse_at_once
from gta_head_tools.files import read_unpacked

_TOGETHER = 1 << 21
"""Characters that are parsed together: bounds the memory, and keeps the arrays in the cache."""
_PLAIN_START = re.compile(rb"[0-9 \n\r\t.+-]|\Z")
"""How a text of numbers starts that is neither packed nor begins with a byte order mark."""
_SPACED = re.compile(rb"[ \t]+")
_BY_COMMA = bytes.maketrans(b" ", b",")


@dataclass(frozen=True, slots=True)
class FileRows:
    """The rows of some files, one after the other.

    Attributes:
        first: number of the first of these files.
        counts: rows of each of them; empty lines are none.
        numbers: (rows, W) the numbers; None for a single file whose lines are not numbers, or not as many in each.
    """

    first: int
    counts: Sequence[int]
    numbers: Numbers | None


def read_joined(files: Sequence[str]) -> Iterator[FileRows]:
    """The rows of files, whose numbers are separated by blanks, in the order of the files.

    Raises:
        DatasetLayoutError: a file cannot be opened.
        DataFormatError: a file is packed and damaged, or no text.
    """
    texts: list[bytes] = []
    first = size = 0
    for number, file in enumerate(files):
        texts.append(read_small(file))
        size += len(texts[-1])
        if size >= _TOGETHER or number == len(files) - 1:
            yield from _parsed(first, texts)
            first, size, texts = number + 1, 0, []


def read_small(file: str) -> bytes:
    """`read_unpacked` of a small file: the same text, without what that costs for most files.

    Raises:
        DatasetLayoutError: it cannot be opened.
        DataFormatError: it is packed and damaged, or no text.
    """
    try:
        handle = os.open(file, os.O_RDONLY)
        try:
            text = os.read(handle, os.fstat(handle).st_size + 1)
        finally:
            os.close(handle)
    except OSError:
        return read_unpacked(Path(file))
    return text if text.isascii() and b"\0" not in text and _PLAIN_START.match(text) else read_unpacked(Path(file))


def _parsed(first: int, texts: Sequence[bytes]) -> Iterator[FileRows]:
    """The rows of texts: all together, else each by itself."""
    found = _together(first, texts) or _together(first, [_spaced_plainly(text) for text in texts])
    if found is not None:
        yield found
        return
    for number, text in enumerate(texts, start=first):
        plain = _spaced_plainly(text)
        yield _together(number, [plain]) or FileRows(number, [len(plain.splitlines())], None)


def _together(first: int, texts: Iterable[bytes]) -> FileRows | None:
    """The rows of plainly spaced texts; None where they are others, or have different numbers of columns."""
    ended = [text if text.endswith(b"\n") or not text else text + b"\n" for text in texts]
    whole = b"".join(ended)
    numbers = fixed_numbers(whole)
    if numbers is not None:
        width = whole.index(b"\n") + 1
        return FileRows(first, [len(text) // width for text in ended], numbers)
    if b"," not in whole:  # A comma would be taken for a blank.
        width = whole.partition(b"\n")[0].count(b" ") + 1
        numbers = parse_at_once(whole.translate(_BY_COMMA), width)
    return None if numbers is None else FileRows(first, [text.count(b"\n") for text in ended], numbers)


def _spaced_plainly(text: bytes) -> bytes:
    """A text with one blank between two numbers, none at the ends of lines, and without empty lines."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = (line.strip(b" ") for line in _SPACED.sub(b" ", text).split(b"\n"))
    return b"\n".join(line for line in lines if line)
