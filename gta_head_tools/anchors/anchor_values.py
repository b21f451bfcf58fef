"""Values of `anchors.json`, checked one by one, so that an error names the record it is in."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

from gta_head_tools.errors import DataFormatError

Pair = tuple[float, float]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Values:
    """Takes values as JSON has them; all raise DataFormatError when a value cannot be used.

    Attributes:
        path: of the file.
    """

    path: Path

    def each(self, table: dict[str, Any], key: str, parse: Callable[[Any, str], T], prefix: str = "") -> tuple[T, ...]:
        """A list of things that `parse` takes; empty where the key is missing or null."""
        values = table.get(key)
        if values is None:
            return ()
        if not isinstance(values, list):
            self.fail(prefix + key, values, "a list")
        return tuple(parse(value, f"{prefix}{key}[{index}]") for index, value in enumerate(values))

    def table(self, raw: Any, record: str) -> dict[str, Any]:
        """A value that has named values."""
        if not isinstance(raw, dict):
            self.fail(record, raw, "an object with named values")
        return cast(dict[str, Any], raw)

    def text(self, raw: Any, record: str) -> str:
        """A text."""
        if not isinstance(raw, str):
            self.fail(record, raw, "a text in quotes")
        return raw

    def line(self, raw: Any, record: str) -> tuple[Pair, Pair]:
        """Two points."""
        if not isinstance(raw, list) or len(raw) != 2:
            self.fail(record, raw, "two points [[x, y], [x, y]]")
        return self.pair(raw[0], f"{record}[0]"), self.pair(raw[1], f"{record}[1]")

    def pair(self, raw: Any, record: str) -> Pair:
        """A point."""
        x, y = self.numbers(raw, record, 2)
        return x, y

    def numbers(self, raw: Any, record: str, count: int) -> list[float]:
        """A list of so many finite numbers."""
        good = isinstance(raw, list) and len(raw) == count
        # Reject coordinates beyond 1e9: they are mistakes, and their squares are beyond float64's exact range.
        if not good or not all(type(v) in (int, float) and abs(v) < 1e9 for v in raw):
            self.fail(record, raw, f"{count} finite numbers")
        return [float(value) for value in raw]

    def rest(self, table: dict[str, Any], known: Collection[str], prefix: str = "") -> dict[str, Any]:
        """The values of other names than those that are known; they have to be such as can be written again."""
        rest = {key: value for key, value in table.items() if key not in known}
        for key, value in rest.items():
            try:
                json.dumps(value, allow_nan=False)
            except ValueError:
                self.fail(prefix + key, value, "finite numbers")
        return rest

    def fail(self, record: str, value: Any, expected: str) -> NoReturn:
        """Refuse a value."""
        found = "is missing" if value is None else f"is {json.dumps(value)[:80]}"
        raise DataFormatError(self.path, f"{found}, expected {expected}", None, record)
