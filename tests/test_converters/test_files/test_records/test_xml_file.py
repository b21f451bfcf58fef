"""XML files: read child by child, in several encodings; hostile and damaged ones are refused with their line."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

from converters.files.records.xml_file import looks_like_xml, read_xml, xml_text
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 20))


def saved(folder: Path, text: str | bytes) -> Path:
    file = folder / "a.xml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def children(file: Path, root: str = "r") -> list[tuple[str, str | None]]:
    return [(child.element.tag, child.element.text) for child in read_xml(file).children(root)]


@pytest.mark.parametrize(
    "text",
    [
        "<r><a>é</a><b/></r>".encode(),
        "\ufeff<?xml version='1.0'?>\r\n<!-- <x> --><R ><a>é</a><b/></R>".encode(),
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE r><r><a>é</a><b/></r>'.encode(),
        '<?xml version="1.1" encoding="ISO-8859-1" ?><r><a>é</a><b/></r>'.encode("latin-1"),
        '<?xml version="1.0" encoding="gb2312"?><r><a>é</a><b/></r>'.encode("gb18030"),
        '<?xml version="1.0" encoding="utf-16"?><r><a>é</a><b/></r>'.encode("utf-16"),
        '<?xml version="1.0" encoding="utf-16"?><r><a>é</a><b/></r>'.encode(),
        '<?xml version="1.0" encoding="hex"?><r><a>é</a><b/></r>'.encode(),
        gzip.compress("<r><a>é</a><b/></r>".encode(), mtime=0),
    ],
)
def test_children_of_the_root_in_every_encoding(text: bytes, tmp_path: Path) -> None:
    file = saved(tmp_path, text)
    assert looks_like_xml(file, "r")
    assert children(file) == [("a", "é"), ("b", None)]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", None, "empty"),
        ("\n\n<r>\n<a>1</b>\n</r>", 4, "mismatched tag at 'b>'"),
        ("<r>\n<a>1</a>\n", 3, "ends early"),
        ("<r>\n<a", 2, "unclosed token"),
        ("<r>\n</r>\n<r/>", 3, "junk after document element"),
        ("<r>\n&no;</r>", 2, "undefined entity"),
        ("<r>\n<a>\x01</a></r>", 2, "not well-formed"),
        ("\n<s><a/></s>", 2, "root is <s>, expected <r>"),
        ("<?xml version='1.0' encoding='gbk'?>\n<r>\n\xff</r>", 3, "encoding gbk"),
        (f'<!DOCTYPE r [<!ENTITY l0 "ha">\n{LAUGHS}]><r>&l19;</r>', 1, "defines entities"),
        ('<!DOCTYPE r [\n<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', 2, "defines entities"),
        ('<!DOCTYPE r [\n<!ENTITY % x SYSTEM "http://a/b"> %x;]><r/>', 2, "defines entities"),
    ],
)
def test_hostile_and_damaged_files_are_refused(text: str, line: int | None, problem: str, tmp_path: Path) -> None:
    file = saved(tmp_path, text.encode("latin-1") if "gbk" in text else text)
    with pytest.raises(DataFormatError, match=problem) as caught:
        children(file)
    assert caught.value.line == line
    assert "\n" not in str(caught.value)


def test_an_external_document_type_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "other.dtd").write_text('<!ENTITY x "evil">')
    assert children(saved(tmp_path, '<!DOCTYPE r SYSTEM "other.dtd"><r><a>1</a></r>')) == [("a", "1")]
    with pytest.raises(DataFormatError, match="undefined entity"):
        children(saved(tmp_path, '<!DOCTYPE r SYSTEM "other.dtd"><r><a>&x;</a></r>'))
    with pytest.raises(DatasetLayoutError, match="cannot be read"):
        read_xml(tmp_path / "gone.xml")


@pytest.mark.parametrize("head", ["<r>\n<a/>\n<b>\n<c/><c\n/></b></r>", "<r>\n<a/>\n<b>\n<c/><c\n/></b>"])
def test_errors_name_the_line_of_an_element(head: str, tmp_path: Path) -> None:
    for child in read_xml(saved(tmp_path, head)).children("r"):
        if child.element.tag == "b":
            assert str(child.error("b", "is wrong")) == f"{tmp_path / 'a.xml'}:3: b: is wrong"
            assert child.error("b.c", "is wrong", child.element[1]).line == 4
            return


def test_a_deep_and_a_large_file_need_little_memory(tmp_path: Path) -> None:
    with pytest.raises(GtaHeadError, match="ends early"):
        children(saved(tmp_path, "<r>" + "<a>" * 100_000))
    file = saved(tmp_path, "<r>" + "<a x='1' y='2'><b>3</b></a>" * 50_000 + "</r>")
    tracemalloc.start()
    count = sum(1 for _ in read_xml(file).children("r"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 50_000
    assert peak < 2.5 * file.stat().st_size + 12_000_000


@pytest.mark.parametrize("text", ["\x01", "a\ufffe", "\x0b"])
def test_characters_that_xml_cannot_hold_are_refused(text: str) -> None:
    with pytest.raises(DataFormatError, match="XML cannot hold"):
        xml_text(text, path=Path("x"))
    assert xml_text("ü\t'", path=Path("x")) == "ü&#9;'"
