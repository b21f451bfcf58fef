"""Hugging Face imagefolder: a line of JSON for each picture, in `metadata.jsonl` beside the pictures of a split.

```
train/metadata.jsonl    {"file_name": "street/a.jpg", "objects": {"bbox": [[x, y, width, height]], "categories": [0]}}
train/street/a.jpg      train, validation, test, also below data/; the root of the data set where there are no splits
```

Source: `huggingface/datasets`, docs/source/image_dataset.mdx (ImageFolder, object detection). Also read: `category`,
`category_id`, `label` and so on, as numbers or names; `objects` as a list of objects; and a `metadata.jsonl` in the
root whose file names begin with the folder of a split. `width` and `height` are sizes, which we write.

What has no usual key has one of ours in `objects`, a list with a value for each head, in the lines that need it:
`points` (where they are not the middles of boxes), `track_id`, `iscrowd` (ignored), `visibility`, `score`. A head
without a box has a box of 1x1 around its point, and `box_known` says false.

Traps:
    * A picture without a line has no heads, and belongs to the data set.
    * Names of numbered classes stand in a dataset card, which is not read; ours are all 0.
    * `bbox` is taken as corner and size, as in COCO. Nothing tells other meanings apart.

Memory: the text of a file while it is read, one line of it decoded, and all heads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from msgspec import UNSET

from converters.files.labels.label_folder import PLACE
from converters.files.labels.labelled_pictures import LabelledPicture, from_label_files
from converters.files.labels.scene_names import SceneGrouping, names_with_splits, split_in, split_name
from converters.files.pictures.joined_names import finder
from converters.files.pictures.picture_names import NameParts, PictureNames
from converters.files.pictures.picture_paths import check_distinct, each_image, kept_paths
from converters.files.pictures.pictures import ImageMode, place_picture
from converters.files.records.json_file import decode_lines
from converters.files.records.json_keys import first_keys
from converters.formats.format import Format, Writes
from converters.formats.hf_imagefolder_lines import Line, heads_of, line_of, split_of
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import file_or_lost, find_pictures, own_name, subfolders
from gta_head_tools.unreadable import each_readable
from gta_head_tools.whole_files import replacing

_FILE = "metadata.jsonl"
_DATA = "data"
"""Folder that may stand around the splits."""
_DECODER = msgspec.json.Decoder(Line)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a file name counts, see `converters.files.pictures.picture_names`.
        category: names or numbers of the categories that are heads, see `converters.files.labels.categories`.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "whole"
    category: str = ""


def detect(path: Path) -> bool:
    """True for a `metadata.jsonl` whose lines name files, and for a folder with one in itself or in a split."""
    files = _files(path) if path.is_dir() else [path] if path.name == _FILE else []
    return any(file.stat().st_size == 0 or ("file_name",) in first_keys(file) for file in files)


def _files(folder: Path) -> list[Path]:
    """The files of a folder: its own, and those of its folders and of those in `data`."""
    tops = [folder, folder / _DATA]
    places = dict.fromkeys((*tops, *(place for top in tops for place in subfolders(top))))
    return [place / _FILE for place in places if file_or_lost(place / _FILE)]


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a folder, or of one `metadata.jsonl`.

    Raises:
        DataFormatError: a line is not what it should be, or a picture has two; the message has the line.
        DatasetLayoutError: there is no such file in the folder.
    """
    files = _files(path) if path.is_dir() else [path]
    if not files:
        raise DatasetLayoutError(path, f"no {_FILE} found in it or in its folders; check the folder")
    root = path if path.is_dir() else path.parent
    pictures: dict[str, LabelledPicture] = {}
    deepest_first = sorted(files, key=lambda file: -len(file.parts))
    parts = list(each_readable(deepest_first, lambda file: (file, list(_pictures(file, root, options)))))
    for file, part in parts:
        for place, one in part:
            known = pictures.get(place)
            if known is None or known.heads is _NONE:
                pictures[place] = one  # A line goes before a mere picture in the folder of another file.
            elif one.heads is not _NONE:
                problem = f"two {_FILE} have a line for it, one of them in {file.parent}; remove one of the lines"
                raise DatasetLayoutError(root / place, problem)
    if parts and not any(one.heads is not _NONE for one in pictures.values()):
        raise DataFormatError(files[0], 'no line has "objects", so that nothing tells where heads are', line=1)
    named = names_with_splits([(one.info.path, one.info.split) for one in pictures.values()])
    held = [replace(one, info=replace(one.info, path=name)) for one, name in zip(pictures.values(), named, strict=True)]
    kinds = {category for one in held for category in one.categories}
    if len(kinds) == 1 and kinds.pop().isdecimal() and not options.category:
        held = [replace(one, categories=()) for one in held]  # The number of a single category tells nothing.
    return from_label_files(
        path, root, held, scenes=options.scenes, scene_name=own_name(path), category=options.category
    )


