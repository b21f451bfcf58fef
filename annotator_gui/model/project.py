"""The file that holds a scene's drawings: where it is, which process writes it, what a crash left, and saving.

`anchors.json` has `.anchors.lock` (who has it open) and `.anchors.journal.jsonl` (edits since the last save) beside it.
Where a folder cannot be written, all three go to the user's data folder.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from annotator_gui.model.journal import Journal, Recovery, journal_path, recover
from annotator_gui.model.project_notes import checked
from gta_head_tools.anchors.anchors import AnchorSet, read_anchors, write_anchors
from gta_head_tools.errors import DatasetLayoutError, GtaHeadError
from gta_head_tools.processes import process_alive
from gta_head_tools.whole_files import make_folder

UNNAMED = 5.0
"""Seconds after which a lock file without a content belongs to a process that died while it made the file."""


class ChangedOnDiskError(DatasetLayoutError):
    """Another program has written the file since it was read."""


def data_folder() -> Path:
    """The user's folder for data of ghtools, by the customs of the system; it need not be there."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "ghtools"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ghtools"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "ghtools"


def place_elsewhere(own: Path, data: Path) -> Path:
    """Where a project goes whose own folder cannot be written."""
    name = hashlib.blake2b(str(own.resolve()).encode(), digest_size=8).hexdigest()
    return data / "scenes" / f"{own.parent.name}-{name}" / own.name


def find_elsewhere(own: Path, data: Path) -> Path | None:
    """The project of a scene in the data folder, if that is the one to read; None = it is not."""
    there = place_elsewhere(own, data)
    if not there.is_file():
        return None
    # If the scene's own folder is writable again and holds a project, that one wins.
    return None if own.is_file() and os.access(own.parent, os.W_OK) else there


class Holder(msgspec.Struct, frozen=True):
    """The process that has a project open, as its lock file names it."""

    host: str
    process: int

    @property
    def here(self) -> bool:
        return self.host == socket.gethostname()

    @property
    def gone(self) -> bool:
        """True when the process has ended; never for another machine, as nothing is known about its processes."""
        return self.here and not process_alive(self.process)

    def __str__(self) -> str:
        return f"process {self.process}" + ("" if self.here else f" on {self.host}")


class Project:
    """A project file that is open, for writing unless another process has it.

    Args:
        own: where the file belongs.
        data: folder to go to when `own` cannot be written.

    Attributes:
        path: the file that is written; it need not be there yet.
        readonly: why it may not be changed; "" = it may.
        elsewhere: True when `path` is in the data folder.
        journal: of edits.
        recovery: edits of a crashed session; None = none, or the user has restored or discarded them.
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
        return self.path.with_name(f".{self.path.stem}.lock")

    def read(self) -> AnchorSet | None:
        """The drawings in the file, None = there is none; also looks for the edits of a crashed session.

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
        """Take over the edits of a crashed session: the journal goes on after them.

        Raises:
            DatasetLayoutError: it cannot be written.
        """
        recovery, self.recovery = self.recovery, None
        if recovery is not None:
            self.journal.resume(recovery)

    def discard(self) -> None:
        """Forget the edits of a crashed session."""
        self.recovery = None
        self.journal.cut()

    def save(self, anchors: AnchorSet, *, overwrite: bool = False) -> None:
        """Write the file, whole or not at all, and cut the journal. A file that was removed is written again.

        Args:
            anchors: the drawings.
            overwrite: also over a file that another program has written since it was read.

        Raises:
            ChangedOnDiskError: another program has written it, and it may not be overwritten.
            DatasetLayoutError: it may not or cannot be written.
        """
        if self.readonly:
            raise DatasetLayoutError(self.path, f"is not written: {self.readonly}")
        if not overwrite and _fingerprint(self.path) not in {self._seen, None}:
            raise ChangedOnDiskError(self.path, "was changed by another program; overwrite it, or open it again")
        write_anchors(self.path, anchors)
        self._seen = _fingerprint(self.path)
        # The edits of a crashed session are not among those that were just saved: they wait for the user's decision.
        if self.recovery is None:
            self.journal.cut()

    def close(self) -> None:
        """Release the file for others. A lock that cannot be removed counts as stale once this process has ended."""
        self.journal.close()
        if self._locked:
            self._locked = False
            with suppress(OSError):
                # The folder may have been removed and made anew, with the lock of another process.
                if _holder(self.lock) == Holder(socket.gethostname(), os.getpid()):
                    self.lock.unlink()
        if self._made_folder:
            # Looking at a scene leaves no folder behind; `rmdir` keeps a folder with a project in it.
            with suppress(OSError):
                self.path.parent.rmdir()

    def _take_elsewhere(self) -> None:
        try:
            make_folder(self.path.parent)
            self._take()
        except (OSError, GtaHeadError) as error:
            self.readonly = f"neither its folder nor {self.path.parent} can be written ({error})"

    def _take(self) -> None:
        """Take the lock, or set `readonly` to the process that has it.

        Raises:
            OSError: the folder cannot be written.
        """
        if not self.path.parent.is_dir():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._made_folder = True
        mine = msgspec.json.encode(Holder(socket.gethostname(), os.getpid()))
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
        """Remove the lock that a dead process has left, but not a lock that was taken since it was read."""
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
    """The process that a lock file names; None for a file that is about to be written.

    A file that is still empty after some seconds gives a process that cannot run: its writer died at once.
    """
    try:
        return msgspec.json.decode(lock.read_bytes(), type=Holder)
    except (msgspec.DecodeError, UnicodeDecodeError):
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
