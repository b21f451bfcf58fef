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
from gta_head_tools.files import existing_folder, is_ours, listed, natural_key, own_name


def detect(path: Path) -> bool:
    """True for a folder of videos, or of such folders as `train_data`, where the first JSON is one of VIA."""
    files = next(((folder, files) for folder, _ in _videos(path) if (files := _frames(folder))), None)
    return files is not None and looks_like_via(first_keys(files[0] / files[1][0]))


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
        inside = (folder for folder in listed(home, "*") if folder.is_dir() and not is_ours(folder))
        yield from ((folder, _split_of(home)) for folder in sorted(inside, key=lambda each: natural_key(each.name)))


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
    others, doubtful, pictures = Counter[str](), list[tuple[int, int]](), list[LabelledPicture]()
    videos = list(_videos(existing_folder(path)))
    twice = len({own_name(folder) for folder, _ in videos}) < len(videos)
    for folder, split in videos:
        find = picture_places(path, [folder])
        video = f"{split}_{own_name(folder)}" if twice else own_name(folder)
        for name in _frames(folder):
            drawn = _heads(folder / name, others)
            doubtful.append(drawn.doubtful())
            place = find(json_stem(name))
            info = ImageInfo(place, scene=video, frame=_number(folder / name), split=split, facts={PLACE: place})
            pictures.append(LabelledPicture(info, drawn.annotations()))
    if not pictures:
        raise DatasetLayoutError(path, "no frames found, expected train_data/VIDEO/001.json; check the folder")
    source, places = own_name(path), [one.info.path for one in pictures]
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


def _number(file: Path) -> int:
    frame = int(json_stem(file.name))
    if frame > MOST_FRAMES:
        raise too_large(frame, DataFormatError(file, ""))
    return frame


FORMAT = Format(holds=frozenset({"boxes", "split"}), read=read, detect=detect)