_NONE = ImageAnnotations(ImageInfo(""))
"""The heads of a picture of which no line tells any."""


def _pictures(file: Path, root: Path, options: ReadOptions) -> Iterator[tuple[str, LabelledPicture]]:
    """The pictures of a file by their places: those with a line, then the others in its folder."""
    home, names, find = file.parent, PictureNames(file, options.names), finder()
    below = "" if home == root else f"{home.relative_to(root).as_posix()}/"
    split = None if home == root or below == f"{_DATA}/" else split_in(home.name) or home.name
    seen: dict[str, int] = {}
    for number, line in decode_lines(file, _DECODER):
        try:
            name = names.path(line.file_name)
            heads, categories = heads_of(line.objects)
        except (ValueError, DataFormatError) as error:
            problem = error.problem if isinstance(error, DataFormatError) else str(error)
            raise DataFormatError(file, problem, line=number) from error
        place = find(home, name) or name
        if seen.setdefault(place, number) != number:
            problem = f"picture {name!r} has a line already, {seen[place]}; remove one of them"
            raise DataFormatError(file, problem, line=number)
        size = (line.width or 0, line.height or 0)
        info = _info(name, split, f"{below}{place}", size, told=line.split is not UNSET)
        yield f"{below}{place}", LabelledPicture(info, heads if line.objects is not None else _NONE, categories)
    for picture in find_pictures(home):
        place = picture.relative_to(home).as_posix()
        if place not in seen:
            yield f"{below}{place}", LabelledPicture(_info(place, split, f"{below}{place}"), _NONE)


def _info(name: str, split: str | None, place: str, size: tuple[int, int] = (0, 0), *, told: bool = False) -> ImageInfo:
    """What is known of a picture; the first folder of its name may be its split, unless its line tells of splits."""
    if split is None and not told and split_of(name):
        split, name = split_of(name), name.partition("/")[2]
    width, height = size if all(size) else (0, 0)
    return ImageInfo(name, width, height, split=split, facts={PLACE: place})


def places(scene: Scene, source: Path) -> list[str]:
    """The files of its splits."""
    return [_folder(split, source) + _FILE for split in scene.splits]


def _folder(split: str | None, source: Path) -> str:
    return f"{split_name(split, path=source)}/" if split else ""


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write the pictures, and the file of each split beside them.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
        DataFormatError: a name leaves the target, or a number is too large.
    """
    names = [
        [name.removeprefix(f"{info.split}/") for info, name in zip(scene.images, part, strict=True)]
        for scene, part in zip(dataset.scenes, kept_paths(dataset), strict=True)
    ]
    folders = [[_folder(info.split, dataset.source) for info in scene.images] for scene in dataset.scenes]
    check_distinct(_joined(folders, names), path=dataset.source)
    with ExitStack() as stack:
        files = {
            folder: stack.enter_context(stack.enter_context(replacing(target / folder / _FILE)).open("wb"))
            for folder in dict.fromkeys(folder for part in folders for folder in part)
        }
        pairs = [list(zip(*parts, strict=True)) for parts in zip(folders, names, strict=True)]
        for image, (folder, name) in each_image(dataset, pairs):
            files[folder].write(line_of(image, name, dataset.source))
            if images != "none":
                place_picture(dataset, image.info, target / folder / name, images)


def _joined(folders: Sequence[Sequence[str]], names: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[folder + name for folder, name in zip(*parts, strict=True)] for parts in zip(folders, names, strict=True)]


FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "ignore", "visibility", "score", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places),
)
