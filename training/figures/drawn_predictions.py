"""What is drawn and counted while pictures are predicted: overlays, maps, and the count of each image."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset
from gta_head_tools.files import inside, without_picture_suffix
from gta_head_tools.overlays.head_overlay import draw_heads
from gta_head_tools.pictures import Picture, write_jpeg, write_png
from training.base import Method, Prediction
from training.figures.figure import FigureRow, Shown, draw_figure, target_map
from training.samples.picture_source import Source
from training.unfamiliar import Unfamiliar


class Drawings:
    """Counts and draws predictions: pictures at once; of a video only the frame with the most heads, at the end."""

    def __init__(self, method: Method, source: Source, *, overlays: Path | None, maps: Path | None) -> None:
        self._method, self._source = method, source
        self._overlays, self._maps = overlays, maps
        self._names = _drawing_names(source.dataset)
        self._fullest: tuple[Picture, ImageAnnotations, Prediction, ImageAnnotations] | None = None
        self.counts: dict[str, float] = {}
        self.unfamiliar = Unfamiliar()

    def __call__(
        self, picture: Picture, true: ImageAnnotations, prediction: Prediction, found: ImageAnnotations
    ) -> None:
        count = prediction.count if prediction.points is None else float(len(found))
        if self._source.rate is None:
            self._draw(picture, true, prediction, found)
        elif count > max(self.counts.values(), default=-1.0):
            self._fullest = picture, true, prediction, found
        self.counts[true.info.path] = count
        self.unfamiliar.add(picture, found)

    def finish(self) -> None:
        """Draw the fullest frame of a video."""
        if self._fullest is not None:
            self._draw(*self._fullest)

    def _draw(self, picture: Picture, true: ImageAnnotations, prediction: Prediction, found: ImageAnnotations) -> None:
        name = self._names[true.info.path]
        if self._overlays is not None and prediction.points is not None:
            write_jpeg(self._overlays / f"{name}.jpg", draw_heads(picture, found))
        if self._maps is not None:
            heads = true if self._source.heads_known else None
            target = None if heads is None else target_map(self._method, picture, heads)
            shown = Shown("predicted", prediction, self._method.threshold, target)
            write_png(self._maps / f"{name}.png", draw_figure([FigureRow(true.info.name, picture, (shown,), heads)]))


def _drawing_names(dataset: Dataset) -> dict[str, str]:
    """Path of an image to the name of its drawings, without the suffix of the picture where that is unique."""
    paths = [inside(info.path, path=dataset.source) for scene in dataset.scenes for info in scene.images]
    short = {path: without_picture_suffix(path) for path in paths}
    taken = Counter(short.values())
    return {path: name if taken[name] == 1 else path for path, name in short.items()}
