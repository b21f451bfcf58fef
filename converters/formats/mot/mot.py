"""MOTChallenge folders: the release layout of GTA_Head and CroHD.

```
<root>/<split>/<SEQ>/{seqinfo.ini, img1/000001.jpg, gt/gt.txt, frames.csv}    or  <root>/<SEQ>/...
<root>/seqmaps/<ROOT>-<split>.txt
```

A row of `gt.txt` is `frame, id, left, top, width, height, flag, class, visibility`, 6 to 10 columns of it, by comma.

Source: `JonathonLuiten/TrackEval` (docs/MOTChallenge-format.txt), `gkw0010/GTAV_Head-dataset`.

Traps:
    * Left and top nominally count from 1: 1 is taken off on reading and added on writing, `origin=0` leaves them. A
      coordinate below 1 proves nothing, because boxes may stick out: the origin is never guessed.
    * Column 7 is a flag, 0 = ignore (so is class 3), or the score of a detection, which is read, not written, and
      never ignored. It is a score in predictions, and where any value is not -1, 0 or 1; `column7` says otherwise.
    * Column 8 is the class with 8 and 9 columns, the world x with 10 (columns 8 to 10 are then passed over).
    * `det/det.txt` are somebody's detections and are not read. Sequences without `gt/gt.txt` are passed over and noted.
    * Without `seqinfo.ini` the pictures say how long the sequence is and how large they are, else the largest frame.
    * Splits are `train`, `val`, `test` and the folders that a list in `seqmaps` is called after.
    * `frames.csv` is ours: it gives the pictures the names back that they had before they became `000001.jpg`.

A head's point is the middle of its box. One sequence is held at a time, about 0.2 kB a head while it is read.
"""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from converters.files.label_folder import hold
from converters.files.number_table import finite, read_table
from converters.files.picture_paths import kept_path, named
from converters.files.pictures import ImageMode, fill_scene, place_picture
from converters.files.scene_names import SPLITS, folder_name, split_name
from converters.formats.format import Format, Side, Writes, no_boxes, two_sizes
from converters.formats.mot.mot_rows import WIDTHS, ColumnSeven, frames_of, to_heads, to_text
from converters.formats.mot.mot_sequence import (
    LISTS,
    ROWS,
    SequenceInfo,
    frame_file,
    numbered_pictures,
    read_frame_names,
    read_sequence_info,
    write_frame_names,
    write_sequence_info,
)
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import (
    is_ours,
    listed,
    make_folder,
    natural_key,
    own_name,
    read_unpacked,
    replacing_folder,
    write_text,
)

_MOST_FRAMES = 1_000_000
"""Eleven hours at 25 frames a second. A larger number is probably a time, not a frame; each frame takes memory."""
_ROWS = (ROWS, f"{ROWS}.gz")
_PICTURES = "img1"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        origin: what the left and top border of a picture are called in the files.
        column7: a flag, 0 = ignore, or the score of a detection; auto: a flag where all are -1, 0 or 1.
    """

    origin: Literal["1", "0"] = "1"
    column7: ColumnSeven = "auto"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        origin: what to call the left and top border of a picture.
    """

    origin: Literal["1", "0"] = "1"


@dataclass(frozen=True, slots=True)
class _Sequence:
    """A sequence that was found: its folder and its rows."""

    folder: Path
    rows: Path
    split: str | None = None
    name: str = ""


def detect(path: Path) -> bool:
    """True for a sequence, a folder of sequences or of splits of them, and for a file of comma separated numbers."""
    if path.is_dir():
        return bool(_sequences(path))
    fields = read_unpacked(path, 4096).partition(b"\n")[0].decode(errors="replace").split(",")
    return len(fields) in WIDTHS and not any(math.isnan(finite(field)) for field in fields)


def read(path: Path, options: ReadOptions) -> Dataset:
    """The sequences at `path`, each one scene.

    Args:
        path: a sequence, a folder of sequences, a folder of `train`, `val`, `test`, or one file of rows.
        options: see `ReadOptions`.

    Raises:
        DataFormatError: a file is not what it claims to be.
        DatasetLayoutError: there is no sequence.
    """
    found = _sequences(path) if path.is_dir() else [_lone(path)]
    if not found:
        raise DatasetLayoutError(path, "no sequence with gt/gt.txt in it or in its train, val, test; check the folder")
    root = path if path.is_dir() else found[0].folder
    taken = Counter(sequence.name for sequence in found)
    scenes: list[Scene] = []
    for sequence in found:
        name = sequence.name if taken[sequence.name] == 1 else f"{sequence.split or 'all'}_{sequence.name}"
        scenes.append(_scene(sequence, name, root))
    rows = {scene.name: sequence.rows for scene, sequence in zip(scenes, found, strict=True)}
    return Dataset(root, tuple(scenes), partial(_load, rows, options), path, notes=_notes(path))


