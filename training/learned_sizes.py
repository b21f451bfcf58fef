"""The main job with sizes from a trained network: boxes for points of pictures that share no camera, with error bars.

Beside the boxes lies `ghtools-error-bars.csv` with a row for each head: image, point, size sqrt(width height), and the
range that holds the true size of nine heads out of ten, all in pixels of the picture.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from converters.boxes import BoxesReport, BoxOptions, interpolate_boxes
from converters.files.pictures.pictures import read_image
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError
from gta_head_tools.interpolation.given_sizes import GivenSizes
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.whole_files import write_text
from training.base import Method
from training.families.size_map import NINETY
from training.runs.checkpoint import load_method

ERROR_BARS = "ghtools-error-bars.csv"
COLUMNS = ("image", "x", "y", "size", "low", "high")


def learned_boxes(
    source: Path,
    options: BoxOptions,
    model: Path,
    *,
    device: str = "auto",
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> BoxesReport:
    """Give every head of a data set a box, whose size a trained network reads off the picture.

    Args:
        source: a scene, a folder of scenes, or a label file; with its pictures.
        options: what boxes are made and how they are written; rule ``learned``.
        model: a run, an export or weights of a method that gives sizes to known heads.
        device: see `find_device`.
        jobs: worker processes for writing, None = all cores.
        cluster: address of a dask scheduler, for writing.
        track: progress.

    Raises:
        GtaHeadError: bad input, or a model of another kind; nothing is written then.
    """
    sizer = load_sizer(model, device)
    report = interpolate_boxes(source, replace(options, sizer=sizer), jobs=jobs, cluster=cluster, track=track)
    write_text(report.out / ERROR_BARS, sizer.table())
    return report


def load_sizer(model: Path, device: str = "auto") -> LearnedSizes:
    """A trained network, ready to size heads.

    Raises:
        GtaHeadError: no trained network is there, or one that gives no sizes.
    """
    method = load_method(model, device)
    if "sizes" not in method.PREDICTS:
        raise ConfigError(
            f"{model}: is of {type(method).__name__}, which gives no sizes to known heads; train a network that does: "
            "ghtools baseline train --method head_size --data BOXES"
        )
    weights = hashlib.sha256(repr(method.config).encode())
    for name, value in sorted(method.state_dict().items()):
        weights.update(name.encode())
        weights.update(value.cpu().contiguous().numpy().tobytes())
    return LearnedSizes(method, f"{type(method).__name__} {weights.hexdigest()}")


@dataclass(frozen=True, slots=True)
class LearnedSizes:
    """Sizes of the heads of any pictures, and what was given so far.

    Attributes:
        method: gives sizes to known heads.
        name: of it, its settings and its weights.
        given: path of the image and sizes of its heads, in order.
    """

    method: Method
    name: str
    given: list[tuple[str, GivenSizes]] = field(default_factory=list)

    def __call__(self, dataset: Dataset, images: Sequence[ImageAnnotations]) -> list[GivenSizes]:
        """The sizes of all heads of each image; pictures without heads are not read."""
        found = [self._sizes(dataset, image) for image in images]
        self.given.extend((image.info.path, each) for image, each in zip(images, found, strict=True))
        return found

    def _sizes(self, dataset: Dataset, image: ImageAnnotations) -> GivenSizes:
        if not len(image):
            return GivenSizes(np.empty((0, 2)), np.empty(0), np.empty(0), 1.0)
        picture = read_image(dataset.root, image.info, dataset.compose)
        sizes = self.method.predict(picture).sizes
        assert sizes is not None
        return GivenSizes(image.points, *sizes.at(image.points), sizes.aspect)

    def table(self) -> str:
        """The text of `ghtools-error-bars.csv`."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(COLUMNS)
        for path, each in self.given:
            reach = np.exp(NINETY * each.spreads)
            rows = np.column_stack([each.points, each.sizes, each.sizes / reach, each.sizes * reach])
            table.writerows([path, *(f"{value:.2f}" for value in row)] for row in rows.tolist())
        return text.getvalue()
