"""The journal: every edit is on disk at once, so that a crash loses none; a save removes the file.

`.anchors.journal.jsonl` beside the project `anchors.json`, JSON line by line. The first line holds the drawings that
the edits start from, every other line one edit as the entries that it replaces:

```
{"format": "ghtools-journal", "version": 1, "base": {... as in anchors.json ...}}
{"time": 1763734500.1, "text": "Move anchor 3", "changes": [[["anchors"], 2, [{"image": ...}], [{"image": ...}]]]}
```

A change is the keys that lead to a list (`["heads", "1534540881", "added"]`), an index in it, the entries there before,
and those after. A crash can tear the last line; a line without its end is passed over.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from annotator_gui.model.project_notes import checked
from gta_head_tools.anchors.anchors import AnchorSet, HeadEdits, anchors_from_json, anchors_to_json
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.whole_files import make_folder, replacing

FORMAT, VERSION = "ghtools-journal", 1
LISTS = ("anchors", "zones", "pins", "image_anchors", "reviewed")
_APPENDING = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)
SYNC_EVERY = 1.0
"""Seconds between two calls of fsync: it takes about 4 ms, a line some microseconds."""

Change = tuple[tuple[str, ...], int, list[Any], list[Any]]
_Time = Annotated[float, msgspec.Meta(ge=0, lt=2.0**35)]
"""Seconds since 1970, within the years that every calendar can show."""


class _Head(msgspec.Struct):
    """The first line of a journal."""

    format: str = ""
    version: int = 0
    base: Any = None


class _Edit(msgspec.Struct):
    """Every other line."""

    changes: list[tuple[list[str], int, list[Any], list[Any]]]
    text: str = ""
    time: msgspec.Raw = msgspec.Raw(b"0")


_Line = TypeVar("_Line", _Head, _Edit)


def journal_path(project: Path) -> Path:
    """The journal that belongs to a project file."""
    return project.with_name(f".{project.stem}.journal.jsonl")


class Journal:
    """Appends edits to a file as they happen. A full disk stops no edit: `problem` says so, and the next edit retries.

    Args:
        path: of the journal.

    Attributes:
        problem: why the last edit could not be kept; "" = it was.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.problem = path, ""
        self._file: int | None = None
        self._unsynced, self._closed = threading.Event(), threading.Event()
        self._syncer: threading.Thread | None = None
        self._lock = threading.Lock()

    def cut(self) -> None:
        """Forget all edits, after a save; the next edit begins a new file.

        Raises:
            DatasetLayoutError: the file cannot be removed.
        """
        with self._lock:
            self._release()
            try:
                self.path.unlink(missing_ok=True)
            except OSError:
                self._empty()

    def resume(self, recovery: Recovery) -> None:
        """Go on after the edits that were recovered, in the same file.

        Raises:
            DatasetLayoutError: it cannot be opened.
        """
        with self._lock:
            self._release()
            try:
                self._file = os.open(self.path, _APPENDING)
                os.ftruncate(self._file, recovery.length)
            except OSError as error:
                raise DatasetLayoutError(self.path, f"cannot be written ({error.strerror or error})") from error

    def append(self, before: AnchorSet, after: AnchorSet, text: str) -> None:
        line = _line({"time": round(time.time(), 3), "text": text, "changes": list(changes(before, after))})
        with self._lock:
            try:
                if self._file is None or not os.fstat(self._file).st_nlink:
                    self._release()  # The file was removed: lines appended to it would be lost.
                    self._open(before)
                self._write(line)
                self.problem = ""
            except (OSError, DatasetLayoutError) as error:
                self.problem = f"edits cannot be kept until they are saved: {error}"
                self._release()
                return
        self._sync_soon()

    def sync(self) -> None:
        """Have the disk keep what was written."""
        with self._lock:
            file = None if self._file is None else os.dup(self._file)
        if file is None:
            return
        # Not under the lock: the next edit must not wait for a slow disk.
        try:
            os.fsync(file)
        except OSError as error:
            self.problem = f"{self.path}: the disk does not keep edits ({error.strerror or error}); save elsewhere"
        finally:
            os.close(file)

    def close(self) -> None:
        """Stop writing; the file stays."""
        self._closed.set()
        self._unsynced.set()
        if self._syncer is not None:
            self._syncer.join()
        with self._lock:
            self._release()

    def _open(self, base: AnchorSet) -> None:
        """Begin a new file with its first line; the old file may end in a torn line."""
        make_folder(self.path.parent)
        head = _line({"format": FORMAT, "version": VERSION, "base": anchors_to_json(base)})
        with replacing(self.path) as partial:
            partial.write_bytes(head)
        self._file = os.open(self.path, _APPENDING)

    def _empty(self) -> None:
        """Empty the file where it cannot be removed, as on Windows while it is being synced."""
        try:
            self.path.write_bytes(b"")
        except OSError as error:
            raise DatasetLayoutError(self.path, f"cannot be removed ({error.strerror or error})") from error

    def _write(self, line: bytes) -> None:
        assert self._file is not None
        if os.write(self._file, line) != len(line):
            raise OSError("the disk is full")

    def _release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _sync_soon(self) -> None:
        self._unsynced.set()
        if self._syncer is None:
            self._syncer = threading.Thread(target=self._keep_syncing, name="journal", daemon=True)
            self._syncer.start()

    def _keep_syncing(self) -> None:
        while not self._closed.is_set():
            self._unsynced.wait()
            self._unsynced.clear()
            self.sync()
            self._closed.wait(SYNC_EVERY)


