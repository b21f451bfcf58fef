"""Folders that are replaced: at every moment the old one or the new one is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gta_head_tools.whole_files import remove_partials, replacing_folder
from test_cli.running import environment

STOP = """
import os, pathlib, sys
from gta_head_tools.whole_files import replacing_folder

def stop_after_first_rename(event, args):
    if event == "os.rename":
        stop_after_first_rename.seen += 1
        if stop_after_first_rename.seen == 2:
            {how}

stop_after_first_rename.seen = 0
sys.addaudithook(stop_after_first_rename)
with replacing_folder(pathlib.Path(sys.argv[1])) as partial:
    (partial / "new").write_text("")
"""


def below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def stopped(target: Path, how: str) -> None:
    """A process that replaces a folder and is stopped when the old one is moved away and the new one not yet there."""
    target.mkdir()
    (target / "old").write_text("")
    command = [sys.executable, "-c", STOP.format(how=how), str(target)]
    assert subprocess.run(command, env=environment(), check=False, capture_output=True).returncode != 0


def test_ctrl_c_between_the_two_renames_keeps_the_old_folder(tmp_path: Path) -> None:
    stopped(tmp_path / "set", "raise KeyboardInterrupt")
    assert below(tmp_path) == ["set", "set/old"]


@pytest.mark.parametrize("name", ["set", "a-b-old"])
def test_a_kill_between_the_two_renames_loses_nothing_either(tmp_path: Path, name: str) -> None:
    stopped(tmp_path / name, "os._exit(1)")
    assert not (tmp_path / name).exists()
    remove_partials(tmp_path)
    assert below(tmp_path) == [name, f"{name}/old"]


def test_a_later_folder_is_not_replaced_by_what_a_kill_left(tmp_path: Path) -> None:
    stopped(tmp_path / "set", "os._exit(1)")
    with replacing_folder(tmp_path / "set") as partial:
        (partial / "newer").write_text("")
    remove_partials(tmp_path)
    assert below(tmp_path) == ["set", "set/newer"]


def test_a_file_or_a_link_in_the_place_of_the_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    for name in ("file", "link"):
        with replacing_folder(tmp_path / name) as partial:
            (partial / "new").write_text("")
    assert below(tmp_path) == ["file", "file/new", "link", "link/new"]
