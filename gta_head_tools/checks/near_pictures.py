"""Pairs of pictures that show nearly the same, among many, without a comparison of all pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.picture_look import Shown

MOST_BITS = 6
"""Bits of the 64 of two hashes that may differ; a picture of half the width, or of JPEG quality 10, differs in 4."""
MOST_LEVELS = 10
"""Grey levels by which each pixel of two thumbnails may differ; such a picture differs by 8, the next frame of a fixed
camera by 30."""
MOST_MEAN = 2.0
"""Mean difference of two thumbnails, in grey levels."""
_WINDOW = 32
"""Following hashes, in sorted order, that each hash is compared with."""
_TURN = 8
"""Bits by which all hashes are rotated before they are sorted anew: near hashes differ late in one of the orders."""
_TOGETHER = 4096
"""Pairs of thumbnails that are compared at once: 8 MB."""
_ONES = np.array([number.bit_count() for number in range(256)], dtype=np.uint8)


def near_pairs(pictures: Sequence[Shown], cameras: NDArray[np.int64]) -> NDArray[np.int64]:
    """(P, 2) places of the earlier and the later of two near-same pictures, in the order of the later ones.

    Hashes are sorted in eight rotations, and each is compared with the next ones in each order, so that the time grows
    with the number of pictures. Of a great many that are all alike, each is paired with some of the others, not with
    all. Flat pictures are in no pair.

    Args:
        pictures: in order.
        cameras: (N,) number of the fixed camera, whose pictures are all nearly the same and are not paired.
    """
    candidates = np.array([place for place, shown in enumerate(pictures) if not shown.flat], dtype=np.int64)
    hashes = np.array([pictures[place].hash for place in candidates], dtype=np.uint64)
    found = [np.zeros((0, 2), dtype=np.int64), *_close_hashes(hashes, cameras[candidates])]
    pairs = candidates[np.unique(np.concatenate(found), axis=0)[:, ::-1]]
    parts = [pairs[start : start + _TOGETHER] for start in range(0, len(pairs), _TOGETHER)]
    return np.concatenate([pairs[:0], *(part[_alike(pictures, part)] for part in parts)])


def _close_hashes(hashes: NDArray[np.uint64], cameras: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """(P, 2) later and earlier place of hashes of two cameras that differ in few bits, possibly several times."""
    for turn in range(0, 64, _TURN):
        rotated = hashes if turn == 0 else (hashes << np.uint64(turn)) | (hashes >> np.uint64(64 - turn))
        order = np.argsort(rotated, kind="stable")
        inorder, camera = hashes[order], cameras[order]
        for step in range(1, min(_WINDOW, len(hashes) - 1) + 1):
            near = np.flatnonzero(
                (_bits(inorder[step:] ^ inorder[:-step]) <= MOST_BITS) & (camera[step:] != camera[:-step])
            )
            first, second = order[near], order[near + step]
            yield np.stack([np.maximum(first, second), np.minimum(first, second)], axis=1)


def _bits(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """(N,) how many bits are set."""
    return np.asarray(_ONES[words.view(np.uint8).reshape(-1, 8)].sum(axis=1, dtype=np.int64))


def _alike(pictures: Sequence[Shown], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(P,) True where the thumbnails of a pair are nearly equal."""
    first, second = (_thumbnails(pictures, pairs[:, column]) for column in (0, 1))
    difference = np.abs(first - second)
    return np.asarray((difference.max(axis=1) <= MOST_LEVELS) & (difference.mean(axis=1) <= MOST_MEAN))


def _thumbnails(pictures: Sequence[Shown], places: NDArray[np.int64]) -> NDArray[np.int16]:
    joined = b"".join(pictures[place].thumbnail for place in places.tolist())
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(places), -1).astype(np.int16)
