"""A whole page from its sections: one file, nothing from outside, light or dark as the reader likes.

A page has a script only where a table in it can be sorted or filtered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from gta_head_tools.report.markup import Html, element, joined, needs_script, prose, text


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page under a heading.

    Attributes:
        title: its heading, "" = none.
        body: what it holds.
    """

    title: str
    body: Html


def build_page(title: str, lead: str, sections: Sequence[Section], *, foot: str = "") -> str:
    """The page as text.

    Args:
        title: heading, and name of the page.
        lead: a few sentences that say what it is about.
        sections: in order.
        foot: a last line: what made the page.
    """
    header = element("header", joined([element("h1", text(title)), element("p", text(lead), class_="lead")]))
    body = joined([header, element("main", joined(map(_section, sections))), element("footer", prose(foot))])
    pieces = [body, element("script", _part("tables.js"))] if needs_script(body) else [body]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(title)}</title>\n<style>\n{_part('page.css')}</style>\n</head>\n"
        f"<body>\n{joined(pieces)}\n</body>\n</html>\n"
    )


def _section(section: Section) -> Html:
    heading = [element("h2", text(section.title))] if section.title else []
    return element("section", joined([*heading, section.body]))


def _part(name: str) -> Html:
    """What stands in a file of this folder."""
    return Html(files("gta_head_tools.report").joinpath(name).read_text(encoding="utf-8"))
