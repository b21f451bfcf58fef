"""Tables as text that other programs read: Markdown, LaTeX and CSV; every cell is escaped."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence

Cells = Sequence[str]

_IN_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "×": r"$\times$",
    "[": "{[}",  # A bracket or star after the \\ of the row above would be an argument of it.
    "*": "{*}",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
}


def write_markdown(columns: Cells, rows: Sequence[Cells]) -> str:
    r"""A table of GitHub's Markdown; the first column is aligned to the left, the others to the right.

    >>> print(write_markdown(("scene", "heads"), [("a|b", "1,304")]), end="")
    | scene | heads |
    | :-- | --: |
    | a\|b | 1,304 |
    """
    ruler = [":--", *["--:"] * (len(columns) - 1)]
    lines = [[_markdown(cell) for cell in row] for row in (columns, *rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in (lines[0], ruler, *lines[1:]))


def write_latex(columns: Cells, rows: Sequence[Cells]) -> str:
    """A `tabular` of LaTeX that needs no package; the first column is aligned to the left, the others to the right."""
    head, *lines = (" & ".join(_latex(cell) for cell in row) + r" \\" for row in (columns, *rows))
    begin = rf"\begin{{tabular}}{{l{'r' * (len(columns) - 1)}}}"
    return "\n".join((begin, r"\hline", head, r"\hline", *lines, r"\hline", r"\end{tabular}", ""))


def write_csv(columns: Cells, rows: Sequence[Cells]) -> str:
    """A table with commas, quoted where a cell needs it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue()


WRITERS: dict[str, Callable[[Cells, Sequence[Cells]], str]] = {
    "md": write_markdown,
    "latex": write_latex,
    "csv": write_csv,
}
"""By what is typed."""


def _markdown(cell: str) -> str:
    marked = re.sub(r"([\\`*\[\]<>|~$&])", r"\\\1", _one_line(cell))
    # An underscore between letters or digits marks nothing, and names are full of them.
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", marked)


def _latex(cell: str) -> str:
    written = "".join(_IN_LATEX.get(mark, mark) for mark in _one_line(cell))
    return re.sub(r"-(?=-)", "-{}", written)  # LaTeX would join two hyphens to a dash.


def _one_line(cell: str) -> str:
    return " ".join(cell.split())
