"""How long functions report progress: they wrap what they iterate in a `Track`.

The command line passes a bar, the window a signal, tests nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Track(Protocol):
    """Wraps an iterable and shows how many of its items have been taken."""

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterable[T]:
        """Yield `items` unchanged. `label` says what they are, `total` how many when known."""
        ...


def no_progress(items: Iterable[T], label: str, total: int | None = None) -> Iterable[T]:  # noqa: ARG001
    """Return `items` as they are."""
    return items
