"""XML files, read child by child of the root, so that a large file needs little memory; errors name the line.

Files that define entities are refused by `defusedxml`: a few lines of them can fill the memory or read other files.
Entities are defined in a document type (`<!DOCTYPE`) alone. A file without one is parsed straight by the standard
library, in a third of the time.

The encoding is that of a mark at the start, else the one that the file declares, else UTF-8.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers import expat

from gta_head_tools.encodings import as_utf8, line_at
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked, unpacked

_START = 4096
"""Bytes in which the root is looked for; comments may stand before it."""
_PIECE = 1 << 16
"""Bytes that are parsed at once; twice as many each time that no element ends in them."""
_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]*\?>")
_USUAL = re.compile(rb"<\?xml\s+version\s*=\s*([\"'])1\.0\1(\s+encoding\s*=\s*([\"'])utf-8\3)?\s*\?>", re.IGNORECASE)
"""A declaration that the parser takes, and that names no other encoding."""
_ENCODING = re.compile(rb"\bencoding\s*=\s*[\"']([\w.:-]+)[\"']")
_OTHER_ENCODINGS = ("ascii", "iso8859", "cp125", "gb", "big5", "shift_jis", "euc_", "koi8")
"""How the names of encodings begin that a file may declare, apart from UTF-8."""
_ROOT = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?[^>]*>)*<([^\s<>/!?]+)", re.DOTALL)
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REMEDY = "correct it, or make the file again"


def looks_like_xml(path: Path, root: str, *, holds: bytes = b"") -> bool:
    """True for a file whose root has this name, and whose first bytes, all that is read of it, hold `holds`."""
    start = read_unpacked(path, _START)
    found = _ROOT.match(start)
    return found is not None and found[1].decode(errors="replace").lower() == root and holds in start


def check_xml(path: Path) -> None:
    """Fail where a file holds no XML, whatever its root.

    Raises:
        DatasetLayoutError: no such file, or it cannot be read.
        DataFormatError: no XML.
    """
    file = read_xml(path)
    if b"<!DOCTYPE" in file.text:
        return  # Entities, which a definition may have, are not expanded for a file that is not used.
    parser: XMLPullParser[Element] = XMLPullParser(())
    try:
        parser.feed(file.text)
        parser.close()
    except ParseError as error:
        raise file.no_xml(error) from error


@dataclass(frozen=True, slots=True)
class XmlFile:
    """An XML file that is not parsed yet.

    Attributes:
        path: of the file.
        text: in UTF-8, blanks in the place of a declaration that names another encoding.
    """

    path: Path
    text: bytes

    def children(self, root: str) -> Iterator[Child]:
        """The elements in the root, one after the other; each is taken apart when the next one is asked for.

        Args:
            root: its name, in small letters.

        Raises:
            DataFormatError: no XML, another root, or entities are defined.
        """
        if b"<!DOCTYPE" in self.text:
            _check_entities(self)
        parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
        open_: list[Element] = []
        count = 0
        try:
            start, size = 0, _PIECE
            while start < len(self.text):
                parser.feed(self.text[start : start + size])
                start, size = start + size, 2 * size
                for event, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
                    size = _PIECE
                    if event == "start":
                        if not open_ and element.tag.lower() != root:
                            raise self._other_root(element, root)
                        open_.append(element)
                        continue
                    open_.pop()
                    if len(open_) == 1:
                        yield Child(self, count, element)
                        open_[0].remove(element)
                        count += 1
            parser.close()
        except ParseError as error:
            raise self.no_xml(error) from error

    def _other_root(self, found: Element, root: str) -> DataFormatError:
        problem = f"the root is <{found.tag}>, expected <{root}>; name another file, or make it again"
        return DataFormatError(self.path, problem, line=line_at(self.text, max(self.text.find(b"<"), 0)))

    def no_xml(self, error: ParseError) -> DataFormatError:
        """The error for what the parser found."""
        line, column = error.position
        if not self.text.strip():
            return DataFormatError(self.path, f"the file is empty, expected XML; {_REMEDY}")
        what = str(error).partition(":")[0]
        if what == "no element found" or line > self.text.count(b"\n") + 1:
            what = "the file ends early"
        rest = self.text.split(b"\n", line)[line - 1 : line]
        shown = b"".join(rest)[column : column + 40].decode(errors="replace").strip()
        return DataFormatError(self.path, f"no XML: {what}{f' at {shown!r}' if shown else ''}; {_REMEDY}", line=line)


_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)
"""As `xml.sax.saxutils.escape` does it, which loads urllib."""


def xml_text(text: str, *, path: Path) -> str:
    r"""A text as it stands in XML, also between double quotes.

    Args:
        text: of any characters.
        path: the source, for the message.

    Raises:
        DataFormatError: it has a character that XML cannot hold.

    >>> xml_text("a<b & \"c\"\n", path=Path())
    'a&lt;b &amp; &quot;c&quot;&#10;'
    """
    if wrong := _NO_CHARACTER.search(text):
        raise DataFormatError(path, f"{text!r} has the character {wrong[0]!r}, which XML cannot hold; rename it")
    return text.translate(_ESCAPES)


@dataclass(frozen=True, slots=True)
class Child:
    """An element in the root of an XML file.

    Attributes:
        file: the file.
        number: counted from 0 over all elements in the root.
        element: with all that is in it.
    """

    file: XmlFile
    number: int
    element: Element

    def error(self, record: str, problem: str, element: Element | None = None) -> DataFormatError:
        """The error to raise for this element or, if given, one inside of it; its line is looked for in the file."""
        wanted = self.element if element is None else element
        place = next((place for place, each in enumerate(self.element.iter()) if each is wanted), 0)
        return DataFormatError(
            self.file.path, f"{problem}", line=_line(self.file.text, self.number, place), record=record
        )


def read_xml(path: Path) -> XmlFile:
    """The text of an XML file, gzipped or not; it is parsed when its children are asked for.

    Raises:
        DatasetLayoutError: no such file, or it cannot be read.
        DataFormatError: no text in the encoding that it is said to be in.
    """
    data = unpacked(path)
    text = _declared(data, path)
    if text is None:
        text = as_utf8(data, path)
    declaration = _DECLARATION.match(text[:_START])
    if declaration and not _USUAL.fullmatch(declaration[0]):
        start = re.sub(rb"[^\r\n]", b" ", declaration[0])
        text = b"".join([start, memoryview(text)[len(start) :]])
    return XmlFile(path, text)


def _declared(data: bytes, path: Path) -> bytes | None:
    """The text as UTF-8 where the file declares another encoding, None where it does not."""
    declaration = _DECLARATION.match(data[:_START])
    named = _ENCODING.search(declaration[0]) if declaration else None
    if named is None:
        return None
    name = named[1].decode()
    try:
        known = codecs.lookup(name).name.replace("-", "_")
    except LookupError:
        return None
    if not known.startswith(_OTHER_ENCODINGS):
        return None
    try:
        # Files that declare GB2312 have characters of its successors in them.
        return data.decode("gb18030" if known.startswith("gb") else name).encode()
    except UnicodeDecodeError as error:
        line = line_at(data, error.start)
        problem = f"the file declares the encoding {name}, which it is not in; save it again as UTF-8"
        raise DataFormatError(path, problem, line=line) from error


class _Nothing:
    """What `defusedxml` builds when a file is only checked."""

    def close(self) -> None:
        pass


def _check_entities(file: XmlFile) -> None:
    """Refuse a file that defines entities; other files with a document type pass."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(target=_Nothing(), encoding="utf-8")
    try:
        parser.feed(file.text)
    except DefusedXmlException as error:
        problem = "it defines entities, which can hide other files or a huge text; write out what they stand for"
        raise DataFormatError(file.path, problem, line=parser.parser.CurrentLineNumber) from error
    except ParseError:
        return  # The parser that follows says what is wrong.


class _FoundError(Exception):
    """Ends a search."""


def _line(text: bytes, child: int, place: int) -> int | None:
    """The line of an element: the one number `place` in and inside of the root's child number `child`."""
    parser = expat.ParserCreate("utf-8")
    counts = {"depth": 0, "child": -1, "place": -1}

    def start(tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG001
        if counts["depth"] == 1:
            counts["child"] += 1
        if counts["depth"] >= 1 and counts["child"] == child:
            counts["place"] += 1
            if counts["place"] == place:
                counts["line"] = parser.CurrentLineNumber
                raise _FoundError
        counts["depth"] += 1

    def end(tag: str) -> None:  # noqa: ARG001
        counts["depth"] -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(text, True)
    except _FoundError:
        return counts["line"]
    except expat.ExpatError:  # It is damaged further on than anybody has read.
        pass
    return None
