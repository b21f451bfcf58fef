"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.scene_sizes import SceneSizes, measure_sizes
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.picture_look import Look
from gta_head_tools.unreadable import ReadError

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""The worst first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect.

    Attributes:
        file: path of the image, relative to the root of the data set, or of the file that has the defect; "" = the data
            set as a whole.
        record: which head or record of it, "" = the whole image or file.
        value: what was found there, as text.
        message: what is wrong, in a sentence.
        place: x0 y0 x1 y1 in pixels of the image, to show the defect there; None = the whole image.
        weight: how bad it is among the findings of its check; the greatest are shown first.
        line: of a text file, counted from 1; None = the whole file, or a picture.
    """

    file: str
    record: str
    value: str
    message: str
    place: tuple[float, float, float, float] | None = None
    weight: float = 0.0
    line: int | None = None


Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[Subject]):
    """A check.

    Attributes:
        find: generator of the defects of an image, a scene or a data set; it never raises an error.
        severity: of all of its findings.
        means: what the defect does to work with the data, in a sentence.
        fix: how it is mended, in a sentence.
        looks: it needs a look at the pictures, which are decoded only for checks that do.
    """

    find: Callable[[Subject], Iterable[Finding]]
    severity: Severity
    means: str
    fix: str
    looks: bool = False


ImageCheck = Check[ImageAnnotations]
"""Looks at the heads of one image."""


@dataclass(frozen=True, slots=True)
class PictureOfImage:
    """The picture of an image, as its file is.

    Attributes:
        info: of the image, as it came with the heads.
        look: what was seen of the picture; it may not be there.
    """

    info: ImageInfo
    look: Look


PictureCheck = Check[PictureOfImage]
"""Looks at the picture of one image."""


@dataclass(frozen=True)
class SceneHeads:
    """A scene and the heads of all of its images, for checks that compare images.

    Attributes:
        scene: the fixed camera.
        images: in order.
    """

    scene: Scene
    images: Sequence[ImageAnnotations]

    @cached_property
    def sizes(self) -> SceneSizes | None:
        """Sizes of its boxes, measured once for all checks; None where there are too few."""
        return measure_sizes(self.images)


SceneCheck = Check[SceneHeads]
"""Compares the images of one fixed camera; it is not asked about pictures that merely lie together."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of an image once its heads were looked at.

    Attributes:
        info: as it came with the heads.
        heads: how many it has.
        look: at its picture, None = no check asked for it.
    """

    info: ImageInfo
    heads: int
    look: Look | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The figures of a public data set that a data set is, whole or in part.

    Attributes:
        title: as its authors call it.
        address: where the official copy is.
        images: number of images, None = it is not published exactly.
        heads: number of heads, None = sources disagree, or it is not published.
        split_images: number of images by split; empty = it has no splits.
        split_heads: number of heads by split, where it is published.
        hidden: splits whose heads are not public; copies lack them.
        paths: of the images of the data set that are of it.
    """

    title: str
    address: str
    images: int | None
    heads: int | None
    split_images: Mapping[str, int]
    split_heads: Mapping[str, int]
    hidden: frozenset[str]
    paths: frozenset[str]


@dataclass(frozen=True, slots=True)
class ExportedScene:
    """Boxes of a scene that were made from anchors.

    Attributes:
        file: record of the export, relative to the root of the data set.
        scene: its name.
        made_of: hash of the heads, anchors and options that the boxes were made of.
        now: hash of those that are there now.
    """

    file: str
    scene: str
    made_of: str
    now: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A data set of which every image was looked at.

    Attributes:
        format: of the data set, by name.
        dataset: that was checked.
        images: in the order of the data set.
        cameras: by the name of each scene of a fixed camera, that of the camera; it is in several scenes where formats
            keep its splits apart.
        locations: the place of each camera, by name.
        first_frame: number of the first frame of a sequence in that format; None = the format leaves it open.
        published: figures of the public data sets that it is, whole or in part.
        seen_heads: by path, how many heads a model sees in images without heads, those that it was asked about.
        exports: boxes that were made from anchors, in it or in a folder of it.
    """

    format: str
    dataset: Dataset
    images: Sequence[Seen]
    cameras: Mapping[str, str] = field(default_factory=dict)
    locations: Mapping[str, str] = field(default_factory=dict)
    first_frame: int | None = None
    published: Sequence[Published] = ()
    seen_heads: Mapping[str, int] = field(default_factory=dict)
    exports: Sequence[ExportedScene] = ()


DatasetCheck = Check[Overview]
"""Compares images of different scenes, or looks at all of them."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read of a data set.

    Attributes:
        root: folder that files are told relative to.
        errors: one for each file that cannot be read.
    """

    root: Path
    errors: Sequence[ReadError]


ReadingCheck = Check[Unread]
"""Looks at the errors that were met while label files were read."""


def below_root(file: Path, root: Path) -> str:
    """The path of a file relative to the root, as it is where it lies elsewhere."""
    for place, base in ((file, root), (file.absolute(), root.absolute())):
        if place.is_relative_to(base):
            return place.relative_to(base).as_posix()
    return file.as_posix()


def head_record(row: int) -> str:
    """The name of a head in findings; heads are counted from 1 in the order of the source.

    >>> head_record(0)
    'head 1'
    """
    return f"head {row + 1}"


def box_findings(
    image: ImageAnnotations, wrong: NDArray[np.bool_], tell: Callable[[int], str], *, weights: NDArray[np.float64]
) -> Iterator[Finding]:
    """A finding for each box that is wrong; its value is the box as x0, y0, x1, y1.

    Args:
        image: whose boxes were looked at.
        wrong: (N,) True where a box is.
        tell: what is wrong with the box of a row, in a sentence.
        weights: (N,) how bad it is.
    """
    path, rows = image.info.path, np.flatnonzero(wrong)
    columns = zip(rows.tolist(), image.boxes[rows].tolist(), weights[rows].tolist(), strict=True)
    for row, (x0, y0, x1, y1), weight in columns:
        value = f"{x0:.6g}, {y0:.6g}, {x1:.6g}, {y1:.6g}"
        yield Finding(path, head_record(row), value, tell(row), (x0, y0, x1, y1), weight)
