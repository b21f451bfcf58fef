"""Which view of a picture its labels belong to: the stored pixels, or the picture as its EXIF orientation turns it.

Phones store pictures as the sensor sees them, with a tag by which viewers turn them. Some label tools show the stored
pixels, some the turned ones, and few say which. The rule, for every format:

* The labels declare a size that fits one view alone: it is that view.
* Nothing tells the views apart (no declared size, a half turn, a mirrored or a square picture): stored pixels. A note
  of the data set says so, and how to decide it.
* `exif=apply`: labels are of the turned view. `exif=ignore`: they are of the stored pixels.

Size, heads and pixels (`converters.files.pictures.pictures.read_pixels`) are then those of this view. A declared size
that fits neither view is no matter of orientation: such a picture is in `Dataset.unfit`, as damaged ones are, and
whoever reads its pixels leaves it out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from converters.files.pictures.pictures import other_size
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Loader, Scene, narrow
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import is_there
from gta_head_tools.picture_header import PictureHeader, read_header, turned_size
from gta_head_tools.picture_look import View, view_of

Exif = Literal["auto", "apply", "ignore"]
"""Whether labels are of the picture as its EXIF orientation turns it; auto = by the size that they declare."""


def with_orientation(dataset: Dataset, exif: Exif = "auto") -> Dataset:
    """The data set with the view of every picture decided, and notes on what was decided.

    The headers of all pictures are read. The sizes that label files declare should be known by now: where a loader
    learns them later, the view is right, but the notes may count too many pictures that cannot be decided.
    """
    tagged, unfit = _look_at_pictures(dataset, exif)
    dataset = replace(dataset, unfit=unfit) if unfit else dataset
    if not tagged:
        return dataset
    view = _View(tagged, exif == "apply")
    scenes = tuple(replace(scene, images=tuple(map(view, scene.images))) for scene in dataset.scenes)
    notes = () if exif == "apply" else _notes(scenes, tagged, unfit)
    return replace(dataset, scenes=scenes, load=_Viewed(dataset.load, view), notes=(*dataset.notes, *notes))


def _look_at_pictures(dataset: Dataset, exif: Exif) -> tuple[dict[str, PictureHeader], dict[str, str]]:
    """By path, the headers of pictures whose orientation matters, and what is wrong with pictures (`Dataset.unfit`)."""
    tagged: dict[str, PictureHeader] = {}
    unfit: dict[str, str] = {}
    for info in (info for scene in dataset.scenes for info in scene.images):
        if not is_there(os.path.join(dataset.root, info.path)):  # noqa: PTH118  # Missing, or composed of several files.
            continue
        path = dataset.root / info.path
        try:
            header = read_header(path)
        except DataFormatError as error:
            unfit[info.path] = str(error)
            continue
        views = {header.size}
        if header.orientation != 1 and exif != "ignore":
            tagged[info.path] = header
            views.add(turned_size(header.size, header.orientation))
        if _declared(info) and info.size not in views:
            unfit[info.path] = str(other_size(path, header.size, info))
    return tagged, unfit


def _declared(info: ImageInfo) -> bool:
    """True when the label file gives the size."""
    return info.sized and not info.measured


@dataclass(frozen=True, slots=True)
class _View:
    """Gives an image the view that its labels belong to.

    Attributes:
        tagged: path to header, of the pictures with an orientation.
        apply: all labels are of the turned view.
    """

    tagged: Mapping[str, PictureHeader]
    apply: bool

    def __call__(self, info: ImageInfo) -> ImageInfo:
        header = self.tagged.get(info.path)
        if header is None:
            return info
        shown = turned_size(header.size, header.orientation)
        declared = _declared(info)
        fits = {header.size, shown} if not declared else {info.size} & {header.size, shown}
        if fits and (self.apply or (declared and fits == {shown} != {header.size})):
            return replace(info, width=shown[0], height=shown[1], orientation=header.orientation)
        return replace(info, orientation=1)


@dataclass(frozen=True, slots=True)
class _Viewed:
    """Loader that gives the images of another loader their views."""

    load: Loader
    view: _View

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        for image in self.load(scene):
            info = self.view(image.info)
            yield image if info == image.info else image.replace(info=info)

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        """The loader of these scenes alone."""
        paths = (info.path for scene in scenes for info in scene.images)
        tagged = {path: self.view.tagged[path] for path in paths if path in self.view.tagged}
        return _Viewed(narrow(self.load, scenes), _View(tagged, self.view.apply))


def _notes(scenes: tuple[Scene, ...], tagged: Mapping[str, PictureHeader], unfit: Mapping[str, str]) -> Iterator[str]:
    found: dict[View, list[str]] = {"turned": [], "stored": [], "open": []}
    for info in (info for scene in scenes for info in scene.images):
        if info.path in tagged and info.path not in unfit:
            found[view_of(info, tagged[info.path])].append(info.path)
    told: dict[View, str] = {
        "turned": "their sizes say that their labels are of the turned view, in which they are used and written",
        "stored": "their sizes say that their labels are of the stored pixels, which are used",
        "open": "nothing says which view heads are in, so the stored pixels are used; say -i exif=apply if they "
        "are of the turned view, else -i exif=ignore",
    }
    for kind, paths in found.items():
        if paths:
            orientation = tagged[paths[0]].orientation
            which = f"{len(paths)} picture{'s' * (len(paths) > 1)} with an EXIF orientation ({paths[0]}: {orientation})"
            yield f"{which}: {told[kind]}"
