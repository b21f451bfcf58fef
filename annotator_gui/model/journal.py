"""Every edit on disk at once, until the project is saved: what a crash leaves of a session.

`.anchors.journal.jsonl` beside the project `anchors.json`, JSON line by line. The first line holds the drawings that
the edits start from, every other one an edit as the runs of entries that it exchanges:

```
{"format": "ghtools-journal", "version": 1, "base": {... as in anchors.json ...}}
{"time": 1763734500.1, "text": "Move anchor 3", "changes": [[["anchors"], 2, [{"image": ...}], [{"image": ...}]]]}
```

A change is the place of a list (`["heads", "1534540881", "added"]`), an index in it, the entries there before, and
those after. A line that was not written to its end is the last one, and is passed over.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from annotator_gui.model.recovery import FORMAT, VERSION, Recovery, recover
from gta_head_tools.anchors.anchors import AnchorSet, HeadEdits, anchors_to_json
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import make_folder, replacing

__all__ = ["Journal", "Recovery", "changes", "journal_path", "recover"]

LISTS = ("anchors", "zones", "pins", "image_anchors", "reviewed")
_APPENDING = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)
SYNC_EVERY = 1.0
"""Seconds between two calls of fsync: it takes about 4 ms, a line some microseconds."""

Change = tuple[tuple[str, ...], int, list[Any], list[Any]]


def journal_path(project: Path) -> Path:
    """The journal that belongs to a project file."""
    return project.with_name(f".{project.stem}.journal.jsonl")


class Journal:
    """Writes edits to a file as they happen. A disk that is full stops no edit: `problem` tells, and it tries again.

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
        """Forget all edits, after a save; the next one begins a new file.

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
        """Keep one edit."""
        line = _line({"time": round(time.time(), 3), "text": text, "changes": list(changes(before, after))})
        with self._lock:
            try:
                if self._file is None or not os.fstat(self._file).st_nlink:
                    self._release()  # Somebody has removed the file, and with it what is written to it.
                    self._open(before)
                self._write(line)
                self.problem = ""
            except (OSError, DatasetLayoutError) as error:
                self.problem = f"edits cannot be kept until they are saved: {error}"
                self._release()
                return
        self._sync_soon()

    def sync(self) -> None:
        """Have the disk keep what is written."""
        with self._lock:
            file = None if self._file is None else os.dup(self._file)
        if file is None:
            return
        # Outside of the lock: a slow disk must not hold up the next edit.
        try:
            os.fsync(file)
        except OSError as error:
            self.problem = f"{self.path}: the disk does not keep edits ({error.strerror or error}); save elsewhere"
        finally:
            os.close(file)

    def close(self) -> None:
        """Stop; the file stays."""
        self._closed.set()
        self._unsynced.set()
        if self._syncer is not None:
            self._syncer.join()
        with self._lock:
            self._release()

    def _open(self, base: AnchorSet) -> None:
        """A file with its first line in place of the old one, which may have an end that was not written whole."""
        make_folder(self.path.parent)
        head = _line({"format": FORMAT, "version": VERSION, "base": anchors_to_json(base)})
        with replacing(self.path) as partial:
            partial.write_bytes(head)
        self._file = os.open(self.path, _APPENDING)

    def _empty(self) -> None:
        """What is left to do where a file that is being synced cannot be removed, as on Windows."""
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
    """What differs, list by list."""
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
    """Where two tuples begin to differ, and what stands there up to their common end."""
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
