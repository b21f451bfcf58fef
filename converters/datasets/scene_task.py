"""One scene to work on, with its drawings: what a worker process is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from converters.datasets.anchor_files import SceneAnchors, own_path
from converters.files.pictures import fill_sizes
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.interpolation.scene_input import SceneInput, SizeSettings, gather_scene


@dataclass(frozen=True, slots=True)
class SceneTask:
    """A scene of a data set.

    Attributes:
        dataset: the source.
        scene: one of its scenes.
        drawn: its drawings, None = none.
    """

    dataset: Dataset
    scene: Scene
    drawn: SceneAnchors | None

    def __reduce__(self) -> tuple[Any, ...]:
        return SceneTask, (self.dataset.alone(self.scene), self.scene, self.drawn)

    def gather(self, settings: SizeSettings) -> SceneInput:
        """The scene read, checked and joined to its drawings.

        Raises:
            GtaHeadError: the scene or its drawings cannot be used.
        """
        anchors = self.drawn.anchors if self.drawn else None
        images = fill_sizes(list(self.dataset.load(self.scene)), anchors.image_size if anchors else None)
        path = self.drawn.path if self.drawn else own_path(self.dataset, self.scene)
        return gather_scene(self.scene.name, images, anchors, settings, path=path)
