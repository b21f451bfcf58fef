"""Writing the drawings of a data set: one JPEG for each image, whatever is drawn on it.

The comment of each JPEG holds a hash of everything that it was drawn from. So an interrupted run goes on where it
stopped, and a picture that was drawn from other data is recognised.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from converters.datasets.part import spread
from converters.datasets.unused import check_all_used
from converters.files.pictures.pictures import has_picture, missing_pictures, read_image
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Composer, Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import inside, without_picture_suffix
from gta_head_tools.locks import locked
from gta_head_tools.parallel import run, stopped_at_end
from gta_head_tools.pictures import Picture, read_comment, write_jpeg
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.whole_files import remove_partials

_BATCH = 256
_LOOK = 1
"""Raise this number when a change of the code changes what is drawn: older pictures are then drawn again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawOptions:
    """Which pictures are drawn, and how the work is done.

    Attributes:
        limit: at most so many, spread evenly over the data set; None = all.
        skip_missing: leave out images that have no picture.
        force: draw all pictures again, also into a folder that holds other files. Without it, pictures that were drawn
            of the same data are kept.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler to use instead.
        track: sees every picture go by.
    """

    limit: int | None = None
    skip_missing: bool = False
    force: bool = False
    jobs: int | None = None
    cluster: str | None = None
    track: Track = no_progress


class Drawing(Protocol):
    """One picture to draw on, and all that is drawn on it; picklable."""

    @property
    def info(self) -> ImageInfo:
        """The picture to draw on."""
        ...

    @property
    def target(self) -> Path:
        """Path of the drawing."""
        ...

    @property
    def shown(self) -> tuple[list[object], list[NDArray[np.generic]]]:
        """All that the drawing shows besides the picture: values, and columns."""
        ...

    @property
    def counts(self) -> tuple[int, ...]:
        """How many heads, anchors and so on it shows."""
        ...

    def draw(self, picture: Picture) -> Picture:
        """The drawing."""
        ...


_SIGN = "ghtools "
"""How the comment in a picture that was drawn here begins."""
Drawings = Callable[[Mapping[str, Path]], Iterator[Drawing]]
"""Gives the drawings of some images, from a mapping of the path of each picture to the path of its drawing."""


