"""CVAT 1.1: an XML of images with boxes and points, as CVAT exports and imports them; tracks of videos are read, too.

```
annotations.xml     <annotations> <version> <meta>, and for each picture
                    <image id="0" name="a.jpg" subset="Train" width="640" height="480">
                      <box label="head" occluded="0" xtl="1" ytl="2" xbr="3" ybr="4" z_order="0"/>
                      <points label="head" points="5,6;7,8"/>
images/a.jpg        also images/Train/a.jpg, or beside the XML
```

Source: CVAT's documentation, "XML annotation format"; `openvinotoolkit/datumaro`, `tests/assets/cvat_dataset`. All XML
files of a folder are read; the name of a file is the split where nothing in it says one (`train.xml`).

A `points` element holds a head for each of its points. A box and a point that alone share a label and a `group_id` are
one head; so we write points that are not the middle of their box. Attributes of ours are `track_id`, `ignore`,
`visibility` and `score`; others are not kept. Of labels, `converters.files.labels.categories` tells which are heads.

CVAT's own export of a video has `track` elements. A track has no head in a frame with `outside="1"`, and none in a
frame without a shape. The id of a track is that of its heads. Frames are pictures with their number
(`frame_000012.png`).

Traps:
    * `occluded` does not say how much is hidden: it is kept for CVAT and VOC, and set where visibility is below 1.
    * A rotated box is read as the upright one around it. Other shapes (polygons, masks, skeletons, ...) are left out.
    * Shapes of one `points` element share its attributes.

Memory: the text of the file, the shapes of one image, and all heads, 150 bytes each. The 1.73 million heads of GTA_Head
(217 MB of text) take 0.5 GB.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from converters.files.labels.label_folder import PLACE
from converters.files.labels.labelled_pictures import LabelledPicture, from_label_files
from converters.files.labels.scene_names import SceneGrouping
from converters.files.pictures.joined_names import finder
from converters.files.pictures.picture_names import NameParts
from converters.files.pictures.picture_places import picture_places
from converters.files.records.drawn_heads import shape_notes
from converters.files.records.xml_file import check_xml, looks_like_xml
from converters.formats.cvat.cvat_file import ROOT, CvatImage, read_file
from converters.formats.cvat.cvat_write import places, write
from converters.formats.format import Format, Writes
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import is_ours, listed, natural_key, own_name, picture_suffix_of
from gta_head_tools.unreadable import each_readable, tell_left_out

_PICTURES = "images"
_VERSION = b"<version>1."
_SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
_MOST_FILES = 20
"""XML files that detection looks at: Pascal VOC has thousands in a folder."""
_NO_SUBSET = frozenset({"", "default"})


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a picture's name counts.
        category: labels that are heads, see `converters.files.labels.categories`.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "whole"
    category: str = ""


def detect(path: Path) -> bool:
    """True for an XML with the root `annotations` and the version 1, and for a folder with one."""
    return any(map(_is_cvat, _files(path)[:_MOST_FILES])) if path.is_dir() else _is_cvat(path)


def _is_cvat(file: Path) -> bool:
    return looks_like_xml(file, ROOT, holds=_VERSION)


def _files(folder: Path) -> list[Path]:
    """The XML files of a folder, in natural order, but first the one that CVAT writes."""
    files = (file for end in (".xml", ".xml.gz") for file in listed(folder, f"*{end}") if not is_ours(file))
    return sorted(files, key=lambda file: (not file.name.startswith(ROOT), natural_key(file.name)))


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a file, or of all files in a folder.

    Raises:
        DataFormatError: a file is not what it should be.
        DatasetLayoutError: there is none, or two images have one name.
    """
    there = _files(path) if path.is_dir() else []
    files = [file for file in there if looks_like_xml(file, ROOT)] if path.is_dir() else [path]
    if not files:
        raise DatasetLayoutError(path, "no XML of CVAT in this folder; check the folder, or name the file")
    root, source = path if path.is_dir() else path.parent, own_name(path)
    tell_left_out((file for file in there if file not in files), check_xml)
    read = list(each_readable(files, lambda file: (file, read_file(file, options.names))))
    found = [said for _, said in read]
    lies = _finder(root)
    others, doubtful = Counter[str](), [image.heads.drawn.doubtful() for one in found for image in one.images]
    for one in found:
        others.update(one.passed.shapes)
    notes = [f"{file.name}: {note}" for file, one in read for note in one.notes()]
    return from_label_files(
        path,
        root,
        (_picture(image, lies, file, image.subset or one.meta.subset) for file, one in read for image in one.images),
        scenes=options.scenes,
        scene_name=_stem(path),
        category=options.category,
        categories=[label for one in found for label in one.meta.labels],
        notes=(*notes, *shape_notes(source, others, doubtful)),
    )


def _stem(path: Path) -> str:
    return own_name(path).removesuffix(".gz").removesuffix(".xml")


def _finder(root: Path) -> Callable[[str, str], str]:
    """A function of the name and the subset of a picture: where it lies below the root, or is expected."""
    find = finder()

    def folders(subset: str) -> list[Path]:
        return [root / _PICTURES, *([root / _PICTURES / subset, root / subset] if subset else []), root]

    # CVAT gives the frames of a video no suffix.
    by_stem = functools.cache(lambda subset: picture_places(root, folders(subset), suffix=".png"))

    def lies(name: str, subset: str) -> str:
        found = ((folder, find(folder, name)) for folder in folders(subset) if picture_suffix_of(name))
        folder, there = next((pair for pair in found if pair[1]), (root / _PICTURES, name))
        by_name = (folder.relative_to(root) / (there or name)).as_posix()
        return by_name if picture_suffix_of(name) else str(by_stem(subset)(name))

    return lies


def _picture(image: CvatImage, lies: Callable[[str, str], str], file: Path, subset: str) -> LabelledPicture:
    """An image as a labelled picture; `file` names its scene in a video, and its split where there is no subset."""
    folder = subset if PurePosixPath(subset).parts == (subset,) and subset != ".." else ""
    place = lies(image.name, folder)
    name = image.name + ("" if picture_suffix_of(image.name) else picture_suffix_of(place))
    split = (
        _SPLITS.get(subset.lower(), subset) if subset.lower() not in _NO_SUBSET else _SPLITS.get(_stem(file).lower())
    )
    scene = "" if image.frame is None else _stem(file) if _stem(file) != ROOT else own_name(file.parent)
    info = ImageInfo(name, *image.size, scene=scene, frame=image.frame, split=split, facts={PLACE: place})
    return LabelledPicture(info, image.heads.annotations(), image.heads.drawn.categories)


FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "ignore", "visibility", "score", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, keeps=frozenset({"occluded"}), suffix=".xml", needs_size=True),
)
