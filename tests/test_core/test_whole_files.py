"""Files and folders are replaced whole."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.processes import process_alive
from gta_head_tools.whole_files import (
    recover,
    remove_partials,
    replacing,
    replacing_folder,
    whole_or_as_before,
    write_text,
)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_text(target, "old")
    with pytest.raises(RuntimeError), replacing(target) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_folder_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "set"
    with replacing_folder(target) as partial:
        (partial / "one").write_text("1")
    with pytest.raises(KeyboardInterrupt), replacing_folder(target) as partial:
        (partial / "two").write_text("2")
        raise KeyboardInterrupt
    assert [path.name for path in target.iterdir()] == ["one"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_is_exchanged_whole(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with replacing_folder(tmp_path / "set") as partial:
            (partial / name).write_text(name)
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["two"]


def test_files_of_others_stay_in_a_folder_that_is_exchanged(tmp_path: Path) -> None:
    target = tmp_path / "set"
    for name in ("old", "kept", "deep/kept"):
        write_text(target / name, name)
    with replacing_folder(target, ours="old".__eq__) as partial:
        (partial / "new").write_text("new")
    assert {path.relative_to(target).as_posix() for path in target.rglob("*")} == {"new", "kept", "deep", "deep/kept"}
    with (
        pytest.raises(DatasetLayoutError, match="new: was not written by ghtools"),
        replacing_folder(target, ours="old".__eq__) as partial,
    ):
        (partial / "new").write_text("newer")
    assert (target / "new").read_text() == "new"


def test_what_a_dead_process_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    with replacing_folder(tmp_path / "mine") as living:
        dead = living.with_name(living.name.replace(f"-{os.getpid()}-", "-999999999-"))
        dead.mkdir()
        remove_partials(tmp_path)
        assert living.is_dir()
        assert not dead.exists()


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="only Linux tells it")
def test_a_process_that_ended_and_was_not_waited_for_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as child:
        assert process_alive(child.pid)
        assert child.stdin is not None
        child.stdin.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not process_alive(child.pid)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_the_error_of_a_disk_names_the_target(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, *_: object, **__: object) -> None:
        raise OSError(number, f"several\nlines about {path}")

    def write_one(target: Path) -> None:
        write_text(target / "a", "text")

    def write_two(target: Path) -> None:
        with replacing_folder(target) as folder, replacing(folder / "a") as partial:
            partial.touch()

    reason = re.escape(os.strerror(number))
    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", refuse)
        disk.setattr(Path, "touch", refuse)
        disk.setattr(Path, "unlink", refuse)  # A disk that may only be read refuses this even where nothing is.
        for write in (write_one, write_two):
            with pytest.raises(DatasetLayoutError, match=rf"{tmp_path}/set/a: cannot be written \({reason}\)"):
                write(tmp_path / "set")


def test_an_unwritable_place_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetLayoutError, match="cannot be written"):
        write_text(tmp_path / "file" / "below" / "a.txt", "text")


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("moment", ["before", "empty", "half"])
def test_a_killed_process_leaves_what_was_there_before(older: bool, moment: str, tmp_path: Path) -> None:
    target = tmp_path / "set"
    if older:
        write_text(target / "one", "old")
    code = f"""
import os, pathlib, signal
from gta_head_tools import whole_files
target = pathlib.Path({str(target)!r})
if {moment!r} == "before":
    pathlib.Path.replace = pathlib.Path.touch = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with whole_files.whole_or_as_before(target):
    if {moment!r} == "half":
        whole_files.write_text(target / "two", "half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    remove_partials(tmp_path)
    told = recover(target)
    assert {file.name: file.read_text() for file in target.glob("*")} == ({"one": "old"} if older else {})
    assert [("is put back" in line, "unfinished" in line) for line in told] == (
        [] if moment == "before" else [(older, moment == "half")]
    )
    left = [path for path in tmp_path.iterdir() if path != target]
    assert [[file.read_text() for file in path.iterdir()] for path in left] == [["half"]] * (moment == "half")
    assert recover(target) == ()


def test_steps_that_end_leave_the_new_and_those_that_fail_the_old(tmp_path: Path) -> None:
    target = tmp_path / "set"
    for text, error in (("a", None), ("b", KeyboardInterrupt), ("c", None)):
        with pytest.raises(error) if error else nullcontext(), whole_or_as_before(target):
            assert not target.exists()
            write_text(target / "file", text)
            if error:
                raise error
        assert (target / "file").read_text() == ("a" if text == "b" else text)
        assert list(tmp_path.iterdir()) == [target]
