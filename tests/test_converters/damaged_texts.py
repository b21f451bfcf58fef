"""Texts damaged at random, the same in every run."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path


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
