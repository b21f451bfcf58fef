"""MOTChallenge folders: the release layout of GTA_Head and CroHD.

```
<root>/<split>/<SEQ>/{seqinfo.ini, img1/000001.jpg, gt/gt.txt, frames.csv}    or  <root>/<SEQ>/...
<root>/seqmaps/<ROOT>-<split>.txt
```

A row of `gt.txt` is `frame, id, left, top, width, height, flag, class, visibility`, 6 to 10 columns of it, by comma; by
semicolon, tab or blanks, below a header, and with a comma at the end it is read too.

Source: `JonathonLuiten/TrackEval` (docs/MOTChallenge-format.txt), `gkw0010/GTAV_Head-dataset`.

Traps:
    * Left and top nominally count from 1: 1 is taken off on reading and added on writing, `origin=0` leaves them. A
      coordinate below 1 proves nothing, because boxes may stick out: the origin is never guessed.
    * Column 7 is a flag, 0 = ignore, or the score of a detection, which is read, not written, and
      never ignored. It is a score in predictions, and where any value is not -1, 0 or 1; `column7` says otherwise.
    * Column 8 is the class with 8 and 9 columns, the world x with 10 (columns 8 to 10 are then passed over). Its names
      stand in `labels.txt` beside the rows or in the folder (CVAT, datumaro); `category` chooses among them. Class 3
      means ignore in HeadTracking21 alone, which its folders' names tell; `ignore_class` says it of other files.
    * Frames exist that have a picture, a row, or lie within the length that `seqinfo.ini` states; numbers may be sparse
      and count from 0. Pictures belong to the rows of their number (`000001.jpg`, `frame_1.png`), whatever its zeros.
    * Readers of tracks refuse one id twice in a frame. Heads without an id are therefore written with numbers above all
      ids, counted in each frame; `noTrackFrom` in `seqinfo.ini`, our own key, lets our reader take them off again.
    * `det/det.txt` are somebody's detections and are not read. Sequences without `gt/gt.txt` are passed over and noted.
    * Without `seqinfo.ini` the pictures say how large they are.
    * A folder with nothing but `<SEQ>.txt`, as TrackEval takes results, holds one sequence in each file.
    * Splits are `train`, `val`, `test` and the folders that a list in `seqmaps` is called after.
    * `frames.csv` is ours: it says which frames exist, and gives the pictures the names back that they had before they
      became `000001.jpg`.

A head's point is the middle of its box. One sequence is held at a time, about 0.2 kB a head while it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from converters.files.labels.label_folder import hold
from converters.files.labels.scene_names import SPLITS
from converters.files.numbers.number_lines import read_lines
from converters.files.pictures.picture_paths import named
from converters.files.pictures.pictures import fill_scene
from converters.formats.format import Format, Side, Writes
from converters.formats.mot.mot_detect import WIDTHS, check_header, looks_like_rows
from converters.formats.mot.mot_labels import choose_classes
from converters.formats.mot.mot_open import OpenedRows, ReadOptions, open_rows
from converters.formats.mot.mot_rows import Meanings, to_heads
from converters.formats.mot.mot_sequence import LISTS, ROWS, SequenceInfo
from converters.formats.mot.mot_write import WriteOptions, finish, notes, places, write
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import file_or_lost, is_ours, listed, natural_key, own_name, subfolders
from gta_head_tools.unreadable import each_readable

__all__ = ["FORMAT", "ReadOptions", "WriteOptions", "detect", "finish", "places", "read", "write"]

_ROWS = (ROWS, f"{ROWS}.gz")


@dataclass(frozen=True, slots=True)
class _Sequence:
    """A sequence that was found: its folder and its rows."""

    folder: Path
    rows: Path
    split: str | None = None
    name: str = ""


def detect(path: Path) -> bool:
    """True for a sequence, a folder of sequences or of splits of them, and for a file of rows."""
    return bool(_sequences(path)) if path.is_dir() else looks_like_rows(path)


def read(path: Path, options: ReadOptions) -> Dataset:
    """The sequences at `path`, each one scene.

    Args:
        path: a sequence, a folder of sequences, a folder of `train`, `val`, `test`, or one file of rows.
        options: see `ReadOptions`.

    Raises:
        DataFormatError: a file is not what it claims to be.
        DatasetLayoutError: there is no sequence.
        UnknownNameError: no class has a name that the options ask for.
    """
    found = _sequences(path) if path.is_dir() else [_lone(path)]
    if not found:
        raise DatasetLayoutError(path, "no sequence with gt/gt.txt in it or in its train, val, test; check the folder")
    # A user may name the folder `gt` of a sequence: its pictures lie beside that folder.
    in_gt = own_name(path) == "gt" and [one.rows for one in found] == [path / "gt.txt"]
    root = path if path.is_dir() and not in_gt else found[0].folder
    taken = Counter(sequence.name for sequence in found)
    names = [one.name if taken[one.name] == 1 else f"{one.split or 'all'}_{one.name}" for one in found]
    read = [*each_readable(zip(names, found, strict=True), partial(_opened, options))]
    opened = [one for _, _, one in read]
    classes = [(one.classes, one.counts) for one in opened]
    heads, of_classes, defects = choose_classes(classes, options.category, source=own_name(path))
    scenes = tuple(_scene(sequence, one, name, root) for name, sequence, one in read)
    meanings = (replace(one.meanings, heads=chosen) for one, chosen in zip(opened, heads, strict=True))
    rows = {name: (one.rows, meaning) for (name, one, _), meaning in zip(read, meanings, strict=True)}
    shown = [name if path.is_dir() else path.name for name, _, _ in read]
    notes = (*_passed_over(path), *of_classes, *_together(zip(shown, (one.notes for one in opened), strict=True)))
    return Dataset(root, scenes, partial(_load, rows), path, notes=notes, defects=defects)


def _opened(options: ReadOptions, named: tuple[str, _Sequence]) -> tuple[str, _Sequence, OpenedRows]:
    name, sequence = named
    return name, sequence, open_rows(sequence.rows, sequence.folder, sequence.name, options)


def read_scored(path: Path, options: ReadOptions, side: Side) -> Dataset:
    """`read`, with column 7 of predictions taken as their score unless the options say that it is a flag.

    Raises:
        DataFormatError: a file is not what it claims to be.
        DatasetLayoutError: there is no sequence.
    """
    scored = side == "predictions" and options.column7 is None
    return read(path, replace(options, column7="score") if scored else options)


def _load(rows: Mapping[str, tuple[Path, Meanings]], scene: Scene) -> Iterator[ImageAnnotations]:
    path, meanings = rows[scene.name]
    frames, heads = to_heads(read_lines(path, WIDTHS, check_header).table(), meanings)
    known = np.array([info.frame for info in scene.images], dtype=np.int64)
    places = np.searchsorted(known, frames)
    if not np.array_equal(known.take(places, mode="clip") if len(known) else places - 1, frames):
        raise DataFormatError(path, "holds frames that were not there when it was opened; open it again")
    return hold(heads, places, (scene,))(scene)


def _sequences(path: Path) -> list[_Sequence]:
    """Sequences with rows: the folder itself, else those in it and in its splits, else files of results."""
    own = _with_rows(path, None)
    if own is not None:
        return [own]
    folders = [(folder, None) for folder in subfolders(path)]
    in_splits = [(folder, split) for split in _splits(path) for folder in subfolders(path / split)]
    candidates = (_with_rows(folder, split) for folder, split in [*folders, *in_splits])
    return [sequence for sequence in candidates if sequence is not None] or _results(path)


def _results(path: Path) -> list[_Sequence]:
    """The files of a folder that holds nothing but results of sequences, `<SEQ>.txt`, as TrackEval reads them."""
    texts = sorted(listed(path, "*.txt"), key=lambda file: natural_key(file.name))
    files = [file for file in texts if file.name != "labels.txt" and not is_ours(file)]
    if own_name(path) == "gt" and [file.name for file in files] == ["gt.txt"]:
        return [_lone(files[0])]
    if not all(file_or_lost(file) and looks_like_rows(file) for file in files):
        return []
    return [_Sequence(path / file.stem, file, None, file.stem) for file in files]


def _splits(path: Path) -> list[str]:
    """The usual splits, and folders that a list of sequences is named after."""
    lists = [name.stem for name in listed(path / LISTS, "*-*.txt")]
    others = [folder.name for folder in (subfolders(path) if lists else ())]
    return [
        *SPLITS,
        *(name for name in others if any(stem.endswith(f"-{name}") for stem in lists) and name not in SPLITS),
    ]


def _with_rows(folder: Path, split: str | None) -> _Sequence | None:
    rows = next((folder / name for name in _ROWS if file_or_lost(folder / name)), None)
    return None if rows is None else _Sequence(folder, rows, split, own_name(folder))


def _lone(path: Path) -> _Sequence:
    """The sequence of one file of rows: in `gt` of its folder, else beside its pictures, under its own name."""
    folder = path.absolute().parent
    if folder.name == "gt":
        return _Sequence(folder.parent, path, None, folder.parent.name)
    return _Sequence(path.parent, path, None, path.name.removesuffix(".gz").removesuffix(".txt"))


def _scene(sequence: _Sequence, opened: OpenedRows, name: str, root: Path) -> Scene:
    folder, info = sequence.folder, opened.info
    place = folder.relative_to(root).as_posix() if folder != root else ""
    images = []
    for frame in opened.frames:
        picture = f"{info.pictures}/{opened.pictures.get(frame, f'{frame:06d}{info.suffix}')}"
        lies = f"{place}/{picture}" if place else picture
        images.append(named(_image(opened.names.get(frame, lies), info, name, frame, sequence.split), lies))
    scene = Scene(name, tuple(images), split=sequence.split, folder=place, heads_only=opened.heads_only)
    return fill_scene(scene, root)


def _image(path: str, info: SequenceInfo, scene: str, frame: int, split: str | None) -> ImageInfo:
    # An unknown frame rate is written as 1, so 1 may mean unknown.
    facts = {"frame_rate": info.frame_rate} if info.frame_rate not in {None, 1} else {}
    return ImageInfo(path, info.width, info.height, scene=scene, frame=frame, split=split, facts=facts)


def _together(notes: Iterable[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """Each note once, with the sequences that it is true of."""
    names: dict[str, list[str]] = {}
    for name, texts in notes:
        for text in texts:
            names.setdefault(text, []).append(name)
    for text, of in names.items():
        yield f"{of[0]}{f' and {len(of) - 1} more sequences' if len(of) > 1 else ''}: {text}"


def _passed_over(path: Path) -> tuple[str, ...]:
    if not path.is_dir():
        return ()
    folders = [folder for part in (path, *(path / split for split in _splits(path))) for folder in subfolders(part)]
    bare = [
        folder.name for folder in folders if (folder / "seqinfo.ini").is_file() and _with_rows(folder, None) is None
    ]
    return (f"passed over {len(bare)} sequences without gt/gt.txt: {', '.join(bare[:5])}",) if bare else ()


FORMAT = Format(
    holds=frozenset({"boxes", "ids", "ignore", "visibility", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(
        notes=notes, write=write, places=places, options=WriteOptions, finish=finish, needs_size=True, scenes_apart=True
    ),
    first_frame=1,
    read_scored=read_scored,
)