def draw_pictures(
    dataset: Dataset, out: Path, drawings: Drawings, options: DrawOptions
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Draw pictures; those that cannot be read, or are not those that their heads are for, are left out.

    Args:
        dataset: of the pictures.
        out: folder to write to; sub-folders are those of the pictures.
        drawings: gives the drawings of the images that are chosen.
        options: which and how.

    Returns:
        (M, K + 1) the counts of each of M drawings, and 1 where it was there already, else 0; and what is wrong with
        the pictures that are left out.

    Raises:
        ConfigError: a limit below 1.
        DataFormatError: a label file that cannot be read.
        UnusedPicturesError: no picture at all can be used.
        DatasetLayoutError: no picture is there, some are missing, two would get one name, or `out` is in the way.
    """
    targets = _targets(dataset, out, _chosen(dataset, options.limit, skip_missing=options.skip_missing))
    with locked(out):
        there = _there(out)
        if out.is_file() or (there - set(targets.values()) and not options.force):
            raise DatasetLayoutError(
                out, "is there already and holds other files; choose another folder or say --force"
            )
        foreign = next((to for to in targets.values() if to in there and not read_comment(to).startswith(_SIGN)), None)
        if foreign is not None:
            raise DatasetLayoutError(
                foreign, "is not what ghtools drew, so it is kept; remove it, or choose another folder"
            )
        current = frozenset() if options.force else frozenset(there)
        _check_current(drawings({path: to for path, to in targets.items() if to in current}), dataset.root, out)
        made = drawings(targets)
        first = list(itertools.islice(made, _BATCH))  # Errors in these are raised before anything is written.
        draw = _Draw(dataset.root, dataset.compose, current)
        batches = itertools.chain([first], iter(lambda: list(itertools.islice(made, _BATCH)), []))
        done = _drawn(draw, batches, options)
        with stopped_at_end(done, lambda: _there(out)):
            results = list(options.track(done, "overlays", len(targets)))
    unused = tuple(result for result in results if isinstance(result, str))
    if len(unused) == len(results):
        check_all_used(unused, len(results))
    return np.array([result for result in results if not isinstance(result, str)], dtype=np.int64), unused


def _drawn(
    draw: _Draw, batches: Iterable[list[Drawing]], options: DrawOptions
) -> Generator[tuple[int, ...] | str, None, None]:
    for batch in batches:
        yield from run(draw, batch, jobs=options.jobs, cluster=options.cluster)


def _there(out: Path) -> set[Path]:
    """All files in the folder; what stopped runs left unfinished is removed."""
    folders = [out.resolve(), *(path for path in out.resolve().rglob("*") if path.is_dir())]
    for folder in folders:
        remove_partials(folder)
    return {path for folder in folders if folder.is_dir() for path in folder.iterdir() if not path.is_dir()}


def _check_current(drawings: Iterable[Drawing], root: Path, out: Path) -> None:
    stale = [drawing.target for drawing in drawings if read_comment(drawing.target) != _digest(drawing, root)]
    if stale:
        raise DatasetLayoutError(
            out / stale[0].relative_to(out.resolve()),
            f"is there already, drawn of other heads, boxes or anchors ({len(stale)} such pictures); "
            "--force draws all anew, or choose another folder",
        )


def _digest(drawing: Drawing, root: Path) -> str:
    """Hash of all that the drawing shows; the picture enters by its size in bytes and its modification time."""
    info = drawing.info
    source = root / info.path
    file = (source.stat().st_size, source.stat().st_mtime_ns) if source.is_file() else None
    values, columns = drawing.shown
    digest = hashlib.blake2b(repr([_LOOK, info.path, info.size, file, *values]).encode(), digest_size=16)
    for column in columns:
        digest.update(column.tobytes())
    return f"{_SIGN}{digest.hexdigest()}"


def _chosen(dataset: Dataset, limit: int | None, *, skip_missing: bool) -> list[ImageInfo]:
    infos = [info for scene in dataset.scenes for info in scene.images]
    if not infos:
        raise DatasetLayoutError(dataset.source, "holds no images")
    if skip_missing:
        there = [info for info in infos if has_picture(dataset, info)]
        if not there:
            raise missing_pictures(dataset, infos, of=len(infos), todo="none is left to draw")
        infos = there
    infos = spread(infos, limit)
    missing = [info for info in infos if not has_picture(dataset, info)]
    if missing:
        raise missing_pictures(dataset, missing, of=len(infos), todo="say --skip-missing")
    return infos


def _targets(dataset: Dataset, out: Path, infos: Collection[ImageInfo]) -> dict[str, Path]:
    """Path of a picture to path of its overlay."""
    root = dataset.root.resolve()
    sources = {root / info.path for info in infos}
    taken: dict[Path, str] = {}
    for info in infos:
        name = f"{without_picture_suffix(inside(info.path, path=dataset.source))}.jpg"
        target = out.resolve() / name
        if target in sources:
            raise DatasetLayoutError(out, "the overlays would replace the pictures themselves; choose another folder")
        if target in taken:
            raise DatasetLayoutError(
                dataset.root / info.path, f"and {taken[target]} would both become {name}; rename one"
            )
        taken[target] = info.path
    if out.resolve() in {source.parent for source in sources}:
        raise DatasetLayoutError(out, "holds the pictures themselves; choose another folder for the overlays")
    return {path: target for target, path in taken.items()}


@dataclass(frozen=True, slots=True)
class _Draw:
    """Makes and writes one drawing unless it is there; runs in worker processes."""

    root: Path
    compose: Composer | None
    current: Collection[Path]

    def __call__(self, drawing: Drawing) -> tuple[int, ...] | str:
        """The counts of the drawing, and 1 if it was there already, else 0; or why its picture cannot be used."""
        if drawing.target in self.current:
            return *drawing.counts, 1
        try:
            picture = read_image(self.root, drawing.info, self.compose)
        except DataFormatError as error:
            return str(error)
        drawn = drawing.draw(picture)
        write_jpeg(drawing.target, drawn, comment=_digest(drawing, self.root))
        return *drawing.counts, 0
