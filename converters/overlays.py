"""Overlay pictures of a data set: one JPEG for each image, with its heads and the anchors of its scene.

Each keeps in its comment the hash of all that it was drawn from: so an interrupted run goes on where it stopped, and
what was drawn from something else is not mistaken for it.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from converters import export_record
from converters.anchor_files import SceneAnchors, find_anchors
from converters.base import has_picture
from converters.refusals import missing_pictures
from gta_head_tools.annotations import Boxes, ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Composer, Dataset, Scene
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError
from gta_head_tools.files import inside, make_folder, remove_partials
from gta_head_tools.overlay import Span, draw_heads, size_span
from gta_head_tools.parallel import run
from gta_head_tools.pictures import Picture, read_comment, read_picture, write_jpeg
from gta_head_tools.progress import Track, no_progress

_BATCH = 256
_LOOK = 1
"""Raise it when a change of the code changes overlays: older ones are then drawn anew."""


@dataclass(frozen=True, slots=True)
class OverlayReport:
    """What was drawn.

    Attributes:
        images: pictures that are there now.
        heads: in them.
        anchors: marked in them.
        current: pictures that an earlier run had drawn already.
        out: folder they lie in.
    """

    images: int
    heads: int
    anchors: int
    current: int
    out: Path


@dataclass(frozen=True, slots=True)
class _Sheet:
    """All that one overlay needs but its picture.

    Attributes:
        annotations: heads.
        span: of sizes in the scene.
        anchors: (M, 4) boxes to mark, in pixels of pictures of `drawn_on`.
        drawn_on: width and height.
        target: path of the overlay.
        current: it is there already.
    """

    annotations: ImageAnnotations
    span: Span | None
    anchors: Boxes
    drawn_on: tuple[int, int]
    target: Path
    current: bool

    def digest(self, root: Path) -> str:
        """Hash of all that the overlay shows; a picture counts by its size in bytes and its time."""
        heads, info = self.annotations, self.annotations.info
        source = root / info.path
        file = (source.stat().st_size, source.stat().st_mtime_ns) if source.is_file() else None
        shown = [_LOOK, info.path, info.size, file, self.span, self.drawn_on]
        digest = hashlib.blake2b(repr(shown).encode(), digest_size=16)
        for column in (heads.points, heads.boxes, heads.ignore, self.anchors):
            digest.update(column.tobytes())
        return f"ghtools {digest.hexdigest()}"


def render_overlays(
    dataset: Dataset,
    out: Path,
    *,
    anchors: Path | None = None,
    limit: int | None = None,
    skip_missing: bool = False,
    force: bool = False,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> OverlayReport:
    """Draw heads and anchors; the colours of sizes are the same in all pictures of a scene.

    Args:
        dataset: heads, with or without boxes.
        out: folder to write to; sub-folders are those of the pictures.
        anchors: file of anchors; None = where the data set, or the one its boxes were made for, keeps them.
        limit: at most so many pictures, spread evenly over the data set; None = all.
        skip_missing: leave out images that have no picture.
        force: draw all of them anew, also into a folder that holds something else. Without it, those that are there
            and were drawn of the same are left as they are.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler to use instead.
        track: sees every picture go by.

    Raises:
        ConfigError: a limit below 1.
        DataFormatError: a file that cannot be read, or a picture of another size than its labels are made for.
        DatasetLayoutError: no picture is there, some are missing, two would get one name, or `out` is in the way.
    """
    if limit is not None and limit < 1:
        raise ConfigError(f"--limit {limit}: at least 1 is needed")
    targets = _targets(dataset, out, _chosen(dataset, limit, skip_missing=skip_missing))
    there = _there(out)
    if out.is_file() or (there - set(targets.values()) and not force):
        raise DatasetLayoutError(out, "is there already and holds other files; choose another folder or say --force")
    drawn = _find_drawings(dataset, anchors)
    current = set() if force else there
    _check_current(_sheets(dataset, {path: to for path, to in targets.items() if to in current}, drawn), dataset.root)
    make_folder(out)
    draw = _Draw(dataset.root, dataset.compose)
    sheets = _sheets(dataset, targets, drawn, current)
    done = itertools.chain.from_iterable(
        run(draw, batch, jobs=jobs, cluster=cluster)
        for batch in iter(lambda: list(itertools.islice(sheets, _BATCH)), [])
    )
    counts = np.array(list(track(done, "overlays", len(targets)))).reshape(-1, 3)
    heads, marked, current = counts.sum(axis=0).tolist()
    return OverlayReport(len(counts), heads, marked, current, out)


def _there(out: Path) -> set[Path]:
    """All files in the folder, but for what stopped runs left unfinished."""
    folders = [out.resolve(), *(path for path in out.resolve().rglob("*") if path.is_dir())]
    for folder in folders:
        remove_partials(folder)
    return {path for folder in folders if folder.is_dir() for path in folder.iterdir() if not path.is_dir()}


def _check_current(sheets: Iterable[_Sheet], root: Path) -> None:
    stale = [sheet.target for sheet in sheets if read_comment(sheet.target) != sheet.digest(root)]
    if stale:
        raise DatasetLayoutError(
            stale[0],
            f"is there already, drawn of other heads, boxes or anchors ({len(stale)} such pictures); "
            "--force draws all anew, or choose another folder",
        )


def edits_file(source: Path, anchors: Path | None) -> Path | None:
    """Of a data set to be drawn with these anchors, the file whose edits of heads are to be applied as it is read.

    None for boxes made from anchors, whose heads are edited already.
    """
    return None if _record(source.parent if source.is_file() else source).is_file() else anchors


def _record(folder: Path) -> Path:
    return folder / export_record.NAME


def _find_drawings(dataset: Dataset, file: Path | None) -> dict[str, SceneAnchors]:
    found = find_anchors(dataset, file)
    if found or not _record(dataset.root).is_file():
        return found
    # Boxes made from anchors usually lie inside of their source, which keeps the drawings.
    home = dataset.root.absolute().parent
    for apart in (True, False):
        scenes = tuple(replace(scene, folder=scene.name if apart else None) for scene in dataset.scenes)
        found = found or find_anchors(replace(dataset, root=home, source=home, scenes=scenes))
    return found


def _chosen(dataset: Dataset, limit: int | None, *, skip_missing: bool) -> list[ImageInfo]:
    infos = [info for scene in dataset.scenes for info in scene.images]
    if not infos:
        raise DatasetLayoutError(dataset.source, "holds no images")
    if skip_missing:
        there = [info for info in infos if has_picture(dataset, info)]
        if not there:
            raise missing_pictures(dataset, infos, of=len(infos), todo="none is left to draw")
        infos = there
    if limit is not None and limit < len(infos):
        infos = [infos[place] for place in np.linspace(0, len(infos) - 1, limit).astype(int)]
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
        name = PurePosixPath(inside(info.path, path=dataset.source)).with_suffix(".jpg")
        target = out.resolve() / name
        if target in sources:
            raise DatasetLayoutError(out, "the overlays would replace the pictures themselves; choose another folder")
        if target in taken:
            raise DatasetLayoutError(
                dataset.root / info.path, f"and {taken[target]} would both become {name}; rename one"
            )
        taken[target] = info.path
    return {path: target for target, path in taken.items()}


def _sheets(
    dataset: Dataset,
    targets: Mapping[str, Path],
    anchors: Mapping[str, SceneAnchors],
    current: Collection[Path] = (),
) -> Iterator[_Sheet]:
    for scene in dataset.scenes:
        if any(info.path in targets for info in scene.images):
            for sheet in _scene_sheets(dataset, scene, targets, anchors.get(scene.name)):
                yield replace(sheet, current=sheet.target in current)


def _scene_sheets(
    dataset: Dataset, scene: Scene, targets: Mapping[str, Path], drawn: SceneAnchors | None
) -> Iterator[_Sheet]:
    images = list(dataset.load(scene))
    span = size_span(image.boxes for image in images)
    for image in images:
        if image.info.path in targets:
            marks = [*drawn.anchors.anchors, *drawn.anchors.image_anchors] if drawn else []
            boxes = np.array([mark.box for mark in marks if mark.image == image.info.name], dtype=np.float64)
            size = drawn.anchors.image_size if drawn else (1, 1)
            yield _Sheet(image, span, boxes.reshape(-1, 4), size, targets[image.info.path], current=False)


@dataclass(frozen=True, slots=True)
class _Draw:
    """Draws and writes one overlay unless it is there; runs in worker processes."""

    root: Path
    compose: Composer | None

    def __call__(self, sheet: _Sheet) -> tuple[int, int, bool]:
        """Heads and anchors in it, and whether it was there already."""
        if sheet.current:
            return len(sheet.annotations), len(sheet.anchors), True
        picture = self._picture(sheet.annotations.info)
        size = picture.shape[1], picture.shape[0]
        anchors = sheet.anchors * np.tile(np.divide(size, sheet.drawn_on), 2)
        drawn = draw_heads(picture, sheet.annotations, anchors=anchors, span=sheet.span)
        write_jpeg(sheet.target, drawn, comment=sheet.digest(self.root))
        return len(sheet.annotations), len(anchors), False

    def _picture(self, info: ImageInfo) -> Picture:
        path = self.root / info.path
        build = self.compose(self.root, info) if self.compose is not None and not path.is_file() else None
        picture = read_picture(path) if build is None else build()
        size = picture.shape[1], picture.shape[0]
        if info.sized and size != info.size:
            raise DataFormatError(
                path, f"is {size[0]}x{size[1]}, but its heads are for {info.width}x{info.height}; use the original"
            )
        return picture
