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
    * Column 7 is a flag, 0 = ignore (so is class 3); detections have a score there, which is read, not written.
    * Column 8 is the class with 8 and 9 columns, the world x with 10 (columns 8 to 10 are then passed over).
    * `det/det.txt` are somebody's detections and are not read. Sequences without `gt/gt.txt` are passed over and noted.
    * Without `seqinfo.ini` the pictures say how long the sequence is and how large they are, else the largest frame.
    * Splits are `train`, `val`, `test` and the folders that a list in `seqmaps` is called after.
    * `frames.csv` is ours: it gives the pictures the names back that they had before they became `000001.jpg`.

A head's point is the middle of its box. One sequence is held at a time, about 0.2 kB a head while it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from converters.files.held_heads import hold
from converters.files.picture_paths import named
from converters.files.pictures import fill_scene
from converters.files.scene_names import SPLITS
from converters.formats.format import Format, Writes
from converters.formats.mot.mot_rows import frames_of, read_rows, to_heads
from converters.formats.mot.mot_sequence import (
    LISTS,
    ROWS,
    SequenceInfo,
    numbered_pictures,
    read_frame_names,
    read_sequence_info,
)
from converters.formats.mot.mot_write import WriteOptions, finish, places, write
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import is_ours, listed, natural_key, own_name, read_unpacked

__all__ = [
    "FORMAT",
    "ReadOptions",
    "WriteOptions",
    "detect",
    "finish",
    "places",
    "read",
    "write",
]


_MOST_FRAMES = 1_000_000
"""Eleven hours of video at 25 a second: beyond it a number is no frame (a time, say), and each costs memory."""
_ROWS = (ROWS, f"{ROWS}.gz")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        origin: what the left and top border of a picture are called in the files.
    """

    origin: Literal["1", "0"] = "1"


@dataclass(frozen=True, slots=True)
class _Sequence:
    """A sequence that was found: its folder and its rows."""

    folder: Path
    rows: Path
    split: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Loader:
    rows: dict[str, Path]
    origin: int

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        rows = read_rows(self.rows[scene.name])
        frames = frames_of(rows, len(scene.images))
        yield from hold(to_heads(rows, self.origin), frames - 1, (scene,))(scene)


def detect(path: Path) -> bool:
    """True for a sequence, a folder of sequences or of splits of them, and for a file of comma separated numbers."""
    if path.is_dir():
        return bool(_sequences(path))
    fields = read_unpacked(path, 4096).partition(b"\n")[0].split(b",")
    return 6 <= len(fields) <= 10 and all(_is_number(field) for field in fields)


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


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
    return Dataset(root, tuple(scenes), _Loader(rows, int(options.origin)), path, notes=_notes(path))


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
    """The usual splits, and those that a list of sequences is called after."""
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
    # A rate of 1 is also what is written when nothing is known of it.
    facts = {"frame_rate": info.frame_rate} if info.frame_rate not in {None, 1} else {}
    return ImageInfo(path, info.width, info.height, scene=scene, frame=frame, split=split, facts=facts)


def _length(sequence: _Sequence, info: SequenceInfo, pictures: dict[int, str]) -> int:
    if info.length is not None:
        place = sequence.folder / "seqinfo.ini"
        return _checked(info.length, DataFormatError(place, _beyond(info.length), record="seqLength"))
    if pictures:
        last = max(pictures)
        return _checked(last, DataFormatError(sequence.folder / info.pictures / pictures[last], _beyond(last)))
    rows = read_rows(sequence.rows)
    frames = frames_of(rows, None)
    if not len(frames):
        return 0
    row = int(frames.argmax())
    return _checked(int(frames[row]), rows.error(row, _beyond(int(frames[row]))))


def _beyond(frame: int) -> str:
    return f"frame {frame} is beyond {_MOST_FRAMES}, the last one that can be read; number the frames 1, 2, 3, ..."


def _checked(frame: int, error: DataFormatError) -> int:
    if frame > _MOST_FRAMES:
        raise error
    return frame


def _notes(path: Path) -> tuple[str, ...]:
    if not path.is_dir():
        return ()
    folders = [folder for part in (path, *(path / split for split in _splits(path))) for folder in _subfolders(part)]
    bare = [
        folder.name for folder in folders if (folder / "seqinfo.ini").is_file() and _with_rows(folder, None) is None
    ]
    return (f"passed over {len(bare)} sequences without gt/gt.txt: {', '.join(bare[:5])}",) if bare else ()


FORMAT = Format(
    holds=frozenset({"boxes", "ids", "ignore", "visibility", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions, finish=finish, needs_size=True, scenes_apart=True),
)
