"""Run by `test_killed.py`: sessions that die, each in a process of its own, as a power cut would end them.

killed: of copies 1..N of a scene, the k-th is edited k times and its process killed.
full: a scene is edited on a disk that takes no more than some bytes of a file; prints what a failed save leaves.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path

from annotator_gui.model.session import Session
from gta_head_tools.errors import GtaHeadError
from test_annotator.drawn_edits import edit


def edited(folder: Path, edits: int, data: Path) -> Session:
    """The session of a scene after some edits that are not saved."""
    session = Session(folder, data=data)
    document = session.open(session.names[0])
    for number in range(edits):
        document.apply(edit(document.anchors, number), f"edit {number}")
    return session


def killed(root: Path, count: int) -> None:
    for edits in range(1, count + 1):
        child = os.fork()
        if not child:
            edited(root / f"{edits}", edits, root / "data")
            os.kill(os.getpid(), signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL


def full(folder: Path) -> None:
    session = edited(folder, 3, folder / "data")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    assert session.document is not None
    assert session.project is not None
    try:
        session.save()
        said = ""
    except GtaHeadError as error:
        said = str(error)
    document = session.document
    document.apply(edit(document.anchors, 3), "one more")
    print(json.dumps({"said": said, "dirty": document.dirty, "journal": session.project.journal.problem}))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1] == "killed":
        killed(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        full(Path(sys.argv[2]))
