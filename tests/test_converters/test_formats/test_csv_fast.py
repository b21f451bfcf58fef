"""Compiled code reads of CSV what the slow way reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.files.numbers import long_text
from converters.files.tables import csv_scan
from converters.formats.csv_points import ReadOptions, read
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import GtaHeadError
from test_converters.damaged_texts import damaged_files

Read = tuple[list[ImageAnnotations], tuple[str, ...]] | str


def outcome(path: Path, *, fast: bool, in_parts: bool = False) -> Read:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_scan, "worth_compiling", lambda *_: fast)
        patch.setattr(csv_scan, "_PIECE", 90)
        patch.setattr(long_text, "_LEAST", 0 if in_parts else 10**9)
        try:
            dataset = read(path, ReadOptions())
            return list(dataset), dataset.notes
        except GtaHeadError as error:
            return str(error)


def check(path: Path) -> bool:
    """All ways agree; returns whether the file can be read."""
    slow = outcome(path, fast=False)
    for fast in (outcome(path, fast=True), outcome(path, fast=True, in_parts=True)):
        if isinstance(slow, str) or isinstance(fast, str):
            assert slow == fast
            continue
        assert slow[1] == fast[1]
        for one, other in zip(slow[0], fast[0], strict=True):
            assert one.info == other.info
            for name in ("points", "boxes", "ids", "ignore"):
                assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
            assert {name: column.tobytes() for name, column in one.extra.items()} == {
                name: column.tobytes() for name, column in other.extra.items()
            }
    return not isinstance(slow, str)


COLUMNS = ["image", "x", "y", "x1", "y1", "x2", "y2", "score", "ignore", "track", "note"]
NUMBER = st.one_of(
    st.floats(-50, 2000).map(repr),
    st.decimals(0, 2000, places=3).map(str),
    st.sampled_from(["", "1", "0", "-0", "1e3", "007", "+1", "1.", "nan", "1e999", " 2", "12345678901234567890123"]),
)
FIELDS = {
    "image": st.sampled_from(["a.jpg", "a.jpg", "b/c.png", "d e.jpg", "é.jpg", '"q,r.jpg"', " s.jpg", "../t.jpg", ""]),
    "ignore": st.sampled_from(["0", "1", "", "true", "1.0", "2"]),
    "track": st.sampled_from(["1", "-1", "", "3.0", "99999999999999999999", "x"]),
    "note": st.sampled_from(["", "text", "a b", '"', "é", "\r"]),
}
PLAIN = {
    "image": st.sampled_from(["a.jpg", "b.jpg"]),
    "ignore": st.just("0"),
    "track": st.just("7"),
    "note": st.just("t"),
}


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Texts of tables, many of them plain."""
    plain = draw(st.booleans())
    columns = draw(
        st.sampled_from([COLUMNS, COLUMNS[:-1], COLUMNS[:3], ["x2", "x1", "y2", "y1", "image"], COLUMNS[::-1]])
    )
    number = st.decimals(0, 2000, places=3).map(str) if plain else NUMBER
    fields = PLAIN if plain else FIELDS
    rows = [",".join(draw(fields.get(name, number)) for name in columns) for _ in range(draw(st.integers(0, 9)))]
    if draw(st.booleans()):
        rows.append("z.jpg" + "," * (len(columns) - 1))
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]))
    return end.join([",".join(columns), *rows]) + draw(st.sampled_from(["", "\n", "\n\n", "\r\n"]))


@settings(max_examples=200, deadline=None)
@given(tables())
def test_all_spellings_are_read_alike(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("spelt") / "heads.csv"
    path.write_bytes(text.encode())
    check(path)


def plain_file() -> str:
    rows = [f"{n // 3}.jpg,{n},2.5,{n - 1},1,{n + 1},4,0.5,0,{n}" for n in range(12)]
    return "\n".join([",".join(COLUMNS[:-1]), *rows, "last.jpg,,,,,,,,,", ""])


def test_plain_files_are_read_the_fast_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "heads.csv"
    path.write_text(plain_file())
    assert check(path)
    monkeypatch.setattr(csv_scan, "worth_compiling", lambda *_: True)
    monkeypatch.setattr("converters.formats.csv_points.read_blocks", None)
    assert sum(map(len, read(path, ReadOptions()))) == 12


DAMAGE = ["", "x", '"', ",", "\n", "\n\n", "\r", "-1", "1e999", "nan", "\0", "\xff", "é", ",,,", "a.jpg,", " "]


def test_damaged_files_are_read_alike(tmp_path: Path) -> None:
    assert sum(map(check, damaged_files(tmp_path / "heads.csv", plain_file(), DAMAGE)))
