"""FDST: videos of fixed cameras, a JSON of the VGG Image Annotator beside each frame; reading only.

```
{train_data,test_data}/<video>/001.jpg    60 and 40 videos of 150 frames, 1920 x 1080 or 1280 x 720
{train_data,test_data}/<video>/001.json   {"001.jpg1234": {"filename": "001.jpg", "size": 1234, "regions": [region]}}
    region: {"shape_attributes": {"name": "rect", "x", "y", "width", "height"}, "region_attributes": {}}
```

Source: Fang, Zhan, Cai, Gao, Hu, "Locality-constrained spatial transformer network for video crowd counting", ICME
2019; `CommissarMa/Crowd_counting_from_scratch`, `dataset/FDST`; `sweetyy83/Lstn_fdst_dataset`. A video is a scene. One
of the two folders, and one video, are read as well.

Traps:
    * `x y` is the top-left corner of a box; public scripts take it for the head point, half a head off.
    * The key in a file is never rebuilt: its second half is a size in bytes.
    * `test_data/65/001.json` is reported malformed: it is an error that names the file.
    * A frame without a JSON is left out and counted: nothing says that nobody is there.

Memory: all heads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePosixPath

from converters.files.labels.label_folder import PLACE
from converters.files.labels.labelled_pictures import LabelledPicture, from_label_files
from converters.files.labels.scene_names import SPLITS
from converters.files.numbers.number_table import is_whole
from converters.files.pictures.frame_pictures import MOST_FRAMES, too_large
from converters.files.pictures.picture_places import picture_places
from converters.files.pictures.pictures_beside import unlabelled_defects, unlabelled_note, unlabelled_pictures
from converters.files.records.drawn_heads import DrawnHeads, shape_notes
from converters.files.records.json_keys import first_keys, json_names, json_stem
from converters.files.records.via_regions import drawn_heads, looks_like_via, read_via
from converters.formats.format import Format
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import existing_folder, listed, natural_key, own_name, subfolders
from gta_head_tools.unreadable import each_readable

_MOST_FILES = 5
"""Files that detection looks into: the first ones may be damaged."""


def detect(path: Path) -> bool:
    """True for a folder of videos, or of folders such as `train_data`, with one of VIA among the first JSON files."""
    files = (folder / name for folder, _ in _videos(path) for name in _frames(folder))
    return any(looks_like_via(first_keys(file)) for file in islice(files, _MOST_FILES))


def _videos(path: Path) -> Iterator[tuple[Path, str | None]]:
    """Folders of frames and their splits: the folder itself, else those in it, else those in its splits."""
    if not path.is_dir():
        return
    if _frames(path):
        yield path, _split_of(path.absolute().parent)
        return
    numbered = [folder for folder in listed(path, "*") if is_whole(folder.name) and folder.is_dir()]
    if numbered:
        yield from ((folder, _split_of(path)) for folder in sorted(numbered, key=lambda each: natural_key(each.name)))
        return
    for home in (path / f"{split}{end}" for split in SPLITS for end in ("_data", "")):
        yield from ((folder, _split_of(home)) for folder in subfolders(home))


def _split_of(folder: Path) -> str | None:
    return next((split for split in SPLITS if own_name(folder).lower() in {split, f"{split}_data"}), None)


def _frames(folder: Path) -> list[str]:
    return [name for name in json_names(folder) if is_whole(json_stem(name))]


def read(path: Path, options: NoOptions) -> Dataset:  # noqa: ARG001
    """The videos at `path`.

    Raises:
        DatasetLayoutError: no folder, or no label file in it.
        DataFormatError: a label file is damaged, or holds no picture or several.
    """
    frames, others = list[tuple[Path, ImageInfo]](), Counter[str]()
    videos = list(_videos(existing_folder(path)))
    twice = len({own_name(folder) for folder, _ in videos}) < len(videos)
    for folder, split in videos:
        find = picture_places(path, [folder])
        video = f"{split}_{own_name(folder)}" if twice else own_name(folder)
        for name in _frames(folder):
            place = find(json_stem(name))
            frames.append((folder / name, ImageInfo(place, scene=video, split=split, facts={PLACE: place})))
    if not frames:
        raise DatasetLayoutError(path, "no frames found, expected train_data/VIDEO/001.json; check the folder")
    drawn = list(each_readable(frames, lambda frame: (_numbered(*frame), _heads(frame[0], others))))
    pictures = [LabelledPicture(info, heads.annotations()) for info, heads in drawn]
    doubtful = [heads.doubtful() for _, heads in drawn]
    source, places = own_name(path), [info.path for _, info in frames]
    left_out = unlabelled_pictures(path, places)
    notes = (*shape_notes(source, others, doubtful), *unlabelled_note(source, left_out))
    dataset = from_label_files(path, path, pictures, scenes="auto", scene_name=source, notes=notes)
    homes = (PurePosixPath(scene.images[0].path).parent.as_posix() for scene in dataset.scenes)
    scenes = (
        replace(scene, folder="" if home == "." else home) for scene, home in zip(dataset.scenes, homes, strict=True)
    )
    return replace(dataset, scenes=tuple(scenes)).with_defects(unlabelled_defects(left_out))


def _heads(file: Path, others: Counter[str]) -> DrawnHeads:
    entries = read_via(file)
    if len(entries) != 1:
        raise DataFormatError(file, f"holds {len(entries)} pictures, expected one; correct it, or copy it again")
    return drawn_heads(file, entries[0], None, others)


def _numbered(file: Path, info: ImageInfo) -> ImageInfo:
    frame = int(json_stem(file.name))
    if frame > MOST_FRAMES:
        raise too_large(frame, DataFormatError(file, ""))
    return replace(info, frame=frame)


FORMAT = Format(holds=frozenset({"boxes", "split"}), read=read, detect=detect)
