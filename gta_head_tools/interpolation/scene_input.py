"""One scene as every fit takes it: head points and the drawings that are tied to them, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.anchors.anchors import FARTHEST, Anchor, AnchorSet
from gta_head_tools.anchors.cut_boxes import completed
from gta_head_tools.anchors.head_matching import Matched, check_no_duplicates, match_anchors, pixels_per_drawn
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.camera import Camera
from gta_head_tools.errors import ConfigError, DatasetLayoutError
from gta_head_tools.geometry import outside
from gta_head_tools.interpolation.rules import find_rule
from gta_head_tools.interpolation.size_model import SceneView

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SizeSettings:
    """How sizes are made.

    Attributes:
        rule: a name of `RULES`.
        ground: world height of the ground in metres, for rule ``camera``; None = as the data say.
        offset: shift boxes by the anchors' median offset; None = yes, but not for the paper's rule.

    Raises:
        ConfigError: a ground that the rule does not use.
        UnknownNameError: a ground, and a rule that does not exist. Without a ground, the fit finds out.
    """

    rule: str = "auto"
    ground: float | None = None
    offset: bool | None = None

    def __post_init__(self) -> None:
        if self.ground is not None and find_rule(self.rule) != "camera":
            raise ConfigError(f"--ground is used by rule camera alone, not by {self.rule}; leave it out")

    @property
    def shifts(self) -> bool:
        """True when boxes take the anchors' offset."""
        return self.rule != "two-nearest" if self.offset is None else self.offset


@dataclass(frozen=True, kw_only=True)
class SceneInput:
    """One scene with its anchors tied to heads: what every fit starts from.

    Attributes:
        name: of the scene.
        images: in their order.
        anchors: the drawings; those that the user ignores are taken out.
        path: file of the drawings, for messages.
        view: heads inside their picture, in pixels of the anchor file.
        rows: per image, which of its heads those are.
        matched: anchors that take part in the fit, and their heads.
        own: anchors of single images, and their heads.
        settings: how sizes are made.
    """

    name: str
    images: tuple[ImageAnnotations, ...]
    anchors: AnchorSet
    path: Path
    view: SceneView
    rows: tuple[NDArray[np.intp], ...]
    matched: Matched
    own: Matched
    settings: SizeSettings

    @property
    def scale(self) -> Array:
        """(2,) pixels of the images per pixel of the anchor file."""
        return pixels_per_drawn(self.images[0].info, self.anchors.image_size, path=self.path)

    @property
    def offset(self) -> Array:
        """(2,) shift of box middles in units of the geometric size; zero where the settings do not shift boxes."""
        if not self.settings.shifts:
            return np.zeros(2)
        return (self.matched if self.matched.anchors else self.own).offset

    @property
    def zones(self) -> list[Array]:
        """Polygons (V, 2)."""
        return [np.asarray(zone.polygon) for zone in self.anchors.zones]


def gather_scene(
    name: str, images: Sequence[ImageAnnotations], anchors: AnchorSet | None, settings: SizeSettings, *, path: Path
) -> SceneInput:
    """Check one scene and tie its anchors to heads.

    Args:
        name: of the scene.
        images: all of its images, with their sizes known and the user's edits of heads applied (`edit_heads`).
        anchors: the drawings, None = none (rules without anchors, pooling, suggestions).
        settings: how sizes are made.
        path: file of the drawings (or the scene), for messages.

    Raises:
        ConfigError: no images, two picture sizes, or a point that is not finite.
        DatasetLayoutError: a picture whose size nothing says.
        DataFormatError: the drawings do not fit the scene.
    """
    if not images:
        raise ConfigError(f"scene {name}: has no images")
    anchors = anchors or AnchorSet(images[0].info.size)
    scale = _check_sizes(name, images, anchors, path)
    for image in images:
        _check_finite(name, image)
    rows = _inside(images)
    first = images[0].info
    view = SceneView(
        tuple(image.points[inside] / scale for image, inside in zip(images, rows, strict=True)),
        anchors.image_size,
        camera=first.camera,
        ground=settings.ground if settings.ground is not None else first.facts.get("ground"),
    )
    nothing = match_anchors((), images, scale, path=path)
    blank = AnchorSet(anchors.image_size)
    scene = SceneInput(
        name=name,
        images=tuple(images),
        anchors=blank,
        path=path,
        view=view,
        rows=rows,
        matched=nothing,
        own=nothing,
        settings=settings,
    )
    return redrawn(scene, anchors)


