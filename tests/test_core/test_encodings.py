"""Text in the encodings that programs save, and what is said of those that cannot be read."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools import encodings
from gta_head_tools.encodings import as_utf8, beginning_as_utf8, line_at
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

HERE = Path("heads.csv")
TEXT = "image,x\r\nMünchen/é.jpg,1\r日本.jpg,2\n"
SAVED = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with its mark": TEXT.encode("utf-8-sig"),
    "UTF-16 with its mark, little": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "UTF-16 with its mark, big": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "UTF-16 without its mark, little": TEXT.encode("utf-16-le"),
    "UTF-16 without its mark, big": TEXT.encode("utf-16-be"),
    "UTF-32 with its mark": TEXT.encode("utf-32"),
}


@pytest.mark.parametrize("saved", SAVED)
@pytest.mark.parametrize("packed", [False, True])
def test_text_is_read_as_it_was_saved(tmp_path: Path, saved: str, packed: bool) -> None:
    file = tmp_path / "heads.csv"
    file.write_bytes(gzip.compress(SAVED[saved]) if packed else SAVED[saved])
    assert read_unpacked(file) == TEXT.encode()
    for count in range(8, 40):
        assert TEXT.encode().startswith(read_unpacked(file, count).rstrip("\ufffd".encode())[:8])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_another_encoding_is_named_with_its_line(end: str, encoding: str) -> None:
    text = end.join(["image,x,y", "日本.jpg,1,2", "é.jpg,1,2", "München.jpg,10,20", "Übersee.jpg,1,2", ""])
    data = b"".join(line.encode("utf-8" if row < 3 else encoding) for row, line in enumerate(text.splitlines(True)))
    with pytest.raises(DataFormatError, match=r"'München\.jpg,10,20' if it is Windows-1252 \(Latin-1\)") as caught:
        as_utf8(data, HERE)
    assert caught.value.line == 4


def test_the_wrong_byte_is_found_in_any_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["日本é\n".encode() * 7, b"M\xfcnchen\n", b"\xe9t\xe9"]
    for piece in range(1, 40):
        monkeypatch.setattr(encodings, "_PIECE", piece)
        with pytest.raises(DataFormatError, match="München") as caught:
            as_utf8(b"".join(lines), HERE)
        assert caught.value.line == 8
        with pytest.raises(DataFormatError) as caught:  # A character that is cut off at the end of the file.
            as_utf8("a\né".encode()[:-1], HERE)
        assert caught.value.line == 2
        assert as_utf8(lines[0], HERE) == lines[0]


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"image,x\na\0b,1\n", 2, "a zero byte"),
        (b"\xff\xfe" + "a\nb".encode("utf-16-le") + b"\x00", 2, "damaged UTF-16"),
        (b"\xff\xfe" + "a\nb\n".encode("utf-16-le") + b"\x00\xd8a\0", 3, "damaged UTF-16"),
    ],
)
def test_what_is_no_text_is_told(data: bytes, line: int, words: str) -> None:
    with pytest.raises(DataFormatError, match=words) as caught:
        as_utf8(data, HERE)
    assert caught.value.line == line


@given(st.binary(max_size=60))
def test_any_bytes_are_text_or_one_clear_error(data: bytes) -> None:
    beginning_as_utf8(data)
    try:
        as_utf8(data, HERE).decode()
    except DataFormatError as error:
        assert error.line is not None
        assert 1 <= error.line <= len(data) + 1


@given(st.text(st.sampled_from("a\r\n"), max_size=9))
def test_lines_are_counted_as_python_splits_them(text: str) -> None:
    for place in range(len(text)):
        # A place between \r and \n belongs to no line of its own.
        if text[place - 1 : place + 1] != "\r\n":
            assert line_at(text.encode(), place) == len((text[:place] + "x").splitlines())


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"image,x\na.jpg,1\n\xef\xbb\xbfb.jpg,2\n", 3),
        (b"image,x\ra.jpg,1\r\xef\xbb\xbfb.jpg,2", 3),
        (TEXT.encode("utf-16") * 2, 4),
        (b"image,x\na.jpg,1\n" + "b.jpg,2\nc.jpg,1\nd.jpg,5\n".encode("utf-16"), 3),
    ],
)
def test_files_that_were_joined_are_told_at_the_line_where_the_second_begins(data: bytes, line: int) -> None:
    with pytest.raises(DataFormatError, match=r"files were joined|no UTF-8|zero byte") as caught:
        as_utf8(data, HERE)
    assert caught.value.line == line


def test_a_mark_that_stands_twice_is_left_out() -> None:
    assert as_utf8(codecs.BOM_UTF8 * 2 + TEXT.encode(), HERE) == TEXT.encode()