def read_scored(path: Path, options: ReadOptions, side: Side) -> Dataset:
    """`read`, with column 7 of predictions taken as their score unless the options say that it is a flag.

    Raises:
        DataFormatError: a file is not what it claims to be.
        DatasetLayoutError: there is no sequence.
    """
    scored = side == "predictions" and options.column7 == "auto"
    return read(path, replace(options, column7="score") if scored else options)


def _load(rows: Mapping[str, Path], options: ReadOptions, scene: Scene) -> Iterator[ImageAnnotations]:
    table = read_table(rows[scene.name], WIDTHS)
    frames = frames_of(table, len(scene.images))
    return hold(to_heads(table, int(options.origin), options.column7), frames - 1, (scene,))(scene)


def _sequences(path: Path) -> list[_Sequence]:
    """Sequences with rows: the folder itself, else those in it and in its splits (`_splits`)."""
    own = _with_rows(path, None)
    if own is not None:
        return [own]
    folders = [(folder, None) for folder in _subfolders(path)]
    in_splits = [(folder, split) for split in _splits(path) for folder in _subfolders(path / split)]
    candidates = (_with_rows(folder, split) for folder, split in [*folders, *in_splits])
    return [sequence for sequence in candidates if sequence is not None]


def _splits(path: Path) -> list[str]:
    """The usual splits, and folders that a list of sequences is named after."""
    lists = [name.stem for name in listed(path / LISTS, "*-*.txt")]
    others = [folder.name for folder in (_subfolders(path) if lists else ())]
    return [
        *SPLITS,
        *(name for name in others if any(stem.endswith(f"-{name}") for stem in lists) and name not in SPLITS),
    ]


def _with_rows(folder: Path, split: str | None) -> _Sequence | None:
    rows = next((folder / name for name in _ROWS if (folder / name).is_file()), None)
    return None if rows is None else _Sequence(folder, rows, split, own_name(folder))


