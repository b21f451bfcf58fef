"""Files that cannot be read: their error is raised, or collected where the caller wants to go on with other files.

Readers of several files read them through `each_readable`, which needs no argument for that: whether errors are
collected is the context of the caller, as a parameter would have to go through every reader, loader and view of one.
A context does not travel to worker processes; a function that runs there opens its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from gta_head_tools.errors import DataFormatError, DatasetLayoutError

T = TypeVar("T")
D = TypeVar("D")
R = TypeVar("R")

ReadError = DataFormatError | DatasetLayoutError
"""What reading a file raises when it is damaged, missing, or may not be opened."""
_READ_ERRORS = (DataFormatError, DatasetLayoutError)

_collected: ContextVar[list[ReadError] | None] = ContextVar("_collected", default=None)


@contextmanager
def collecting() -> Iterator[list[ReadError]]:
    """Context in which files that cannot be read are passed over; gives the list that their errors are added to."""
    errors: list[ReadError] = []
    token = _collected.set(errors)
    try:
        yield errors
    finally:
        _collected.reset(token)


def collects() -> bool:
    """True within `collecting`, for readers that can pass over a damaged record and tell of it."""
    return _collected.get() is not None


def each_readable(items: Iterable[T], read: Callable[[T], R]) -> Iterator[R]:
    """What is read of each item; within `collecting`, items that cannot be read are passed over.

    Args:
        items: what is read apart from each other, such as paths of files.
        read: reads one of them completely: of a generator, only the making would be watched.

    Raises:
        DataFormatError: not within `collecting`: an item is damaged.
        DatasetLayoutError: not within `collecting`: an item is missing or may not be opened.
    """
    for item in items:
        try:
            value = read(item)
        except _READ_ERRORS as error:
            _collect(error)
        else:
            yield value


def all_or_each(items: Sequence[T], read_all: Callable[[Sequence[T]], R], read: Callable[[T], object]) -> R:
    """What is read of all items together, which is quicker; within `collecting`, of those that can be read.

    Args:
        items: such as paths of files.
        read_all: reads items together.
        read: fails where an item cannot be read; it is called after `read_all` failed.

    Raises:
        DataFormatError: not within `collecting`: an item is damaged.
        DatasetLayoutError: not within `collecting`: an item is missing or may not be opened.
    """
    try:
        return read_all(items)
    except _READ_ERRORS:
        if _collected.get() is None:
            raise

    def readable(item: T) -> T:
        read(item)
        return item

    return read_all([*each_readable(items, readable)])


def read_or(default: D, read: Callable[[T], R], item: T) -> R | D:
    """What is read of an item; within `collecting`, the default of one that cannot be read.

    Args:
        default: what other files are read with where this one tells nothing, such as a list of splits.
        read: reads the item completely.
        item: such as the path of a file.

    Raises:
        DataFormatError: not within `collecting`: the item is damaged.
        DatasetLayoutError: not within `collecting`: the item is missing or may not be opened.
    """
    return next(each_readable([item], read), default)


def tell_left_out(items: Iterable[T], read: Callable[[T], object]) -> None:
    """Within `collecting`, read items that a reader leaves out, so that those that cannot be read are told.

    Args:
        items: such as JSON files that do not look like those of a format: they may be of another kind, or damaged.
        read: fails where an item is damaged.
    """
    if collects():
        for _ in each_readable(items, read):
            pass


def until_unreadable(read: Callable[[T], Iterable[R]], item: T) -> Iterator[R]:
    """What is read of an item, piece by piece; within `collecting`, the pieces before the first that cannot be read.

    Args:
        read: gives the pieces, one after the other.
        item: such as the path of a file.

    Raises:
        DataFormatError: not within `collecting`: the item is damaged.
        DatasetLayoutError: not within `collecting`: the item is missing or may not be opened.
    """
    try:
        yield from read(item)
    except _READ_ERRORS as error:
        _collect(error)


def _collect(error: ReadError) -> None:
    errors = _collected.get()
    if errors is None:
        raise error
    if str(error) not in map(str, errors):  # Opening a data set may read a file twice.
        errors.append(error)
