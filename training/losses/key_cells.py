"""Key cells: the cells of head centres, with sizes and offsets to learn there, and the heads that share a cell."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes, Mask


@dataclass(frozen=True, slots=True, eq=False)
class KeyCells:
    """The cells, `stride` pixels each, that the centres of heads fall into.

    Attributes:
        shape: rows and columns of the grid.
        rows: (M,) of the cells.
        columns: (M,).
        sizes: float64 (2, M) width and height, in cells, of the head of each cell; of several, that of the smallest.
        offsets: float64 (2, M) x and y of that head's centre within its cell, 0 to 1.
        heads: number of heads whose centre is inside of the input.
        crowded: number of those heads with another key cell beside their own.
    """

    shape: tuple[int, int]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    sizes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    heads: int
    crowded: int

    @property
    def collisions(self) -> int:
        """Heads that share a cell with a smaller one."""
        return self.heads - len(self.rows)

    @property
    def mask(self) -> Mask:
        """(h, w), True at key cells."""
        found = np.zeros(self.shape, np.bool_)
        found[self.rows, self.columns] = True
        return found

    def lost(self) -> int:
        """Number of heads that no search for peaks among 3 x 3 cells can find, even in a perfect map.

        Peaks cannot touch. Key cells are kept in reading order unless they touch one that is kept; all others are lost.
        """
        kept = np.zeros((self.shape[0] + 2, self.shape[1] + 2), np.bool_)
        for row, column in zip(self.rows.tolist(), self.columns.tolist(), strict=True):
            kept[row + 1, column + 1] = not kept[row : row + 3, column : column + 3].any()
        return self.heads - int(np.count_nonzero(kept))


def key_cells(boxes: Boxes, size: tuple[int, int], *, stride: int) -> KeyCells:
    """The key cells of heads whose centre lies in an input of (width, height), in reading order.

    Args:
        boxes: (N, 4), pixels of the input, all known.
        size: of the input.
        stride: pixels to a cell.
    """
    shape = (-(-size[1] // stride), -(-size[0] // stride))
    # Arrays of (2, N) take half the time of (N, 2).
    first, last = np.ascontiguousarray(boxes.T).reshape(2, 2, -1)
    places = (first + last) / 2
    inside = ((places >= 0) & (size > places.T).T).all(axis=0)
    places, sides = places[:, inside] / stride, np.maximum(last - first, 0)[:, inside] / stride
    columns, rows = places.astype(np.int64)
    cells = rows * shape[1] + columns
    order = np.argsort(sides[0] * sides[1], kind="stable")
    found, firsts = np.unique(cells[order], return_index=True)
    chosen = order[firsts]
    keys = np.zeros(shape, np.uint8)
    keys.reshape(-1)[found] = 1
    beside = np.asarray(cv2.boxFilter(keys, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT))
    crowded = int(np.count_nonzero(beside.reshape(-1)[cells] > 1))
    offsets = places[:, chosen] - (columns[chosen], rows[chosen])
    return KeyCells(shape, rows[chosen], columns[chosen], sides[:, chosen], offsets, len(cells), crowded)


def balanced_cells(boxes: Boxes, shape: tuple[int, int], *, stride: int) -> NDArray[np.float32]:
    """(h, w) weights by which every head counts alike: min(1, 4 / n) in the n cells of its box, 1 outside of boxes.

    A cell of several heads has the weight of the smallest one.

    Args:
        boxes: (N, 4), pixels of the input, all known.
        shape: rows and columns.
        stride: pixels to a cell.
    """
    found = np.ones(shape, np.float32)
    # The cells whose middles lie in the box, as in the mask of the Mask Focal Loss.
    spans = np.clip(np.ceil(boxes / stride - 0.5), 0, np.tile(shape[::-1], 2)).astype(np.int64)
    cells = np.prod(spans[:, 2:] - spans[:, :2], axis=1)
    for place in np.argsort(-cells, kind="stable").tolist():
        left, top, right, bottom = spans[place].tolist()
        found[top:bottom, left:right] = min(1.0, 4 / max(int(cells[place]), 1))
    return found


def ignored_cells(boxes: Boxes, shape: tuple[int, int], *, stride: int) -> Mask:
    """(h, w), True where a cell is touched by one of the boxes (N, 4), pixels of the input, all known."""
    found = np.zeros(shape, np.bool_)
    first = np.floor(boxes[:, :2] / stride).astype(np.int64)
    last = np.maximum(np.ceil(boxes[:, 2:] / stride).astype(np.int64), first + 1)
    corners = np.maximum(np.concatenate([first, last], axis=1), 0)
    for left, top, right, bottom in corners.tolist():
        found[top:bottom, left:right] = True
    return found
