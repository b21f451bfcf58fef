"""Columns that are gathered piece by piece in place: a list of pieces would be held a second time when it is joined."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import UNKNOWN

Columns = dict[str, NDArray[Any]]
_MORE = 4096
"""Rows for which there is always room."""


class GatheredColumns:
    """Columns of pieces of a text one after the other.

    Args:
        length: of the text.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self.count = 0
        self.columns: Columns = {}
        self.rare: list[tuple[int, Columns]] = []

    def add(self, columns: Columns, done: int, rare: Columns | None = None) -> None:
        """Add those of a piece.

        Args:
            columns: those that all pieces have.
            done: where the piece ends in the text, which tells how much room all of them need.
            rare: columns that other pieces may lack.
        """
        first, self.count = self.count, self.count + len(next(iter(columns.values())))
        for name, values in columns.items():
            held = self.columns.get(name, values[:0])
            if name not in self.columns or self.count > len(held):
                room = self.count * self.length // max(done, 1) * 21 // 20 + _MORE
                grown = np.empty((max(room, self.count), *values.shape[1:]), dtype=values.dtype)
                grown[:first] = held[:first]
                self.columns[name] = held = grown
            held[first : self.count] = values
        self.rare += [(first, rare)] if rare else []

    def joined(self) -> Columns:
        """All columns; rare ones have unknown values in the pieces that lack them."""
        columns = {name: values[: self.count] for name, values in self.columns.items()}
        for start, part in self.rare:
            for name, values in part.items():
                if name not in columns:
                    columns[name] = np.full(self.count, UNKNOWN[values.dtype.kind], dtype=values.dtype)
                columns[name][start : start + len(values)] = values
        return columns
