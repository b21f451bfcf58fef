"""What the field does, in plain words: a dense matrix of distances and a recursive search; the reference of ours."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def read_lines(path: Path, width: int) -> dict[int, Array]:
    """Image number to rows (n, width) of a file of lines `id n` and n times `width` numbers."""
    found = {}
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        number, count, *values = (int(word) for word in line.split())
        found[number] = np.array(values, dtype=np.float64).reshape(count, width)
    return found


def dense_match(predictions: Array, heads: Array, radii: Array) -> NDArray[np.int64]:
    """(N,) number of the prediction that each head is matched with, -1 = none."""
    holder = [-1] * len(heads)
    if not len(predictions) or not len(heads):
        return np.array(holder, dtype=np.int64)
    apart = np.sqrt(((predictions[:, None] - heads[None]) ** 2).sum(axis=2))
    reachable = [np.flatnonzero(row <= radii).tolist() for row in apart]

    def finds_a_head(prediction: int, tried: set[int]) -> bool:
        for head in reachable[prediction]:
            if head in tried:
                continue
            tried.add(head)
            if holder[head] < 0 or finds_a_head(holder[head], tried):
                holder[head] = prediction
                return True
        return False

    for prediction in range(len(predictions)):
        finds_a_head(prediction, set())
    return np.array(holder, dtype=np.int64)