def changes(before: AnchorSet, after: AnchorSet) -> Iterator[Change]:
    """The entries to replace, list by list, to get from one state of the drawings to another."""
    for key in LISTS:
        old, new = getattr(before, key), getattr(after, key)
        if old is not new:
            at, gone, come = _middle(old, new)
            if gone or come:
                yield (key,), at, _entries(before, key, gone), _entries(before, key, come)
    if before.horizon != after.horizon:
        yield ("horizon",), 0, [before.horizon], [after.horizon]
    if before.other is not after.other and before.other != after.other:
        yield ("other",), 0, [dict(before.other)], [dict(after.other)]
    if before.heads is not after.heads:
        for name in dict.fromkeys([*before.heads, *after.heads]):
            yield from _head_changes(name, before.heads.get(name, HeadEdits()), after.heads.get(name, HeadEdits()))


def _head_changes(name: str, before: HeadEdits, after: HeadEdits) -> Iterator[Change]:
    if before is not after:
        for field in fields(HeadEdits):
            if field.name != "other":
                at, gone, come = _middle(getattr(before, field.name), getattr(after, field.name))
                if gone or come:
                    yield ("heads", name, field.name), at, list(gone), list(come)


def _middle(before: tuple[Any, ...], after: tuple[Any, ...]) -> tuple[int, tuple[Any, ...], tuple[Any, ...]]:
    """Index where two tuples begin to differ, and the entries of each up to their common end."""
    shorter = min(len(before), len(after))
    start = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    end = next((i for i in range(shorter - start) if before[-1 - i] != after[-1 - i]), shorter - start)
    return start, before[start : len(before) - end], after[start : len(after) - end]


def _entries(anchors: AnchorSet, key: str, entries: tuple[Any, ...]) -> list[Any]:
    alone: dict[str, Any] = {key: entries}
    part: list[Any] = anchors_to_json(AnchorSet(anchors.image_size, **alone)).get(key, [])
    return part


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode() + b"\n"


@dataclass(frozen=True)
class Recovery:
    """The edits in the journal of a session that has crashed.

    Attributes:
        base: the drawings that the edits start from.
        after: the drawings with all of them.
        edits: how many.
        since: time of the first, seconds since 1970.
        texts: what was done, as the user reads it.
        length: bytes of the journal that could be read.
    """

    base: AnchorSet
    after: AnchorSet
    edits: int
    since: float
    texts: tuple[str, ...]
    length: int


def recover(path: Path) -> Recovery | None:
    """The edits in a journal; None when there is none, or it holds no edit.

    Raises:
        DataFormatError: it cannot be read, or an edit does not fit the one before it.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DataFormatError(path, f"cannot be read ({error.strerror or error}); check its permissions") from error
    whole = data[: data.rfind(b"\n") + 1]
    first, *rest = whole.splitlines() or [b""]
    if not rest:
        return None
    head = _decoded(path, 1, first, _Head)
    if (head.format, head.version) != (FORMAT, VERSION):
        raise DataFormatError(path, f"is no journal of version {VERSION}; a newer ghtools may read it", 1)
    edits = [_decoded(path, number, line, _Edit) for number, line in enumerate(rest, 2)]
    base = anchors_from_json(head.base, path)
    state = json.loads(json.dumps(anchors_to_json(base)))
    for number, edit in enumerate(edits, 2):
        try:
            for change in edit.changes:
                _redo(state, *change)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise DataFormatError(path, "this edit does not fit the one before it; remove the file", number) from error
    try:
        since = msgspec.json.decode(edits[0].time, type=_Time)
    except msgspec.DecodeError:
        since = 0.0  # A broken time must not keep the edits back.
    texts = tuple(edit.text for edit in edits)
    return Recovery(base, checked(anchors_from_json(state, path), path), len(edits), since, texts, len(whole))


def _decoded(path: Path, number: int, line: bytes, kind: type[_Line]) -> _Line:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.ValidationError as error:
        problem = f"not an edit ({error}); remove the file to go on without its edits"
        raise DataFormatError(path, problem, number) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataFormatError(path, "not valid JSON; remove the file to go on without its edits", number) from error


def _redo(state: dict[str, Any], place: list[str], at: int, before: list[Any], after: list[Any]) -> None:
    """Replace entries of one list of the drawings, in place.

    Args:
        state: the drawings as in `anchors.json`.
        place: keys that lead to the list.
        at: index of the first entry.
        before: the entries to replace.
        after: those that take their place.

    Raises:
        ValueError: other entries are there.
    """
    if place == ["horizon"]:
        if state.get("horizon") != before[0]:
            raise ValueError("another horizon")
        state["horizon"] = after[0]
        return
    if place == ["other"]:
        for key in before[0]:
            del state[key]
        state.update(after[0])
        return
    *outer, key = place
    table = state
    for name in outer:
        table = table.setdefault(name, {})
    entries = table.setdefault(key, [])
    if entries[at : at + len(before)] != before:
        raise ValueError("other entries")
    entries[at : at + len(before)] = after
    if outer and not any(table.values()):
        del state["heads"][outer[-1]]