def _subfolders(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    return sorted(
        (folder for folder in path.iterdir() if folder.is_dir() and not is_ours(folder)),
        key=lambda folder: natural_key(folder.name),
    )


def _lone(path: Path) -> _Sequence:
    """The sequence of one file of rows: in `gt` of its folder, else beside its pictures, under its own name."""
    folder = path.absolute().parent
    if folder.name == "gt":
        return _Sequence(folder.parent, path, None, folder.parent.name)
    return _Sequence(path.parent, path, None, path.name.removesuffix(".gz").removesuffix(".txt"))


def _scene(sequence: _Sequence, name: str, root: Path) -> Scene:
    folder = sequence.folder
    info = read_sequence_info(folder / "seqinfo.ini")
    pictures = numbered_pictures(folder / info.pictures)
    place = folder.relative_to(root).as_posix() if folder != root else ""
    names = read_frame_names(folder / "frames.csv")
    images = []
    for frame in range(1, _length(sequence, info, pictures) + 1):
        picture = f"{info.pictures}/{pictures.get(frame, f'{frame:06d}{info.suffix}')}"
        lies = f"{place}/{picture}" if place else picture
        images.append(named(_image(names.get(frame, lies), info, name, frame, sequence.split), lies))
    return fill_scene(Scene(name, tuple(images), split=sequence.split, folder=place), root)


def _image(path: str, info: SequenceInfo, scene: str, frame: int, split: str | None) -> ImageInfo:
    # An unknown frame rate is written as 1, so 1 may mean unknown.
    facts = {"frame_rate": info.frame_rate} if info.frame_rate not in {None, 1} else {}
    return ImageInfo(path, info.width, info.height, scene=scene, frame=frame, split=split, facts=facts)


def _length(sequence: _Sequence, info: SequenceInfo, pictures: dict[int, str]) -> int:
    """Number of frames, from `seqinfo.ini`, else the pictures, else the rows; an error names that place."""
    if info.length is not None:
        frame, error = info.length, partial(DataFormatError, sequence.folder / "seqinfo.ini", record="seqLength")
    elif pictures:
        frame = max(pictures)
        error = partial(DataFormatError, sequence.folder / info.pictures / pictures[frame])
    else:
        rows = read_table(sequence.rows, WIDTHS)
        frames = frames_of(rows, None)
        frame = int(frames.max(initial=0))
        error = partial(rows.error, int(frames.argmax()) if len(frames) else 0)
    if frame > _MOST_FRAMES:
        raise error(
            f"frame {frame} is beyond {_MOST_FRAMES}, the last one that can be read; number the frames 1, 2, 3, ..."
        )
    return frame


def _notes(path: Path) -> tuple[str, ...]:
    if not path.is_dir():
        return ()
    folders = [folder for part in (path, *(path / split for split in _splits(path))) for folder in _subfolders(part)]
    bare = [
        folder.name for folder in folders if (folder / "seqinfo.ini").is_file() and _with_rows(folder, None) is None
    ]
    return (f"passed over {len(bare)} sequences without gt/gt.txt: {', '.join(bare[:5])}",) if bare else ()


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:
    """Write every scene as a sequence, in `target/<split>/` where the split of its pictures is known.

    Raises:
        LossyConversionError: a head has no box, or a scene has pictures of two sizes.
        DatasetLayoutError: the target cannot be written, or a picture is missing.
    """
    for scene in dataset.scenes:
        frames = list(dataset.load(scene))
        name = folder_name(scene.name, path=dataset.source)
        for split in dict.fromkeys(image.info.split for image in frames):
            part = [image for image in frames if image.info.split == split]
            place = target / _place(split, name, dataset.source)
            _write_sequence(dataset, part, place, int(options.origin), images)


def places(scene: Scene, source: Path) -> list[str]:
    """A folder for each split of its pictures, and the rows in it."""
    name = folder_name(scene.name, path=source)
    folders = [_place(split, name, source) for split in dict.fromkeys(info.split for info in scene.images)]
    return [place for folder in folders for place in (folder, f"{folder}/{ROWS}")]


def _place(split: str | None, name: str, source: Path) -> str:
    place = f"{split_name(split, path=source)}/{name}" if split else name
    if place.partition("/")[0] == LISTS:
        raise DatasetLayoutError(source, f"{LISTS!r} is the folder of MOT's lists; rename the scene or split")
    return place


def _write_sequence(
    dataset: Dataset, frames: Sequence[ImageAnnotations], target: Path, origin: int, images: ImageMode
) -> None:
    for image in frames:
        if not image.has_box.all():
            raise no_boxes(int((~image.has_box).sum()), image.info.path)
    files = [frame_file(frame, kept_path(dataset, image.info)) for frame, image in enumerate(frames, start=1)]
    with replacing_folder(target) as folder:
        write_sequence_info(folder / "seqinfo.ini", target.name, _sequence_info(frames, files))
        write_frame_names(folder / "frames.csv", [kept_path(dataset, image.info) for image in frames])
        make_folder((folder / ROWS).parent)
        (folder / ROWS).write_bytes(to_text(frames, origin, source=dataset.source))
        for image, file in zip(frames, files, strict=True):
            place_picture(dataset, image.info, folder / _PICTURES / file, images)
        _keep_anchors(target, folder)


def _sequence_info(frames: Sequence[ImageAnnotations], files: Sequence[str]) -> SequenceInfo:
    sizes = {image.info.size for image in frames if image.info.sized}
    if len(sizes) > 1:
        raise two_sizes(frames[0].info.scene, sizes)
    width, height = sizes.pop() if sizes else (0, 0)
    rate = next((image.info.facts["frame_rate"] for image in frames if "frame_rate" in image.info.facts), None)
    suffix = Path(files[0]).suffix if files else ".jpg"
    return SequenceInfo(_PICTURES, rate, len(frames), width, height, suffix)


def _keep_anchors(old: Path, new: Path) -> None:
    # Anchors are drawn by hand: replacing the sequence must not remove them.
    for anchors in old.glob("anchors*") if old.is_dir() else ():
        if anchors.is_file():
            shutil.copy2(anchors, new / anchors.name)


def finish(scenes: Sequence[Scene], target: Path) -> None:
    """Write `seqmaps/<target>-<split>.txt`: the sequences of these scenes, and those that are already listed."""
    splits = {(info.split, scene.name) for scene in scenes for info in scene.images if info.split}
    for split in sorted({split for split, _ in splits}):
        listing = target / LISTS / f"{own_name(target)}-{split}.txt"
        listed = set(read_unpacked(listing).decode().splitlines()[1:]) if listing.is_file() else set()
        names = listed | {folder_name(name, path=target) for of, name in splits if of == split}
        write_text(listing, "\n".join(["name", *sorted(names, key=natural_key), ""]))


FORMAT = Format(
    holds=frozenset({"boxes", "ids", "ignore", "visibility", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions, finish=finish, needs_size=True, scenes_apart=True),
    read_scored=read_scored,
)
