"""Whether a process of this machine still runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def process_alive(pid: int) -> bool:
    """True when a process of that number runs on this machine."""
    if not 0 < pid < 2**31:
        return False
    if sys.platform == "win32":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """True when a process has ended and its parent has not fetched its exit code; in a container it may never do so."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:  # no Linux, or gone by now
        return False
    return status.rpartition(b")")[2].split()[:1] == [b"Z"]


def _alive_on_windows(pid: int) -> bool:
    # On Windows, `os.kill(pid, 0)` does not ask whether the process runs: signal 0 is CTRL_C_EVENT.
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  # mypy only knows it on Windows
    handle = kernel.OpenProcess(0x1000, False, pid)
    if handle:
        kernel.CloseHandle(handle)
    return bool(handle)
