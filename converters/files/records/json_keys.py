"""The first keys of a JSON file, by which formats are told apart without reading whole files."""

from __future__ import annotations

import functools
import itertools
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from gta_head_tools.encodings import beginning_as_utf8
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import is_ours, leads_back, listed, unpacked
from gta_head_tools.unreadable import read_or

KeyPath = tuple[str, ...]
"""A key and the keys around it; `[]` stands for a place in a list: the `sx` of `{"boxes": [{"sx": 1}]}` is at
`("boxes", "[]", "sx")`."""

_START = 1 << 16
"""Bytes of a file that are looked at."""
_MOST_FILES, _MOST_FOLDERS = 20, 100
"""Files and folders that detection looks at."""
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}:]', re.DOTALL)


def first_keys(path: Path) -> tuple[KeyPath, ...]:
    """The keys in the first 64 kB of a JSON file, each once and in their order; none where it is no JSON.

    A file that is cut off there, or broken, gives the keys before that place. A text longer than that, as labelme's
    `imageData`, hides the keys behind it.

    Raises:
        DatasetLayoutError: the file cannot be opened.
        DataFormatError: it is gzipped and damaged.
    """
    try:
        stat = path.stat()
    except OSError:
        return ()
    return read_or((), lambda file: _first_keys(file, stat.st_mtime_ns, stat.st_size, stat.st_ino), path)


@functools.lru_cache(maxsize=1 << 12)
def _first_keys(path: Path, *_: int) -> tuple[KeyPath, ...]:
    return keys_of(beginning_as_utf8(unpacked(path, _START)))


def keys_of(text: bytes) -> tuple[KeyPath, ...]:
    r"""`first_keys` of a text.

    >>> keys_of(b'{"a": {"b": ["c", {"d": "}"}]}, "\\u0065": "cut off')
    (('a',), ('a', 'b'), ('a', 'b', '[]', 'd'), ('e',))
    """
    if text.lstrip()[:1] not in {b"{", b"["}:
        return ()
    found: dict[KeyPath, None] = {}
    path: list[str] = []
    word = b""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in b"{[":
            path.append("[]" if token == b"[" else "")
        elif token in b"}]":
            if not path:
                break
            path.pop()
        elif token != b":":
            word = token
        elif path and path[-1] != "[]":
            path[-1] = _decoded(word)
            found[tuple(path)] = None
    return tuple(found)


def _decoded(word: bytes) -> str:
    try:
        return str(json.loads(word))
    except ValueError:  # A broken escape, or a colon without a key before it.
        return word.decode(errors="replace").strip('"')


def is_json_name(name: str) -> bool:
    """True for the name of a JSON file, gzipped or not, in small or capital letters.

    >>> [is_json_name(name) for name in ("a.JSON", "a.json.gz", "a.jsonl")]
    [True, True, False]
    """
    return name.lower().endswith((".json", ".json.gz"))


def json_stem(name: str) -> str:
    """The name of a JSON file without what makes it one.

    >>> json_stem("cam_1.30.json.gz")
    'cam_1.30'
    """
    return name[: -len(".json.gz")] if name.lower().endswith(".gz") else name[: -len(".json")]


def json_names(folder: Path) -> list[str]:
    """Names of the JSON files in a folder, in order; none where there is no folder. Own files are passed over.

    Raises:
        DatasetLayoutError: the folder cannot be listed.
    """
    return sorted(file.name for file in listed(folder, "*.[jJ][sS][oO][nN]*") if _counts(file.name))


def json_below(folder: Path) -> list[str]:
    """Paths of the JSON files in a folder and below, relative to it, POSIX; own and hidden entries are passed over.

    Raises:
        DatasetLayoutError: a folder cannot be listed.
    """
    found: list[str] = []
    for place, names in _walk(folder):
        above = os.path.relpath(place, folder).replace(os.sep, "/")
        prefix = "" if above == "." else f"{above}/"
        found += [prefix + name for name in names]
    return found


def first_json_files(folder: Path) -> list[Path]:
    """JSON files of the folder, or of the first folder below it that has some; at most 20, for detection.

    Raises:
        DatasetLayoutError: a folder cannot be listed.
    """
    places = itertools.islice(_walk(folder), _MOST_FOLDERS)
    return next(([Path(place, name) for name in names[:_MOST_FILES]] for place, names in places if names), [])


def _walk(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The folder and those below it, each once however many links lead to it, and the names of their JSON files."""
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, onerror=_not_listed, followlinks=True):
        if (real := os.path.realpath(place)) in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not (is_ours(Path(name)) or leads_back(Path(place, name))))
        yield place, sorted(name for name in names if _counts(name))


def _counts(name: str) -> bool:
    return is_json_name(name) and not is_ours(Path(name))


def _not_listed(error: OSError) -> None:
    problem = f"cannot be listed ({error.strerror}); check its permissions"
    raise DatasetLayoutError(str(error.filename), problem) from error
