"""Pieces of a page as HTML; all text that comes in is escaped here and nowhere else."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NewType

from gta_head_tools.pictures import Picture

Html = NewType("Html", str)
"""Markup that is safe to put into a page: made by this module and by `plots`."""

_JPEG_QUALITY = 84


def text(words: object) -> Html:
    """Any value as escaped text; bytes of a file name that are no UTF-8 become question marks.

    >>> text("a < b")
    'a &lt; b'
    """
    return Html(html.escape(str(words).encode(errors="replace").decode(), quote=True))


def element(name: str, content: Html, **attributes: str) -> Html:
    """An element; the attribute `class_` is called `class`.

    >>> element("p", text("a & b"), class_="note")
    '<p class="note">a &amp; b</p>'
    """
    given = "".join(f' {key.rstrip("_")}="{text(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{given}>{content}</{name}>")


def joined(pieces: Iterable[Html]) -> Html:
    """Pieces one after the other, each on a line of its own."""
    return Html("\n".join(pieces))


def paragraph(words: str) -> Html:
    """A paragraph of `prose`."""
    return element("p", prose(words))


def prose(words: object) -> Html:
    """Text in which what stands between backticks is what a user types.

    >>> prose("`--fix clip` cuts")
    '<code>--fix clip</code> cuts'
    """
    return Html(re.sub("`([^`]+)`", r"<code>\1</code>", text(words)))


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a table as people read it, and as the table is sorted by it.

    Attributes:
        shown: what stands in the table.
        value: what it is sorted by, "" = unknown, which comes last; None = what is shown. A number, and "-", are set to
            the right.
        typed: the text is `prose`.
    """

    shown: object
    value: float | str | None = None
    typed: bool = False


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    caption: str,
    sortable: bool = False,
    filters: Sequence[str] | None = None,
    stacked: bool = False,
) -> Html:
    """A table; numbers, texts that begin with a digit, and "-" are set to the right, unless they are a `Cell`.

    Sorting and filtering need a script, which `page` adds; without it the table is whole and stays as it is.

    Args:
        columns: their names.
        rows: one value a column; the first one names the row.
        caption: what the table says, in a sentence.
        sortable: a click on the name of a column sorts the rows by it.
        filters: names of columns; rows can be chosen by their values and by a text; None = they cannot.
        stacked: on a narrow screen, the values of a row stand below each other instead of beside each other.
    """
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in columns)
    body = "\n".join(f"<tr>{_cell(first, head=True)}{''.join(map(_cell, others))}</tr>" for first, *others in rows)
    asked = ' class="stacked"' if stacked else ""
    asked += " data-sortable" if sortable else ""
    asked += f' data-filters="{[columns.index(name) for name in filters]}"' if filters is not None else ""
    # People without a mouse move sideways in a wide table once it has the focus.
    look = "wide" if filters is None else "wide tall"
    around = f'class="{look}" role="region" aria-label="{text(caption)}" tabindex="0"'
    return Html(
        f"<div {around}><table{asked}><caption>{text(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def needs_script(content: Html) -> bool:
    """True when a table in it can be sorted or filtered; text cannot look like such a table, because it is escaped."""
    return re.search("<table[^>]* data-(sortable|filters)", content) is not None


def _cell(value: object, *, head: bool = False) -> str:
    cell = value if isinstance(value, Cell) else Cell(value)
    number = _is_number(value) if cell is not value else isinstance(cell.value, int | float) or cell.shown == "-"
    raw = "" if cell.value is None else f' data-value="{text(cell.value)}"'
    shown = prose(cell.shown) if cell.typed else text(cell.shown)
    if head:
        return f'<th scope="row"{raw}>{shown}</th>'
    look = ' class="number"' if number else ""
    return f"<td{look}{raw}>{shown}</td>"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or value == "-" or str(value)[:1].isdigit()


def as_jpeg(picture: Picture, *, quality: int = _JPEG_QUALITY) -> bytes:
    """A picture (H, W, 3) uint8 RGB, packed."""
    from PIL import Image

    packed = io.BytesIO()
    # With colour at half the resolution, thin lines would fade.
    Image.fromarray(picture).save(packed, format="JPEG", quality=quality, subsampling="4:4:4")
    return packed.getvalue()


def picture_figure(picture: Picture | bytes, *, alt: str, caption: str) -> Html:
    """A picture inside the page.

    Args:
        picture: (H, W, 3) uint8 RGB, or the content of a JPEG.
        alt: what it shows, for those who do not see it.
        caption: below it.
    """
    from PIL import Image

    content = picture if isinstance(picture, bytes) else as_jpeg(picture)
    width, height = Image.open(io.BytesIO(content)).size
    data = base64.b64encode(content).decode()
    shown = f'<img src="data:image/jpeg;base64,{data}" width="{width}" height="{height}" alt="{text(alt)}">'
    return figure(Html(shown), caption=caption)


def figure(shown: Html, *, caption: str) -> Html:
    """Something to look at, with what it shows below."""
    return Html(f"<figure>{shown}<figcaption>{text(caption)}</figcaption></figure>")


def beside(pieces: Iterable[Html]) -> Html:
    """Pieces beside each other where there is room."""
    return element("div", joined(pieces), class_="beside")


def bullets(lines: Iterable[str]) -> Html:
    """A list of lines of plain text."""
    return element("ul", joined(element("li", text(line)) for line in lines))


def key_numbers(numbers: Mapping[str, str]) -> Html:
    """A few numbers in large type, by what they are."""
    shown = (f"<div><dt>{text(name)}</dt><dd>{text(number)}</dd></div>" for name, number in numbers.items())
    return element("dl", Html("".join(shown)), class_="key")


def definitions(words: Mapping[str, str]) -> Html:
    """Words and what they mean."""
    shown = (f"<dt>{text(word)}</dt><dd>{text(meaning)}</dd>" for word, meaning in words.items())
    return element("dl", joined(map(Html, shown)), class_="words")


def commands(lines: Mapping[str, str]) -> Html:
    """Commands to type, each with what it does."""
    shown = (f"<li><code>{text(line)}</code><br>{text(does)}</li>" for line, does in lines.items())
    return element("ul", joined(map(Html, shown)), class_="commands")
