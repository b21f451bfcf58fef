"""Names stay inside, errors say where."""

from __future__ import annotations

import gzip
import os
import pickle
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools import errors
from gta_head_tools.errors import ConfigError, DataFormatError, UnknownNameError
from gta_head_tools.files import inside, natural_key, plain_name, read_unpacked


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


def test_what_unpacks_to_far_more_than_it_packs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = tmp_path / "heads.csv.gz"
    bomb.write_bytes(gzip.compress(b"image,x,y\n" + b" " * (3 << 20)))
    assert len(read_unpacked(bomb)) > 3 << 20
    monkeypatch.setenv("GHTOOLS_UNPACKED_MB", "2")
    with pytest.raises(DataFormatError, match=r"heads\.csv\.gz: its [0-9,]+ bytes unpack to more than 2 MB, which no"):
        read_unpacked(bomb)
    assert read_unpacked(bomb, 5) == b"image"
    monkeypatch.setenv("GHTOOLS_UNPACKED_MB", "much")
    with pytest.raises(ConfigError, match="GHTOOLS_UNPACKED_MB=much: expected a whole number of megabytes"):
        read_unpacked(bomb)
