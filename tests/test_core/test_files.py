"""Files are replaced whole, names stay inside, errors say where."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools import errors
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, UnknownNameError
from gta_head_tools.files import (
    inside,
    natural_key,
    plain_name,
    remove_partials,
    replacing,
    replacing_folder,
    write_text,
)
from gta_head_tools.processes import process_alive


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


def test_an_unwritable_place_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetLayoutError, match="cannot be written"):
        write_text(tmp_path / "file" / "below" / "a.txt", "text")


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/passwd", "a/../../b", "C:\\a.jpg", "", "..\\a"])
def test_names_that_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(DataFormatError, match="leaves the folder"):
        inside(name, path=Path("labels.json"))


@settings(deadline=None)
@given(st.text() | st.text("./\\\\a:", max_size=3))
def test_a_plain_name_is_one_folder_below_any_other(name: str) -> None:
    try:
        plain = plain_name(name, what="split", path=Path("labels.json"))
    except DataFormatError as error:
        assert "cannot be the name of a folder" in str(error)
    else:
        assert (Path("/a/b", plain).parent, PureWindowsPath("C:/a/b", plain).parent.name) == (Path("/a/b"), "b")
        assert os.path.normpath(f"/a/b/{plain}") == f"/a/b/{name}"


def test_names_inside_become_posix() -> None:
    assert inside("a\\b/c.jpg", path=Path("x")) == "a/b/c.jpg"


def test_natural_order() -> None:
    assert sorted(["s10", "s9", "S1", "s"], key=natural_key) == ["S1", "s", "s9", "s10"]
    assert sorted(["1", "a", "01"], key=natural_key)[0] == "a"


def test_errors_survive_a_worker_and_say_where() -> None:
    error = pickle.loads(pickle.dumps(DataFormatError("a.csv", "x is 'north', expected a number", 12)))
    assert str(error) == "a.csv:12: x is 'north', expected a number"
    assert str(DataFormatError("a.json", "is missing", None, "images[3]")) == "a.json: images[3]: is missing"
    for kind in (errors.MissingExtraError("gui", "the window"), UnknownNameError("rule", "afine", ["affine", "auto"])):
        assert str(pickle.loads(pickle.dumps(kind))) == str(kind)


def test_an_unknown_name_names_the_nearest() -> None:
    assert "did you mean 'affine'?" in str(UnknownNameError("rule", "afine", ["auto", "affine", "row"]))
    assert "did you mean" not in str(UnknownNameError("rule", "zzzz", ["auto"]))
