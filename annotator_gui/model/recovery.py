"""What a crash leaves of a session: the edits in a journal, put together again. Its format: see `journal.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator_gui.model.project_notes import checked
from gta_head_tools.anchors.anchors import AnchorSet, anchors_from_json, anchors_to_json
from gta_head_tools.errors import DataFormatError

FORMAT, VERSION = "ghtools-journal", 1
LATEST = 2.0**35
"""Seconds since 1970: later times are none that a calendar has everywhere."""


@dataclass(frozen=True)
class Recovery:
    """Edits that a journal holds.

    Attributes:
        base: the drawings they start from.
        after: the drawings with all of them.
        edits: how many.
        since: time of the first, seconds since 1970.
        texts: what they were.
        length: bytes of the journal that could be read.
    """

    base: AnchorSet
    after: AnchorSet
    edits: int
    since: float
    texts: tuple[str, ...]
    length: int


def recover(path: Path) -> Recovery | None:
    """The edits in a journal; None when there is none, or it holds no edit.

    Raises:
        DataFormatError: it cannot be read, or an edit does not fit the one before it.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DataFormatError(path, f"cannot be read ({error.strerror or error}); check its permissions") from error
    whole = data[: data.rfind(b"\n") + 1]
    lines = [_parsed(path, number, line) for number, line in enumerate(whole.splitlines(), 1)]
    if len(lines) < 2:
        return None
    if lines[0].get("format") != FORMAT or lines[0].get("version") != VERSION:
        raise DataFormatError(path, f"is no journal of version {VERSION}; a newer ghtools may read it", 1)
    base = anchors_from_json(lines[0].get("base"), path)
    state = json.loads(json.dumps(anchors_to_json(base)))
    for number, edit in enumerate(lines[1:], 2):
        try:
            for change in edit["changes"]:
                _redo(state, *change)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise DataFormatError(path, "this edit does not fit the one before it; remove the file", number) from error
    first = lines[1].get("time")
    since = float(first) if isinstance(first, int | float) and 0 <= first < LATEST else 0.0
    texts = tuple(str(edit.get("text", "")) for edit in lines[1:])
    return Recovery(base, checked(anchors_from_json(state, path), path), len(texts), since, texts, len(whole))


def _parsed(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(line)
    except ValueError as error:
        raise DataFormatError(path, "not valid JSON; remove the file to go on without its edits", number) from error
    if not isinstance(parsed, dict):
        raise DataFormatError(path, "not an edit; remove the file to go on without its edits", number)
    return parsed


def _redo(state: dict[str, Any], place: list[str], at: int, before: list[Any], after: list[Any]) -> None:
    """Exchange entries of one list of the drawings as they stand in a file.

    Raises:
        ValueError: other entries are there.
    """
    if place == ["horizon"]:
        if state.get("horizon") != before[0]:
            raise ValueError("another horizon")
        state["horizon"] = after[0]
        return
    if place == ["other"]:
        for key in before[0]:
            del state[key]
        state.update(after[0])
        return
    *outer, key = place
    table = state
    for name in outer:
        table = table.setdefault(name, {})
    entries = table.setdefault(key, [])
    if entries[at : at + len(before)] != before:
        raise ValueError("other entries")
    entries[at : at + len(before)] = after
    if outer and not any(table.values()):
        del state["heads"][outer[-1]]
