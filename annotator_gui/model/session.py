"""A data set that is open in the window: its scenes, the open scene, the picture shown, and saving."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

import numpy as np

from annotator_gui.model.data_source import AS_FOUND, Reading, check_sizes, format_of, read_source
from annotator_gui.model.document import Document
from annotator_gui.model.pages import FramePages, Pages, ScenePages, next_unreviewed
from annotator_gui.model.project import Project, data_folder
from annotator_gui.model.project_notes import with_changed
from annotator_gui.model.scene_list import SceneList, SceneRow
from converters.files.pictures.pictures import fill_sizes
from gta_head_tools.anchors.anchors import AnchorSet, write_anchors
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.interpolation.diagnosis import Grade
from gta_head_tools.interpolation.pooled import Pool


class Session:
    """A folder or label file, and the scene that is open in it.

    Args:
        source: a scene, a folder of scenes, a label file, or a folder of pictures without heads.
        reading: how it is read.
        data: folder for projects whose own folder cannot be written, None = the user's.

    Attributes:
        format: name of the format.
        options: that it was read with.
        pool: pictures without anchors share one scale.
        dataset: without edits of heads.
        document: the scene that is open, None = none.
        project: its file.
        current: index of the picture that is shown.

    Raises:
        GtaHeadError: nothing there can be read.
    """

    def __init__(self, source: Path, reading: Reading = AS_FOUND, *, data: Path | None = None) -> None:
        self.source, self.data, self.pool = source, data or data_folder(), reading.pool
        self.format, self.options = format_of(source, reading.format, reading.options)
        self.dataset, self.options = read_source(source, self.format, self.options)
        self.document: Document | None = None
        self.project: Project | None = None
        self.current = 0
        self._list = SceneList(self.dataset, self.data)
        self._changed: tuple[str, ...] | None = None
        self._pages: Pages | None = ScenePages(self._list) if self.each_alone else None

    @property
    def each_alone(self) -> bool:
        """True when each picture is a scene of its own: next and previous then go from scene to scene."""
        return len(self.names) > 1 and all(len(scene.images) == 1 for scene in self.dataset.scenes)

    @property
    def pages(self) -> Pages | None:
        """The pictures that next and previous go over; None as long as no scene is open."""
        return None if self.document is None else self._pages

    @property
    def undecided(self) -> tuple[Path, ...]:
        """Pictures of the largest scene of which nothing says that it is one fixed camera; () = something says so.

        What says so is the data set, an option, or a project that was drawn in such a scene before.
        """
        unknown = [scene for scene in self.dataset.scenes if scene.assumed]
        if not unknown or any(self._list.home(scene).is_file() for scene in unknown):
            return ()
        largest = max(unknown, key=lambda scene: len(scene.images))
        return tuple(self.dataset.root / info.path for info in largest.images)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(scene.name for scene in self.dataset.scenes)

    def rows(self) -> list[SceneRow]:
        """The list of scenes, as far as it is known without reading heads."""
        return [self._list.row(scene) for scene in self.dataset.scenes]

    def full_row(self, name: str) -> SceneRow:
        """The row of one scene with its heads counted and its grade; it reads the scene, so it belongs in a thread."""
        return self._list.full_row(self._list.scene(name))

    def open(self, name: str) -> Document:
        """Open a scene in place of the present one, which is saved first, and stays open if the new one cannot be.

        Raises:
            GtaHeadError: the scene or its project cannot be used, or the old one cannot be saved; nothing is changed.
        """
        scene = self._list.scene(name)
        self.save()
        if self.document is not None and self.document.scene is scene:
            return self.document
        drawn = self._list.drawn(scene)
        own = self._list.home(scene)
        project = Project(own, self.data)
        try:
            anchors = project.read() or (drawn.anchors if drawn else None)
            images = fill_sizes(list(self.dataset.load(scene)), anchors.image_size if anchors else None)
            check_sizes(images, self.dataset.root, own)
            document = Document(
                self.dataset,
                scene,
                images,
                anchors or AnchorSet(images[0].info.size),
                project.path,
                recorder=None if project.recovery else project.journal,
                readonly=project.readonly,
            )
        except BaseException:
            project.close()
            raise
        self._put_away()
        self.document, self.project, self._changed = document, project, None
        if isinstance(self._pages, ScenePages):
            self._pages.follow(document)
        else:
            self._pages = FramePages(document)
        self.current = busiest(document)
        return document

    def restore(self) -> None:
        """Restore the edits of a crashed session.

        Raises:
            GtaHeadError: they do not fit the scene as it is now, or the journal cannot be written; they stay there.
        """
        document, project = self._open()
        if project.recovery is None:
            return
        after = project.recovery.after
        if after.image_size != document.size:
            sizes = [f"{width}x{height}" for width, height in (after.image_size, document.size)]
            problem = (
                f"its edits are of pictures of {sizes[0]}, and those there are {sizes[1]}; save a copy or discard it"
            )
            raise DataFormatError(project.journal.path, problem)
        document.apply(after, "Restore unsaved edits")
        project.restore()
        document.recorder = project.journal

    def discard(self) -> None:
        """Forget the edits of a crashed session."""
        document, project = self._open()
        project.discard()
        document.recorder = project.journal

    def save_copy(self, path: Path) -> None:
        """Write what could not be saved to another file; then forget the edits of a crashed session.

        Raises:
            DatasetLayoutError: the place cannot be written, or is that of another kind of file; nothing is forgotten.
        """
        document, project = self._open()
        if path.suffix.lower() != ".json":
            raise DatasetLayoutError(path, "is no place for a project; name a .json file")
        if project.recovery is None:
            write_anchors(path, document.settled)
        else:
            write_anchors(path, project.recovery.after)
            self.discard()

    def save(self, *, overwrite: bool = False) -> bool:
        """Save the changes, by the user or by autosave; False when there is nothing to save.

        Args:
            overwrite: also over a project that another program has written meanwhile.

        Raises:
            ChangedOnDiskError: another program has written it.
            DatasetLayoutError: it cannot be written; the document stays changed, the old file is as it was.
        """
        document, project = self.document, self.project
        if document is None or project is None or document.readonly or not document.dirty:
            return False
        settled = document.settled
        written = settled if self._changed is None else with_changed(settled, self._changed)
        with nullcontext() if project.elsewhere else self._list.splitting_shared_file(document.scene):
            project.save(written, overwrite=overwrite)
        if document.settled is settled:
            document.saved()
        self._list.saved(document.scene)
        return True

    def close(self) -> None:
        """Save, and release the scene.

        Raises:
            GtaHeadError: it cannot be saved; it stays open.
        """
        self.save()
        self._put_away()

    def abandon(self) -> None:
        """Release the scene without saving; edits since the last save are forgotten.

        A journal that cannot be removed, as on a disk that is gone, stays and is offered when the scene is next opened.
        """
        _, project = self._open()
        if not project.readonly:
            with suppress(DatasetLayoutError):
                project.discard()
        self._put_away()

    def graded(self, grade: Grade | None, changed: Sequence[str] | None = None) -> None:
        """Keep the grade of the open scene for the list of scenes, and its changed pictures for its file.

        Args:
            grade: of the scene; None = it has no boxes.
            changed: reviewed pictures whose boxes have changed since; None = not known.
        """
        document, _ = self._open()
        self._changed = self._changed if changed is None else tuple(changed)
        heads = sum(len(document.heads(index)) for index in range(len(document.images)))
        self._list.graded(document.scene, grade, heads)

    def shared_scale(self) -> Pool | None:
        """The scale that scenes without anchors take; None = none is asked for, or no other scene has anchors.

        Reads the scenes that have anchors, so it belongs in a thread.
        """
        return self._list.pooled() if self.pool else None

    def elsewhere(self) -> dict[str, Path]:
        """By name of the scene, the projects in the data folder, as the folder of the data set cannot be written."""
        return self._list.elsewhere()

    def next_unfinished(self) -> str | None:
        """The scene after the open one that still needs anchors; None when all are finished."""
        names = list(self.names)
        start = names.index(self.document.scene.name) + 1 if self.document is not None else 0
        rows = {row.name: row for row in self.rows()}
        others = [*names[start:], *names[: max(0, start - 1)]]
        return next((name for name in others if not rows[name].finished and not rows[name].problem), None)

    def go(self, index: int) -> int:
        """Show another picture, or the nearest there is; its index."""
        document, _ = self._open()
        self.current = min(max(index, 0), len(document.images) - 1)
        return self.current

    def next_unreviewed(self, step: int = 1) -> int | None:
        """Place of the next picture (step -1: the previous one) that is not reviewed, going round at the ends."""
        self._open()
        return None if self.pages is None else next_unreviewed(self.pages, self.place, step)

    @property
    def place(self) -> int:
        """Of the picture that is shown, in `pages`."""
        return 0 if self.pages is None else self.pages.scene + self.current

    def _open(self) -> tuple[Document, Project]:
        if self.document is None or self.project is None:
            raise ValueError("no scene is open")
        return self.document, self.project

    def _put_away(self) -> None:
        if self.project is not None:
            self.project.close()
        self.document = self.project = None


def busiest(document: Document) -> int:
    """Index of the picture with the most heads, the first of several; pictures without a file count only if all are."""
    counts = np.array([len(document.heads(index)) for index in range(len(document.images))])
    there = np.array(document.pictured)
    return int(np.argmax(np.where(there, counts, -1) if there.any() else counts))
