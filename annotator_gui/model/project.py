"""The file that a scene's drawings are kept in: where it is, who writes it, what a crash left, and saving.

`anchors.json` has `.anchors.lock` (who has it open) and `.anchors.journal.jsonl` (edits since the last save) beside it.
Where a folder cannot be written, all three go to the user's data folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from annotator_gui.model.journal import Journal, Recovery, journal_path, recover
from annotator_gui.model.project_notes import checked
from gta_head_tools.anchors.anchors import AnchorSet, read_anchors, write_anchors
from gta_head_tools.errors import DatasetLayoutError, GtaHeadError
from gta_head_tools.files import make_folder, process_alive

UNNAMED = 5.0
"""Seconds that a lock may be without the name of its holder."""


class ChangedOnDiskError(DatasetLayoutError):
    """The file is not the one that was read: somebody else has written it since."""


def data_folder() -> Path:
    """The user's folder for data of ghtools, by the customs of the system; it need not be there."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "ghtools"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ghtools"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "ghtools"


def place_elsewhere(own: Path, data: Path) -> Path:
    """Where the project goes whose own place cannot be written."""
    name = hashlib.blake2b(str(own.resolve()).encode(), digest_size=8).hexdigest()
    return data / "scenes" / f"{own.parent.name}-{name}" / own.name


def find_elsewhere(own: Path, data: Path) -> Path | None:
    """The project that was put elsewhere, where it still speaks for the scene; None = there is none."""
    there = place_elsewhere(own, data)
    if not there.is_file():
        return None
    # A folder that can be written by now has the first word, if anything is in it.
    return None if own.is_file() and os.access(own.parent, os.W_OK) else there


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a project open."""

    host: str
    process: int

    @property
    def here(self) -> bool:
        """True for a process of this machine."""
        return self.host == socket.gethostname()

    @property
    def gone(self) -> bool:
        """True when it is known not to run any more; of another machine nothing is known."""
        return self.here and not process_alive(self.process)

    def __str__(self) -> str:
        return f"process {self.process}" + ("" if self.here else f" on {self.host}")


class Project:
    """A project file that is open, for writing unless somebody else has it.

    Args:
        own: where the file belongs.
        data: folder to go to when `own` cannot be written.

    Attributes:
        path: the file that is written; it need not be there yet.
        readonly: why it may not be changed; "" = it may.
        elsewhere: True when `path` is in the data folder.
        journal: of edits.
        recovery: edits that were not saved, None = none or already decided upon.
    """

    def __init__(self, own: Path, data: Path) -> None:
        self.path, self.elsewhere, self.readonly = own, False, ""
        self._locked = self._made_folder = False
        try:
            self._take()
        except OSError:
            self.path, self.elsewhere = place_elsewhere(own, data), True
            self._take_elsewhere()
        self.journal = Journal(journal_path(self.path))
        self.recovery: Recovery | None = None
        self._seen: bytes | None = None

    @property
    def lock(self) -> Path:
        """The lock file."""
        return self.path.with_name(f".{self.path.stem}.lock")

    def read(self) -> AnchorSet | None:
        """The drawings in the file, None = there is none; looks for edits that were not saved.

        Raises:
            DataFormatError: the file or the journal cannot be used.
        """
        self._seen = _fingerprint(self.path)
        anchors = None if self._seen is None else checked(read_anchors(self.path), self.path)
        found = None if self.readonly else recover(self.journal.path)
        lost = found is not None and found.after != (found.base if anchors is None else anchors)
        self.recovery = found if lost else None
        if not self.readonly and not lost:
            self.journal.cut()
        return anchors

    def restore(self) -> None:
        """The edits that were not saved are taken back: the journal goes on after them.

        Raises:
            DatasetLayoutError: it cannot be written.
        """
        recovery, self.recovery = self.recovery, None
        if recovery is not None:
            self.journal.resume(recovery)

    def discard(self) -> None:
        """Forget the edits that were not saved."""
        self.recovery = None
        self.journal.cut()

    def save(self, anchors: AnchorSet, *, overwrite: bool = False) -> None:
        """Write the file, whole or not at all, and cut the journal. One that somebody has removed is written again.

        Args:
            anchors: the drawings.
            overwrite: also over a file that somebody else has written since it was read.

        Raises:
            ChangedOnDiskError: it was, and may not be overwritten.
            DatasetLayoutError: it may not or cannot be written.
        """
        if self.readonly:
            raise DatasetLayoutError(self.path, f"is not written: {self.readonly}")
        if not overwrite and _fingerprint(self.path) not in {self._seen, None}:
            raise ChangedOnDiskError(self.path, "was changed by another program; overwrite it, or open it again")
        write_anchors(self.path, anchors)
        self._seen = _fingerprint(self.path)
        # Edits that somebody still has to decide upon are not those that were just saved.
        if self.recovery is None:
            self.journal.cut()

    def close(self) -> None:
        """Give the file free for others. A lock that cannot be removed is of no account when this process has ended."""
        self.journal.close()
        if self._locked:
            self._locked = False
            with suppress(OSError):
                # A folder that was removed and made anew may be somebody else's by now.
                if _holder(self.lock) == Holder(socket.gethostname(), os.getpid()):
                    self.lock.unlink()
        if self._made_folder:
            # Whoever has only looked leaves nothing behind; a folder with a project in it stays.
            with suppress(OSError):
                self.path.parent.rmdir()

    def _take_elsewhere(self) -> None:
        try:
            make_folder(self.path.parent)
            self._take()
        except (OSError, GtaHeadError) as error:
            self.readonly = f"neither its folder nor {self.path.parent} can be written ({error})"

    def _take(self) -> None:
        """Take the lock, or say in `readonly` who has it.

        Raises:
            OSError: the folder cannot be written.
        """
        if not self.path.parent.is_dir():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._made_folder = True
        mine = json.dumps({"host": socket.gethostname(), "process": os.getpid()}).encode()
        for _ in range(3):
            try:
                lock = os.open(self.lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
            except FileExistsError:
                holder = _holder(self.lock)
                if holder is None or not holder.gone:
                    self.readonly = f"{holder or 'another process'} has it open; if not, remove {self.lock.name}"
                    return
                self._clear(holder)
                continue
            os.write(lock, mine)
            os.close(lock)
            self._locked = True
            return
        self.readonly = "another process is opening it"

    def _clear(self, gone: Holder) -> None:
        """Take away the lock that a process left when it died, but not one that was taken since it was looked at."""
        aside = self.lock.with_name(f"{self.lock.name}-{os.getpid()}")
        try:
            self.lock.replace(aside)
        except FileNotFoundError:
            return
        if _holder(aside) == gone or self.lock.exists():
            aside.unlink()
        else:
            aside.replace(self.lock)


def _holder(lock: Path) -> Holder | None:
    """Who is named in a lock file; None for a file that somebody is about to write.

    One that is still without a name after some seconds names a process that cannot run: its writer died at once.
    """
    try:
        content = json.loads(lock.read_bytes())
        return Holder(str(content["host"]), int(content["process"]))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None if time.time() - lock.stat().st_mtime < UNNAMED else Holder(socket.gethostname(), 0)
    except FileNotFoundError:
        return Holder(socket.gethostname(), 0)


def _fingerprint(path: Path) -> bytes | None:
    """Hash of a file's bytes; None when it is not there."""
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DatasetLayoutError(path, f"cannot be read ({error.strerror or error}); check its permissions") from error
