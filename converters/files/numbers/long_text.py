"""Large files of which only parts are in memory at a time: texts, and JSON with one long list in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from gta_head_tools.errors import DataFormatError

_LEAST = 32_000_000
"""Bytes of a file from which on its list is read in parts: below, all of it takes little memory."""
_WINDOW = 1 << 20
_STAND_IN = b"[[[9473105826]]]"
"""Takes the place of the list, to see that the rest of the file is JSON and that the list stands where it seems to."""
_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST_END = re.compile(rb"\}\s*\]")


class ListText(Protocol):
    """The text between the brackets of a list."""

    def __len__(self) -> int:
        """Bytes of the text."""
        ...

    def part(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`."""
        ...


@dataclass(frozen=True, slots=True)
class HeldText:
    """A text in memory.

    Attributes:
        text: between the brackets.
    """

    text: memoryview

    def __len__(self) -> int:
        """See `ListText`."""
        return len(self.text)

    def part(self, start: int, end: int) -> bytes:
        """See `ListText`."""
        return bytes(self.text[start:end])


@dataclass(frozen=True, slots=True)
class FileText:
    """A text in a file, which is read when it is asked for.

    Attributes:
        path: of the file.
        start: its first byte in the file.
        end: the byte after the last one.
    """

    path: Path
    start: int
    end: int

    def __len__(self) -> int:
        """See `ListText`."""
        return self.end - self.start

    def part(self, start: int, end: int) -> bytes:
        """See `ListText`.

        Raises:
            DataFormatError: it is no UTF-8 text.
        """
        with self.path.open("rb", buffering=0) as file:
            file.seek(self.start + start)
            part = file.read(end - start)
        if not part.isascii() or b"\0" in part:
            # The bytes may end within a character, so that no more can be said of them alone.
            raise DataFormatError(self.path, "characters that are not ASCII")
        return part


def is_long(path: Path) -> bool:
    """True for a file that is large enough to be read in parts."""
    return path.is_file() and path.stat().st_size >= _LEAST


def without_long_list(path: Path, key: str) -> tuple[bytes, FileText] | None:
    """The text of a large file with an empty list in place of the one with that key; and where that list is.

    None where the file is not large, or not plainly a JSON object with such a list of objects. Whether the list itself
    is JSON is not looked at: `path` is a JSON object exactly if it is.
    """
    if not is_long(path):
        return None
    size = path.stat().st_size
    opening = re.compile(rb'"%s"\s*:\s*\[' % key.encode())
    with path.open("rb", buffering=0) as file:
        head = file.read(_WINDOW)
        while (found := opening.search(head)) is None:
            window = file.read(max(_WINDOW, len(head)))
            if not window or not head.lstrip().startswith(b"{") or len(head) > size // 2:
                return None
            head += window
        for back in (4 * _WINDOW, 16 * _WINDOW, 64 * _WINDOW):
            start = max(size - back, found.end())
            file.seek(start)
            tail = file.read()
            if (end := _LIST_END.search(tail)) is None:
                continue
            before, after = head[: found.end() - 1], tail[end.end() :]
            if _stands_alone(before + _STAND_IN + after, key):
                return before + b"[]" + after, FileText(path, found.end(), start + end.end() - 1)
    return None


def _stands_alone(text: bytes, key: str) -> bool:
    """True for a UTF-8 text that is a JSON object whose only value for that key is the stand-in."""
    try:
        text.decode()
        return b"\0" not in text and text.count(_STAND_IN) == 1 and bytes(_TOP.decode(text)[key]) == _STAND_IN
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError):
        return False
