"""Pascal VOC: an XML file for each picture; SCUT-HEAD, HollywoodHeads, and what LabelImg and many others save.

```
Annotations/a.xml               <annotation> <filename> <size> <object> <name> <difficult> <bndbox> <xmin> <ymin> ...
JPEGImages/a.jpg
ImageSets/Main/train.txt        a name a line; val.txt, test.txt; trainval.txt is no split of its own
```

Source: Everingham et al., "The PASCAL Visual Object Classes Challenge: Development Kit"; `HumanSignal/labelImg`;
`HCIILAB/SCUT-HEAD-Dataset-Release`. Also read: label files beside their pictures, in one folder or in those of splits
(`train/`, `valid/`, `test/`), several data sets in one folder (`VOC2007/`, `VOC2012/`), a folder `Annotations` alone,
and single files.

We write all pictures into one folder, because most readers look into no other: where two names would be equal, their
sub-folders become a part of them; `-o folders=true` keeps the sub-folders. Splits of other names get lists of their
own, and all pictures are in `trainval.txt` where none has a split.

Pixels are counted from 1 and the last one belongs to the box, so that `x1 = xmin - 1` and `x2 = xmax`; `-i origin=0`
reads files that count from 0. We write decimals; `-o integers=true` writes whole pixels.

Traps:
    * `filename` is wrong in many public sets. A picture goes by the name of its label file, by `filename` only where
      there is no picture of that name.
    * A size of 0 x 0, also usual, is unknown. Some objects have nothing in them; they are counted and left out.
    * The parts of an object (in VOC a person's head, hands and feet) that have boxes are labels of their own.
    * A `difficult` object is ignored. `truncated`, `pose` and `occluded` are kept for VOC, the last one also for CVAT.

Memory: all heads, 65 bytes each; label files are read one at a time. The 1.73 million heads of GTA_Head take 0.2 GB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from converters.files.labels.label_folder import PLACE
from converters.files.labels.labelled_pictures import LabelledPicture, from_label_files
from converters.files.labels.scene_names import SceneGrouping
from converters.files.pictures.joined_names import bare
from converters.files.pictures.picture_names import last_part
from converters.files.pictures.picture_places import picture_places
from converters.files.pictures.pictures_beside import unlabelled_defects, unlabelled_pictures, with_suffix_of
from converters.files.records.xml_file import looks_like_xml
from converters.formats.format import Format, Writes
from converters.formats.voc.voc_layout import LabelFolder, label_folders, lone_folder, read_splits, stem_of
from converters.formats.voc.voc_objects import ROOT, read_file
from converters.formats.voc.voc_write import WriteOptions, places, write
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset, LabelDefect
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import composed, own_name, picture_suffix_of, without_picture_suffix
from gta_head_tools.unreadable import each_readable

_OTHER_NAME = "label files have another name in <filename>; their own names count"
_FROM_ZERO = "boxes begin at 0, which is outside of the picture; if the files count pixels from 0, say -i origin=0"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        origin: what the left and top border of a picture are called.
        scenes: how pictures make scenes.
        category: names of the categories that are heads, see `converters.files.labels.categories`.
    """

    origin: Literal["1", "0"] = "1"
    scenes: SceneGrouping = "auto"
    category: str = ""


def detect(path: Path) -> bool:
    """True for a file with the root `annotation`, and for a folder of which the first XML file is one."""
    return bool(label_folders(path, surely=True)) if path.is_dir() else looks_like_xml(path, ROOT)


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a folder or a single label file.

    Raises:
        DataFormatError: a label file is not what it should be.
        DatasetLayoutError: there is none, or two are of one picture.
    """
    folders = label_folders(path) if path.is_dir() else [lone_folder(path)]
    if not folders:
        raise DatasetLayoutError(path, "no Pascal VOC found, expected Annotations/NAME.xml; check the folder")
    root = path if len(folders) > 1 else folders[0].home
    told = _Told()
    pictures = [
        picture
        for folder in folders
        for picture in _pictures(folder, root, options, told, only=None if path.is_dir() else path.name)
    ]
    dataset = from_label_files(
        path,
        root,
        pictures,
        scenes=options.scenes,
        scene_name=stem_of(own_name(path)),
        category=options.category,
        notes=tuple(f"{own_name(path)}: {count} {what}" for what, count in told.counts.items() if count),
    )
    places = [*(str(picture.info.facts[PLACE]) for picture in pictures), *told.unread] if path.is_dir() else []
    return dataset.with_defects([*told.defects, *unlabelled_defects(unlabelled_pictures(root, places))])


@dataclass(frozen=True, slots=True)
class _Told:
    """What reading finds besides pictures.

    Attributes:
        counts: what is worth telling, and how often it is so.
        defects: what checks tell.
        unread: places of the pictures whose label file cannot be read.
    """

    counts: Counter[str] = field(default_factory=Counter)
    defects: list[LabelDefect] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def _pictures(
    folder: LabelFolder,
    root: Path,
    options: ReadOptions,
    told: _Told,
    *,
    only: str | None,
) -> Iterator[LabelledPicture]:
    """The pictures of the label files in a folder.

    Args:
        folder: of the label files.
        root: of the data set.
        options: of reading.
        told: takes what is found besides.
        only: the name of the one file that is read, None = all.
    """
    counts, stems = told.counts, folder.files(only)
    place = picture_places(root, folder.pictures)
    splits = {} if folder.split else read_splits(folder.home, stems.keys(), counts, told.defects)
    home = folder.home.relative_to(root)

    def read_one(stem: str) -> LabelledPicture:
        try:
            said = read_file(folder.folder / stems[stem])
        except DataFormatError:
            told.unread.append(place(stem))
            raise
        name, lies = _named(stem, said.filename, root, place, stems.keys())
        counts.update(said.passed)
        counts[_OTHER_NAME] += bool(said.filename) and bare(last_part(said.filename)) != PurePosixPath(bare(name)).name
        counts[_FROM_ZERO] += int((said.corners[:, :2] == 0).any(axis=1).sum()) if options.origin == "1" else 0
        split = folder.split or splits.get(stem)
        info = ImageInfo((home / name).as_posix(), *(said.size or (0, 0)), split=split, facts={PLACE: lies})
        return LabelledPicture(info, said.heads(int(options.origin)), said.names)

    return each_readable(stems, read_one)


def _named(stem: str, filename: str, root: Path, place: Callable[[str], str], stems: Set[str]) -> tuple[str, str]:
    """The name of a picture, and where it lies: by the name of its label file, else by what this calls it.

    A picture that another label file (`stems`) is called after is not taken.
    """
    # `a.jpg.xml` is usually of `a.jpg`, but where it calls its picture `a.jpg.jpg`, it is of that one.
    twice = picture_suffix_of(stem) and bare(last_part(filename)) == PurePosixPath(stem).name
    lies = place(stem + picture_suffix_of(filename) if twice else stem)
    if not (root / lies).exists():
        other = (PurePosixPath(stem).parent / (last_part(filename) or stem)).as_posix()
        if bare(other) not in stems and (root / place(other)).exists():
            return composed(other), place(other)
        if not twice:
            lies = place(without_picture_suffix(stem) + (picture_suffix_of(stem) or picture_suffix_of(filename)))
    return with_suffix_of(lies, stem), lies


FORMAT = Format(
    holds=frozenset({"boxes", "ignore", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions, keeps=frozenset({"occluded"}), needs_size=True),
)
