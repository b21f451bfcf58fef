"""The rows of a plain table by comma as columns, by compiled code; every other table is left to `csv_table`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.files.numbers.long_text import ListText
from converters.files.tables.csv_table import HEADER_BYTES, Table, flag_of
from gta_head_tools.worth_compiling import worth_compiling

_SAVED = 5e-8
"""Seconds that compiled code saves for each byte."""
_PIECE = 1_000_000
"""Bytes that are scanned at once."""


class NotPlainError(Exception):
    """The table has to be read in the slow way, which tells what is wrong in it if anything is."""


@dataclass(frozen=True, slots=True)
class ScannedBlock:
    """Some rows of a plain table, as `csv_table.Block` has them.

    Attributes:
        table: whose rows they are.
        rows: how many rows these are.
        names: each name with the number of rows that it stands in one after the other.
        columns: (rows,) the columns of numbers that are wanted, by their place.
        end: where these rows end in the text.
    """

    table: Table
    rows: int
    names: Sequence[tuple[str, int]]
    columns: dict[int, NDArray[Any]]
    end: int

    def refuse(self, wrong: NDArray[np.bool_] | np.bool_, problem: str) -> None:  # noqa: ARG002  # told in the slow way
        """Raise where a row is wrong.

        Raises:
            NotPlainError: there is one.
        """
        if wrong.any():
            raise NotPlainError

    def column(self, place: int | None, parse: Callable[[str], float], expected: str) -> NDArray[Any]:  # noqa: ARG002
        """(rows,) a column of flags, where `parse` is `flag_of`, or else of whole numbers, -1 where it is empty.

        Raises:
            NotPlainError: a flag is neither 0 nor 1.
        """
        if place is None:
            return np.full(self.rows, parse(""))
        values = self.columns[place]
        known = values != _MISSING
        if parse is not flag_of:
            return np.where(known, values, -1)
        self.refuse(known & (values != 0) & (values != 1), "")
        return np.asarray(known & (values == 1))

    def numbers(self, place: int | None) -> NDArray[np.float64]:
        """(rows,) a column of numbers; NaN where it is empty or missing."""
        return np.full(self.rows, np.nan) if place is None else self.columns[place]


_MISSING = -(2**63)


def scan_blocks(
    table: Table, text: ListText, name: int, floats: Sequence[int], whole: Sequence[int]
) -> Iterator[ScannedBlock]:
    """The rows of a table after its header.

    Args:
        table: to be read.
        text: of its file.
        name: place of the column of names.
        floats: places of the columns of numbers that are wanted.
        whole: places of those of whole numbers.

    Raises:
        NotPlainError: compiled code does not pay, or it is no plain table by comma.
        DataFormatError: a text that is read in parts is not plain.
    """
    header = text.part(0, min(HEADER_BYTES, len(text))).partition(b"\n")[0]
    plain = table.separator == "," and table.skipped == 1 and header.strip() and not set(header) & set(b'"\r')
    if not plain or not worth_compiling("converters.files.numbers.compiled_scan", len(text) * _SAVED):
        raise NotPlainError
    from converters.files.numbers.compiled_scan import ColumnKind, scan_table

    kinds: list[ColumnKind] = [""] * len(table.header)
    kinds[name] = "name"
    for place in floats:
        kinds[place] = "float"
    for place in whole:
        kinds[place] = "whole"
    wanted = [place for place, kind in enumerate(kinds) if kind in {"float", "whole"}]
    start = len(header) + 1
    while start < len(text):
        piece = text.part(start, min(start + _PIECE, len(text)))
        last = start + len(piece) == len(text)
        # Empty lines at the end are no rows.
        piece = piece.rstrip(b"\n") + b"\n" if last else piece[: piece.rfind(b"\n") + 1]
        found = scan_table(piece, kinds) if piece.strip() else None
        if found is None and (not last or piece != b"\n"):
            raise NotPlainError
        start = len(text) if last else start + len(piece)
        if found is not None:
            names = [(spelt.decode(), count) for spelt, count in found[0]]
            rows = sum(count for _, count in names)
            yield ScannedBlock(table, rows, names, dict(zip(wanted, found[1], strict=True)), start)
