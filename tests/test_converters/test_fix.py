"""Mended copies and their lists of changes, also where a run is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converters import fix as fixing
from converters.convert import ConvertOptions, carry_out

TABLE = "image,x1,y1,x2,y2\ns/a.jpg,1,2,5,8\ns/a.jpg,7,7,7,9\nt/b.jpg,3,3,3,9\n"
LISTED = [
    "image,record,what,before,after",
    's/a.jpg,head 2,drop,"point 7 8, box 7 7 7 9",left out: the box has no area',
    't/b.jpg,head 1,drop,"point 3 6, box 3 3 3 9",left out: the box has no area',
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "heads.csv"
    file.write_text(TABLE, "utf-8")
    return file


def mend(source: Path, out: str, *, force: bool = False) -> fixing.FixReport:
    options = ConvertOptions(to="", out=source.with_name(out), images="none", force=force)
    return fixing.fix(source, ["drop"], options, jobs=1)


@pytest.mark.parametrize(("out", "listed"), [("new", "new/ghtools-fixes.csv"), ("new.csv", "ghtools-fixes-new.csv")])
def test_a_stopped_run_leaves_the_list_of_what_it_wrote(
    source: Path, out: str, listed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = carry_out

    def stopped(*args: Any, **options: Any) -> None:
        write(*args, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(fixing, "carry_out", stopped)
    with pytest.raises(KeyboardInterrupt):
        mend(source, out)
    assert (source.parent / listed).read_text("utf-8").splitlines() == LISTED


def test_a_run_that_writes_nothing_leaves_no_list(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fixing, "carry_out", stopped)
    with pytest.raises(KeyboardInterrupt):
        mend(source, "new")
    assert [path.name for path in source.parent.iterdir()] == ["heads.csv"]


def test_a_list_is_replaced_with_the_data_set(source: Path) -> None:
    first = mend(source, "new")
    source.write_text(TABLE.replace("7,7,7,9", "7,7,9,9"), "utf-8")
    second = mend(source, "new", force=True)
    assert (first.fixed, second.fixed) == ({"drop": 2}, {"drop": 1})
    assert second.changes.read_text("utf-8").splitlines() == [LISTED[0], LISTED[2]]
