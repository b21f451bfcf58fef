"""Texts damaged at random, the same in every run."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


def damaged_files(path: Path, text: str, damage: Sequence[str], *, count: int = 300) -> Iterator[Path]:
    """`path`, written anew `count` times: each time a place of `text` is overwritten with one of `damage`.

    Between none and all of the characters behind the place go. A text with "\xff" is written as Latin-1, so that it is
    no UTF-8.
    """
    rng = random.Random(0)
    for _ in range(count):
        at, length = rng.randrange(len(text)), rng.choice([0, 1, 7, 10**6])
        damaged = text[:at] + rng.choice(damage) + text[at + length :]
        path.write_bytes(damaged.encode("latin-1" if "\xff" in damaged else "utf-8"))
        yield path


class _Object(list[tuple[str, Any]]):
    """The keys and values of a JSON object."""


def repeated_in_each(text: str) -> Iterator[tuple[str, str]]:
    """The first key of each object of a JSON text, and the text with that key and its value twice in the object."""
    objects: list[_Object] = []

    def noted(pairs: list[tuple[str, Any]]) -> _Object:
        objects.append(_Object(pairs))
        return objects[-1]

    lines = [
        json.loads(line, object_pairs_hook=noted) for line in ([text] if text.count("}\n{") == 0 else text.splitlines())
    ]
    for each in filter(None, objects):
        each.append(each[0])
        yield each[0][0], "\n".join(map(_text, lines))
        each.pop()


def _text(value: Any) -> str:
    if isinstance(value, _Object):
        return "{" + ", ".join(f"{json.dumps(key)}: {_text(one)}" for key, one in value) + "}"
    return "[" + ", ".join(map(_text, value)) + "]" if isinstance(value, list) else json.dumps(value)
