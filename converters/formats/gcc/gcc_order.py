"""Which of the two stored numbers of a GCC scene is x: the labeler stores row and column, some copies hold x and y.

The first evidence that there is decides a scene:

1. Numbers beyond the lowest row of the picture are no rows.
2. The labeler keeps a head only if its pixel shows a person, so that heads lie on the masks in `segs`.
3. Scenes of one data set that others decide, all in the same way, are stored alike.

Where all heads lie left of a column as large as the picture is high, and there are neither masks nor other scenes,
nothing tells the orders apart: then row and column is taken, which is told.
Source: `gjy3035/GCC-CL` (GCC-Labeler: getHead.py, mkInfo.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from converters.formats.gcc import gcc_files
from gta_head_tools.annotations import ImageInfo, Points
from gta_head_tools.dataset import Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError

Order = Literal["rowcol", "xy"]

_CLEAR_LEAD = 50
"""When one order leads by so many heads, the rest of the scene is not read to decide."""
_ON_MASK, _APART = 0.8, 0.2
"""Least share of the heads that lie on the masks in the order taken, and how much fewer in the other order."""
_MOST_SHOWN = 3
"""Scenes that a note names."""


@dataclass(frozen=True, slots=True)
class SceneFiles:
    """Where the files of a scene lie, and how large its pictures are.

    Attributes:
        stored: the json or mat file of an image.
        mask: the file of an image in `segs`.
        size: width and height of an image.
    """

    stored: Callable[[ImageInfo], Path]
    mask: Callable[[ImageInfo], Path]
    size: Callable[[ImageInfo], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Decided:
    order: Order
    why: str


def find_orders(
    scenes: Sequence[Scene], files: Callable[[Scene], SceneFiles]
) -> tuple[dict[str, Order], tuple[str, ...]]:
    """The order of each scene by its name, and what a user has to know about it.

    Args:
        scenes: of one data set.
        files: of a scene.
    """
    found = {scene.name: _decide(scene, files(scene)) for scene in scenes}
    orders = {decided.order for decided in found.values() if decided is not None and decided.why}
    common: _Decided | None = None
    if len(orders) == 1:
        common = _Decided(orders.pop(), "as the heads of the other scenes are")
    open_scenes = [name for name, decided in found.items() if decided is None]
    found.update(dict.fromkeys(open_scenes, common))
    chosen: dict[str, Order] = {name: decided.order if decided else "rowcol" for name, decided in found.items()}
    return chosen, tuple(_notes(found))


def _decide(scene: Scene, files: SceneFiles) -> _Decided | None:
    """The order that this scene's own files tell; None where they tell nothing."""
    lead = heads = 0
    for info, pairs in _pairs(scene, files):
        first, second = np.count_nonzero(pairs >= files.size(info)[1], axis=0)
        lead += int(first - second)
        heads += int(np.count_nonzero(pairs[:, 0] != pairs[:, 1]))
        if abs(lead) >= _CLEAR_LEAD:
            break
    if lead:
        return _Decided("xy" if lead > 0 else "rowcol", "rows below the picture otherwise")
    # Without a head whose numbers differ, both orders are the same.
    return _by_masks(scene, files) if heads else _Decided("rowcol", "")


def _pairs(scene: Scene, files: SceneFiles) -> Iterator[tuple[ImageInfo, Points]]:
    for info in scene.images:
        try:
            yield info, gcc_files.read_pairs(files.stored(info))
        except (DataFormatError, DatasetLayoutError):
            continue  # The error is raised again when this image itself is read.


def _by_masks(scene: Scene, files: SceneFiles) -> _Decided | None:
    heads, on_mask = 0, np.zeros(2, dtype=np.int64)
    for info, pairs in _pairs(scene, files):
        width, height = files.size(info)
        file = files.mask(info)
        if not file.is_file() or file.stat().st_size != width * height:
            continue
        mask = np.fromfile(file, dtype=np.uint8).reshape(height, width) > 0
        heads += len(pairs)
        on_mask += [_on(mask, pairs), _on(mask, pairs[:, ::-1])]
        if heads >= _CLEAR_LEAD:
            break
    rowcol, xy = (on_mask / max(1, heads)).tolist()
    if max(rowcol, xy) < _ON_MASK or abs(rowcol - xy) < _APART:
        return None
    return _Decided("xy" if xy > rowcol else "rowcol", "they lie on the people in segs")


def _on(mask: NDArray[np.bool_], pairs: Points) -> int:
    """How many pairs, taken as row and column, lie on a mask (H, W)."""
    rows, columns = pairs.astype(np.int64).T
    inside = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
    return int(mask[rows[inside], columns[inside]].sum())


def _notes(found: Mapping[str, _Decided | None]) -> Iterator[str]:
    undone: dict[str, list[str]] = {}
    for name, decided in found.items():
        if decided is not None and decided.order == "xy":
            undone.setdefault(decided.why, []).append(name)
    for why, names in undone.items():
        told = "heads are stored as x y instead of row column, which was undone"
        yield f"{_shown(names)}: {told} ({why}); -i order=rowcol if that is wrong"
    unknown = [name for name, decided in found.items() if decided is None]
    if unknown:
        told = (
            "nothing tells whether heads are stored as row column or as x y; taken as row column, as the labeler does"
        )
        yield f"{_shown(unknown)}: {told}; -i order=xy if that is wrong"


def _shown(names: Sequence[str]) -> str:
    more = len(names) - _MOST_SHOWN
    return ", ".join(names[:_MOST_SHOWN]) + (f" and {more} more scenes" if more > 0 else "")