def redrawn(scene: SceneInput, anchors: AnchorSet) -> SceneInput:
    """The same heads with other drawings; edits of heads in them are not applied.

    Args:
        scene: the heads.
        anchors: the drawings, made on pictures of the same `image_size`.

    Raises:
        DataFormatError: the drawings do not fit the scene.
    """
    check_no_duplicates(scene.images, anchors, scene.path)
    every = match_anchors(anchors.anchors, scene.images, scene.scale, path=scene.path)
    own = match_anchors(anchors.image_anchors, scene.images, scene.scale, path=scene.path, key="image_anchors")
    return replace(
        scene,
        anchors=_without_ignored(anchors),
        view=scene.view.with_horizon(None if anchors.horizon is None else np.asarray(anchors.horizon)),
        matched=_whole(every.not_ignored(), anchors.image_size),
        own=_whole(own.not_ignored(), anchors.image_size),
    )


def _whole(matched: Matched, size: tuple[int, int]) -> Matched:
    return replace(matched, boxes=completed(matched.boxes, size))


def split_by_pose(scene: SceneInput) -> tuple[SceneInput, ...]:
    """The scene, or one part per pose where the camera moved; images of unknown pose belong to the first pose.

    In a scene whose only anchors serve single images, each of these images is a part, and the other images are one.
    """
    if scene.own.anchors and not scene.matched.anchors:
        return _split_by_image(scene)
    poses: dict[Camera, list[int]] = {}
    for index, image in enumerate(scene.images):
        if image.info.camera is not None:
            poses.setdefault(image.info.camera, []).append(index)
    if len(poses) < 2:
        return (scene,)
    unknown = [index for index, image in enumerate(scene.images) if image.info.camera is None]
    first = next(iter(poses))
    poses[first] = sorted([*poses[first], *unknown])
    return tuple(_part(scene, camera, members) for camera, members in poses.items())


def _split_by_image(scene: SceneInput) -> tuple[SceneInput, ...]:
    """Each image that has anchors of its own, which become those of its part; then all other images."""
    own = [int(index) for index in np.unique(scene.own.images)]
    rest = [index for index in range(len(scene.images)) if index not in own]
    parts = [_part(scene, scene.images[index].info.camera or scene.view.camera, [index]) for index in own]
    nothing = scene.matched.among(())
    apart = [replace(part, matched=part.own, own=nothing) for part in parts]
    return (*apart, *((_part(scene, scene.view.camera, rest),) if rest else ()))


def _part(scene: SceneInput, camera: Camera | None, members: Sequence[int]) -> SceneInput:
    heads = tuple(scene.view.heads[index] for index in members)
    return replace(
        scene,
        images=tuple(scene.images[index] for index in members),
        view=replace(scene.view, heads=heads, camera=camera),
        rows=tuple(scene.rows[index] for index in members),
        matched=scene.matched.among(members),
        own=scene.own.among(members),
    )


def _inside(images: Sequence[ImageAnnotations]) -> tuple[NDArray[np.intp], ...]:
    """Per image, rows of the heads inside the picture: the camera does not see others, and they would bend the frame.

    Where no head of the scene is inside, all heads are taken.
    """
    rows = tuple(np.flatnonzero(~outside(image.points, image.info.size)) for image in images)
    return rows if any(map(len, rows)) else tuple(np.arange(len(image)) for image in images)


def _without_ignored(anchors: AnchorSet) -> AnchorSet:
    def kept(drawn: Sequence[Anchor]) -> tuple[Anchor, ...]:
        return tuple(anchor for anchor in drawn if anchor.use != "ignore")

    return replace(
        anchors, anchors=kept(anchors.anchors), pins=kept(anchors.pins), image_anchors=kept(anchors.image_anchors)
    )


def _check_sizes(name: str, images: Sequence[ImageAnnotations], anchors: AnchorSet, path: Path) -> Array:
    first = images[0].info
    for image in images:
        if not image.info.sized:
            raise DatasetLayoutError(image.info.path, "nothing says how large this picture is; bring it, undamaged")
        if image.info.size != first.size:
            raise ConfigError(
                f"scene {name}: {first.path} is {first.width}x{first.height} and {image.info.path} is "
                f"{image.info.width}x{image.info.height}; a scene is one fixed camera. "
                "Still pictures need a scene each (csv, coco and images: -i scenes=image)"
            )
    return pixels_per_drawn(first, anchors.image_size, path=path)


def _check_finite(name: str, image: ImageAnnotations) -> None:
    bad = np.flatnonzero(~(np.abs(image.points) < FARTHEST).all(axis=1))
    if len(bad):
        x, y = image.points[bad[0]]
        where = f"scene {name}: image {image.info.path}: head {int(bad[0])}"
        raise ConfigError(f"{where}: point ({x:g}, {y:g}) is no position in a picture; mend or remove it")
