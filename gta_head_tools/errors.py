"""The errors a user can cause, each with a message fit to show.

```
GtaHeadError
├── DataFormatError       a file is not what it claims to be
├── DatasetLayoutError    a folder, picture or split is missing or in the way
├── LossyConversionError  the target cannot hold a filled column
├── UnknownNameError      a format, rule or option that does not exist
├── ConfigError           settings that contradict themselves or the data
├── UnusedPicturesError   some pictures could not be used; everything else is done
├── LostWorkerError       the system killed a worker process
└── MissingExtraError     an optional part that is not installed
```

Every error keeps its arguments in `args`, so that it survives the way back from a worker process. Misuse by a
programmer is ValueError or TypeError and is not part of this tree.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class GtaHeadError(Exception):
    """Base of all errors whose message is meant for the user."""


@contextmanager
def telling(notes: Iterable[str]) -> Iterator[None]:
    """Context in which an error of the user also tells these notes, which would help to understand it."""
    try:
        yield
    except GtaHeadError as error:
        for note in notes:
            error.add_note(note)
        raise


class DataFormatError(GtaHeadError):
    """A file that cannot be parsed.

    Args:
        path: the file.
        problem: what was found, what was expected and what to do.
        line: 1-based line in a text file.
        record: name of the record in a structured file, e.g. ``annotations[3].bbox``.
    """

    def __init__(self, path: Path | str, problem: str, line: int | None = None, record: str | None = None) -> None:
        super().__init__(path, problem, line, record)
        self.path, self.problem, self.line, self.record = Path(path), problem, line, record

    def __str__(self) -> str:
        place = str(self.path) + (f":{self.line}" if self.line is not None else "")
        return ": ".join(part for part in (place, self.record, self.problem) if part)


class DatasetLayoutError(GtaHeadError):
    """A folder, picture or split that is missing, or in the way.

    Args:
        path: the file or folder.
        problem: what is wrong with it and what to do.
    """

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(path, problem)
        self.path, self.problem = Path(path), problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


class LossyConversionError(GtaHeadError):
    """The target format cannot hold a column that is filled."""


class UnknownNameError(GtaHeadError):
    """A name that is not registered; the message lists what is, the nearest first.

    Args:
        kind: what was looked up, e.g. ``format``.
        name: the name as typed.
        known: all registered names.
        meant: those that mean the same under another name; () = the one that is spelt most alike is offered.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], meant: Sequence[str] = ()) -> None:
        names, meant = list(known), tuple(meant)
        super().__init__(kind, name, names, meant)
        self.kind, self.name, self.known, self.meant = kind, name, names, meant

    def __str__(self) -> str:
        near = self.meant or difflib.get_close_matches(self.name, self.known, n=1, cutoff=0.5)
        hint = f"did you mean {' and '.join(map(repr, near))}? " if near else ""
        return f"unknown {self.kind} {self.name!r}: {hint}known: {', '.join(self.known) or 'none'}"


class ConfigError(GtaHeadError):
    """Settings that contradict themselves or the data."""


class UnusedPicturesError(GtaHeadError):
    """Pictures that are damaged, or not those that their heads are for; raised once all the others are done.

    Args:
        problems: what is wrong with each.
        of: how many pictures there are.
    """

    def __init__(self, problems: Sequence[str], of: int) -> None:
        super().__init__(tuple(problems), of)
        self.problems, self.of = tuple(problems), of

    def __str__(self) -> str:
        done = ", the rest is done" if len(self.problems) < self.of else ""
        return f"{len(self.problems)} of {self.of} pictures could not be used{done}; the first: {self.problems[0]}"


class LostWorkerError(GtaHeadError):
    """A worker process that was killed from outside.

    Args:
        jobs: how many there were.
        option: of the command that says how many there are.
    """

    def __init__(self, jobs: int, option: str = "--jobs") -> None:
        super().__init__(jobs, option)
        self.jobs, self.option = jobs, option

    def __str__(self) -> str:
        return (
            f"one of {self.jobs} worker processes was killed, as the system does when memory runs out; the same "
            f"command with fewer {self.option} (there were {self.jobs}) needs less"
        )


class MissingExtraError(GtaHeadError):
    """An optional part that is not installed.

    Args:
        extra: name of the extra in ``pip install gta-head-tools[extra]``.
        reason: what needed it.
    """

    def __init__(self, extra: str, reason: str) -> None:
        super().__init__(extra, reason)
        self.extra, self.reason = extra, reason

    def __str__(self) -> str:
        return f"{self.reason} needs the {self.extra!r} extra: pip install 'gta-head-tools[{self.extra}]'"
