"""Text of label files as UTF-8, whichever program saved it; text in another encoding is named with its line.

UTF-8 is read with and without its mark. UTF-16 and UTF-32 are read where their mark stands at the start, and UTF-16
where every other byte is zero, which UTF-8 text never has. Windows-1252, Latin-1 and others are refused, because
nothing in a file tells one of them from another, and a wrong guess changes names.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from gta_head_tools.errors import DataFormatError

_UTF8_MARK = b"\xef\xbb\xbf"
# The mark of UTF-32 begins with that of UTF-16, so that it is looked for first.
_MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_INNER_MARK = re.compile(rb"[\r\n]" + _UTF8_MARK)
_PIECE = 1 << 20
"""Bytes that are checked at once: the text of a large file is not held a second time."""
_START = 256
"""Bytes that tell UTF-16 without a mark."""
_FIRST = 8
"""Characters among which the first zero of UTF-16 stands."""
_SHOWN = 40
"""Most characters of a line that a message shows."""
_REMEDY = "save the file again as UTF-8"


def as_utf8(data: bytes, path: Path) -> bytes:
    """The text of a file in UTF-8, without a byte order mark.

    Args:
        data: the whole file, unpacked.
        path: of the file, for the message.

    Raises:
        DataFormatError: it is no text, or in an encoding that no mark names; the message has the line.
    """
    wide = _wide(data)
    text = _from_wide(data, wide, path) if wide else data
    while text.startswith(_UTF8_MARK):  # Some programs put a second mark before the first.
        text = text.removeprefix(_UTF8_MARK)
    if not text.isascii() and (joined := _INNER_MARK.search(text)):
        problem = "a byte order mark at the start of this line, as where files were joined; remove it"
        raise DataFormatError(path, problem, line=line_at(text, joined.end()))
    if wide:
        return text
    if (zero := text.find(0)) >= 0:
        raise DataFormatError(path, "a zero byte, which no text has; copy the file again", line=line_at(text, zero))
    if not text.isascii() and (wrong := _first_wrong(text)) is not None:
        raise _other_encoding(text, wrong, path)
    return text


def beginning_as_utf8(data: bytes) -> bytes:
    """The first bytes of a file as UTF-8, for detection: what cannot be decoded, also a cut last character, is kept."""
    if encoding := _wide(data):
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        return decoder.decode(data).encode(errors="replace")
    return data.removeprefix(_UTF8_MARK)


def line_at(text: bytes, place: int) -> int:
    r"""The line, counted from 1, of the byte at `place`; lines end with \n, \r\n or a lone \r.

    >>> line_at(b"a\r\nb\rc\nd", 7)
    4
    """
    before = text[:place]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1


def _wide(data: bytes) -> str | None:
    marked = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)
    if marked:
        return marked
    start = data[:_START]
    for encoding, (filled, zeros) in {
        "utf-16-le": (start[::2], start[1::2]),
        "utf-16-be": (start[1::2], start[::2]),
    }.items():
        # UTF-8 text to which a program has added UTF-16 has its zeros later.
        if filled and not filled.count(0) and 2 * zeros.count(0) > len(zeros) and 0 in zeros[:_FIRST]:
            return encoding
    return None


def _from_wide(data: bytes, encoding: str, path: Path) -> bytes:
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, errors="replace").encode(errors="replace")
        problem = f"no UTF-8 text: damaged {encoding[:6].upper()}; copy the file, or {_REMEDY}"
        raise DataFormatError(path, problem, line=line_at(before, len(before))) from error


def _first_wrong(text: bytes) -> int | None:
    """The place of the first byte that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE]
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=start + _PIECE >= len(text))
        except UnicodeDecodeError as error:
            return start - kept + error.start
    return None


def _other_encoding(text: bytes, wrong: int, path: Path) -> DataFormatError:
    """The error for a text that shows what the part of the line around the wrong byte would be in Windows-1252."""
    start = max(text.rfind(b"\n", 0, wrong), text.rfind(b"\r", 0, wrong)) + 1
    end = re.compile(rb"[\r\n]|$").search(text, wrong)
    line = text[max(start, wrong - _SHOWN // 2) : min(end.start() if end else len(text), wrong + _SHOWN // 2)]
    shown = line.decode("cp1252", errors="replace")
    problem = f"no UTF-8 text: {shown!r} if it is Windows-1252 (Latin-1); {_REMEDY}"
    return DataFormatError(path, problem, line=line_at(text, wrong))
