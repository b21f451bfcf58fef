"""The scenes of a data set, what is known of each, and the drawings that belong to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from annotator_gui.model.data_source import check_sizes
from annotator_gui.model.project import find_elsewhere
from annotator_gui.model.project_notes import checked
from converters.datasets.anchor_files import ANCHORS, SceneAnchors, SceneTask, find_anchors, own_path
from converters.files.pictures.pictures import fill_sizes, has_picture
from gta_head_tools.anchors.anchors import AnchorSet, read_anchors, write_anchors
from gta_head_tools.anchors.head_edits import edit_heads
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import GtaHeadError, UnknownNameError
from gta_head_tools.interpolation.diagnosis import Grade
from gta_head_tools.interpolation.pooled import Pool, part_of_pool, pool_anchors
from gta_head_tools.interpolation.scene_boxes import fit_scene
from gta_head_tools.interpolation.scene_input import SizeSettings, gather_scene
from gta_head_tools.interpolation.size_model import Array, SceneView


@dataclass(frozen=True, slots=True)
class SceneRow:
    """One scene in the list of scenes.

    Attributes:
        name: of the scene.
        frames: how many pictures.
        heads: how many, None = not counted yet (see `Session.full_row`).
        anchors: how many.
        grade: green, amber or red; None = not known yet.
        reviewed: share of the pictures that are reviewed.
        edited: when its project was written last, None = never.
        problem: why it cannot be opened; "" = it can.
    """

    name: str
    frames: int
    heads: int | None
    anchors: int
    grade: Grade | None
    reviewed: float
    edited: datetime | None
    problem: str = ""

    @property
    def finished(self) -> bool:
        """True when its boxes need no more anchors, or all of its pictures are reviewed."""
        return self.grade == "green" or self.reviewed == 1


class SceneList:
    """The rows of the list of scenes; a row that took reading is kept until its scene is saved.

    Args:
        dataset: without edits of heads.
        data: folder for projects whose own folder cannot be written.
    """

    def __init__(self, dataset: Dataset, data: Path) -> None:
        self.dataset, self.data = dataset, data
        self._rows: dict[str, SceneRow] = {}
        self._shared: dict[str, SceneAnchors] | None = None
        self._parts: dict[str, tuple[SceneView, Array, Array, Array]] = {}

    def scene(self, name: str) -> Scene:
        """The scene of that name.

        Raises:
            UnknownNameError: there is none.
        """
        for scene in self.dataset.scenes:
            if scene.name == name:
                return scene
        raise UnknownNameError("scene", name, [scene.name for scene in self.dataset.scenes])

    def row(self, scene: Scene) -> SceneRow:
        """What is known of a scene without reading its heads."""
        if scene.name in self._rows:
            return self._rows[scene.name]
        row = SceneRow(scene.name, len(scene.images), None, 0, None, 0.0, None)
        try:
            drawn = self.drawn(scene)
        except GtaHeadError as error:
            return replace(row, problem=str(error))
        if drawn is None:
            return row
        names = {info.name for info in scene.images}
        reviewed = len(names.intersection(drawn.anchors.reviewed)) / len(names)
        edited = datetime.fromtimestamp(drawn.path.stat().st_mtime).astimezone()
        return replace(row, anchors=len(drawn.anchors.fitted), reviewed=reviewed, edited=edited)

    def full_row(self, scene: Scene) -> SceneRow:
        """The row of a scene with its heads counted and its grade; reads the scene."""
        row = self.row(scene)
        if row.problem:
            return row
        try:
            drawn = self.drawn(scene) or SceneAnchors(AnchorSet((0, 0)), own_path(self.dataset, scene))
            images = fill_sizes(list(self.dataset.load(scene)), drawn.anchors.image_size)
            check_sizes(images, self.dataset.root, drawn.path)
            images = edit_heads(images, drawn.anchors, path=drawn.path)
            row = replace(row, heads=sum(map(len, images)))
            if drawn.anchors.fitted:
                gathered = gather_scene(scene.name, images, drawn.anchors, SizeSettings(), path=drawn.path)
                row = replace(row, grade=fit_scene(gathered).diagnosis.grade)
        except GtaHeadError as error:
            row = replace(row, problem=str(error))
        self._rows[scene.name] = row
        return row

    def pooled(self) -> Pool | None:
        """The scale that all scenes with saved anchors share; None = there are none. Reads these scenes.

        What cannot be read is left out: it has its problem in the list.
        """
        for scene in self.dataset.scenes:
            if scene.name not in self._parts:
                with suppress(GtaHeadError):
                    drawn = self.drawn(scene)
                    if drawn is not None and drawn.anchors.anchors:
                        task = SceneTask(self.dataset, scene, drawn)
                        self._parts[scene.name] = part_of_pool(task.gather(SizeSettings()))
        return pool_anchors(self._parts.values()) if self._parts else None

    def graded(self, scene: Scene, grade: Grade | None, heads: int) -> None:
        """Keep the grade and the number of heads, so that the scene need not be read for them."""
        self._rows[scene.name] = replace(self.row(scene), grade=grade, heads=heads)

    def saved(self, scene: Scene) -> None:
        """Forget what was read from the project of a scene, which was written anew."""
        self._shared = None
        self._parts.pop(scene.name, None)
        before = self._rows.pop(scene.name, None)
        if before is not None:
            self._rows[scene.name] = replace(self.row(scene), grade=before.grade, heads=before.heads)

    def home(self, scene: Scene) -> Path:
        """The file for a scene's drawings: its own, or for an only scene the shared one that is there."""
        own, source = own_path(self.dataset, scene), self.dataset.source
        shared = (source.parent if source.is_file() else self.dataset.root) / ANCHORS
        only = len(self.dataset.scenes) == 1 and not own.is_file()
        return shared if only and shared.is_file() else own

    def drawn(self, scene: Scene) -> SceneAnchors | None:
        """The drawings of a scene, from its own file or from the file that several scenes share.

        Raises:
            DataFormatError: the file cannot be used.
        """
        home = self.home(scene)
        there = find_elsewhere(home, self.data) or home
        if there.is_file():
            return SceneAnchors(checked(read_anchors(there), there), there)
        return self._of_one_file().get(scene.name)

    def pictured(self, scene: Scene) -> bool:
        """True when the file of the scene's first picture is there."""
        return has_picture(self.dataset, scene.images[0])

    def elsewhere(self) -> dict[str, Path]:
        """By name of the scene, the projects in the data folder."""
        every = ((scene.name, find_elsewhere(self.home(scene), self.data)) for scene in self.dataset.scenes)
        return {name: path for name, path in every if path is not None}

    @contextmanager
    def splitting_shared_file(self, scene: Scene) -> Iterator[None]:
        """While a scene gets its own file: give the others theirs where they shared one, as that is no longer read.

        If the block fails, the new files are removed.

        Raises:
            GtaHeadError: that file or a new one cannot be used.
        """
        dealt: list[Path] = []
        others = self._of_one_file() if len(self.dataset.scenes) > 1 else {}
        try:
            for name, drawn in others.items():
                own = own_path(self.dataset, self.scene(name))
                if name != scene.name and not own.is_file():
                    write_anchors(own, drawn.anchors)
                    dealt.append(own)
            yield
        except BaseException:
            for own in dealt:
                own.unlink(missing_ok=True)
            raise

    def _of_one_file(self) -> dict[str, SceneAnchors]:
        """The content of the file that serves all scenes; empty when any scene has a file of its own."""
        if self._shared is None:
            apart = any(own_path(self.dataset, each).is_file() for each in self.dataset.scenes)
            shared = {} if apart else find_anchors(self.dataset)
            for drawn in shared.values():
                checked(drawn.anchors, drawn.path)
            self._shared = shared
        return self._shared
