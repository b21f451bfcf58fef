"""Locks, so that two commands do not write to one target at the same time.

A lock is a file in the folder for temporary files, because the target is replaced while it is written and the folder
around it may be read by others. The system releases the lock when the process ends, also when it is killed.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gta_head_tools.errors import DatasetLayoutError

_ours: set[Path] = set()
"""Targets that this process has locked."""


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Context in which no other process on this machine gets the lock of `target`; this process may enter it again.

    Raises:
        DatasetLayoutError: another process has the lock.
    """
    place = target.resolve()
    if place in _ours:
        yield
        return
    lock = _lock_file(place)
    number = None if lock is None else _taken(lock, target)
    _ours.add(place)
    try:
        yield
    finally:
        _ours.remove(place)
        if lock is not None and number is not None:
            lock.unlink(missing_ok=True)
            os.close(number)


def try_lock(number: int) -> bool:
    """Lock an open file or folder by its descriptor; False where another process has the lock."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # Some network file systems have no locks.
        logging.getLogger(__name__).debug("descriptor %d cannot be locked (%s)", number, error)
    return True


def _lock_file(place: Path) -> Path | None:
    """The lock file of a target; None where there can be none."""
    if sys.platform == "win32":
        return None
    folder = Path(tempfile.gettempdir()) / f"ghtools-locks-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return folder / hashlib.blake2b(os.fsencode(place), digest_size=16).hexdigest()


def _taken(lock: Path, target: Path) -> int | None:
    """Descriptor of the lock file, which is locked; None where it cannot be opened."""
    while True:
        try:
            number = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            return None
        if not try_lock(number):
            os.close(number)
            raise DatasetLayoutError(target, "another ghtools command writes there now; wait for its end")
        try:
            if lock.stat().st_ino == os.fstat(number).st_ino:
                return number
        except FileNotFoundError:
            pass
        os.close(number)  # The process that had the lock removed this file in the meantime.
