"""Pictures decoded in the background: the one on screen first, then its neighbours; the last request wins."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from annotator_gui.background import Background
from converters.files.pictures.pictures import read_image
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError
from gta_head_tools.picture_header import read_header
from gta_head_tools.pictures import Picture

KEPT = 16
"""Largest number of pictures held ready."""
ROOM = 56 * 2**20
"""Bytes for the pictures held: seven of 1920x1080. The one on screen and its neighbours are held in any case."""
AHEAD = 2
"""Number of neighbours on either side that are decoded ahead."""


def decode(dataset: Dataset, info: ImageInfo) -> QImage:
    """The picture of an image, in the pixels that its heads are for.

    Raises:
        GtaHeadError: the file is missing, no picture, or of another size than its heads are for.
    """
    return to_qimage(read_image(dataset.root, info, dataset.compose))


def to_qimage(picture: Picture) -> QImage:
    """A copy of the picture (H, W, 3) in the layout that is painted fastest."""
    height, width = picture.shape[:2]
    held = np.ascontiguousarray(picture)
    wrapped = QImage(held.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return wrapped.convertToFormat(QImage.Format.Format_RGB32)


def has_orientation(dataset: Dataset, info: ImageInfo) -> bool:
    """True when the file has an orientation tag that asks viewers to turn it."""
    try:
        return read_header(dataset.root / info.path).orientation != 1
    except DataFormatError:  # It is composed of several files.
        return False


class ImageLoader(QObject):
    """The pictures of one scene.

    Signals:
        ready: the picture of this index is decoded.
        failed: the picture of this index cannot be read, and why.
        turned: the picture of this index has an orientation tag; emitted once per loader.
    """

    ready = Signal(int)
    failed = Signal(int, str)
    turned = Signal(int)

    def __init__(self, dataset: Dataset, images: Sequence[ImageInfo], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dataset, self.images = dataset, tuple(images)
        self._kept: OrderedDict[int, QPixmap] = OrderedDict()
        self._told = False
        self._background = Background(self, pool="pictures", threads=2)

    def request(self, index: int) -> None:
        """Ask for a picture and its neighbours; what was asked for before and has not begun is dropped."""
        near = sorted(range(index - AHEAD, index + AHEAD + 1), key=lambda other: (abs(other - index), index - other))
        order = [other for other in near if 0 <= other < len(self.images)]
        self._background.drop_waiting(but=order)
        for rank, other in enumerate(order):
            if other in self._kept:
                self._kept.move_to_end(other)
            elif not self._background.awaits(other):
                self._background.run(
                    partial(self._decode, other),
                    partial(self._keep, other),
                    partial(self.failed.emit, other),
                    key=other,
                    priority=-rank,
                )
        if index in self._kept:
            self._kept.move_to_end(index)
            self.ready.emit(index)

    def pixmap(self, index: int) -> QPixmap | None:
        """The picture; None = not decoded yet."""
        return self._kept.get(index)

    def close(self) -> None:
        """Drop everything, and wait for what has begun."""
        self._background.close()
        self._kept.clear()

    def _decode(self, index: int) -> tuple[QImage, bool]:
        """A picture, and whether it carries an orientation tag; runs in a thread of the pool."""
        return decode(self.dataset, self.images[index]), has_orientation(self.dataset, self.images[index])

    def _keep(self, index: int, decoded: tuple[QImage, bool]) -> None:
        picture, turned = decoded
        self._kept[index] = QPixmap.fromImage(picture)
        while len(self._kept) > KEPT or (len(self._kept) > 2 * AHEAD + 1 and self._bytes() > ROOM):
            self._kept.popitem(last=False)
        if turned and not self._told:
            self._told = True
            self.turned.emit(index)
        self.ready.emit(index)

    def _bytes(self) -> int:
        return sum(kept.width() * kept.height() * kept.depth() // 8 for kept in self._kept.values())
