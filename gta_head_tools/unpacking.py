"""Unpacking of gzipped data with a bound: a few kilobytes of a damaged or hostile file can unpack to many gigabytes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from gta_head_tools.errors import ConfigError, DataFormatError

LIMIT = "GHTOOLS_UNPACKED_MB"
"""Variable of the environment: how many megabytes any one file may unpack to; replaces both bounds below."""
_MEGABYTE = 1 << 20
_ANY = 64 * _MEGABYTE
"""Bytes that any file may unpack to, whatever its ratio."""
_RATIO = 100
"""Unpacked to packed bytes beyond `_ANY`. Label files reach 5 to 30; gzip's highest is 1,030, of equal bytes alone."""


class Unpacked(Protocol):
    """A file that unpacks what is read from it."""

    def read(self, count: int, /) -> bytes:
        """At most so many bytes."""
        ...


def most_bytes(packed: int) -> int:
    """How many bytes data of `packed` bytes may unpack to.

    Raises:
        ConfigError: the variable `LIMIT` is no whole number.

    >>> most_bytes(1_000) == 64 << 20, most_bytes(10_000_000)
    (True, 1000000000)
    """
    asked = os.environ.get(LIMIT, "")
    if asked and not (asked.isascii() and asked.isdigit()):
        raise ConfigError(f"{LIMIT}={asked}: expected a whole number of megabytes")
    return int(asked) * _MEGABYTE if asked else max(_ANY, _RATIO * packed)


def read_all(file: Unpacked, packed: int, path: Path) -> bytes:
    """All that a file unpacks to.

    Args:
        file: at its start.
        packed: its size as it is stored, bytes.
        path: for messages.

    Raises:
        DataFormatError: it unpacks to more than `most_bytes`.
    """
    most = most_bytes(packed)
    parts = [file.read(min(_ANY, most) + 1)]
    size = len(parts[0])
    while parts[-1] and size <= most:
        parts.append(file.read(_ANY))
        size += len(parts[-1])
    if size > most:
        raise too_large(path, packed, most)
    return parts[0] if len(parts) == 2 else b"".join(parts)


def too_large(path: Path, packed: int, most: int) -> DataFormatError:
    """The error of a file that unpacks to more than `most` bytes."""
    found = f"its {packed:,} bytes unpack to more than {most / _MEGABYTE:,.0f} MB, which no label file needs"
    return DataFormatError(path, f"{found}; if it is right all the same, set {LIMIT} to as many megabytes as it needs")
