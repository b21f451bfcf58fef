"""One scene checked and joined: head points, and the drawings tied to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.anchors.anchors import FARTHEST, Anchor, AnchorSet
from gta_head_tools.anchors.head_matching import Matched, check_no_duplicates, match_anchors, pixels_per_drawn
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.camera import Camera
from gta_head_tools.errors import ConfigError, DatasetLayoutError
from gta_head_tools.geometry import outside
from gta_head_tools.interpolation.pooled import Pool
from gta_head_tools.interpolation.rules import find_rule
from gta_head_tools.interpolation.size_model import SceneView, SizeModel
from gta_head_tools.interpolation.zones import fit_zones

Array = NDArray[np.float64]

ALGORITHM = 1
"""Raise it when a change of the code changes boxes: older exports then show as out of date."""


@dataclass(frozen=True, slots=True)
class SizeSettings:
    """How sizes are made.

    Attributes:
        rule: a name of `RULES`.
        ground: world height of the ground in metres, for rule ``camera``; None = as the data say.
        offset: shift boxes by the anchors' median offset; None = yes, but not for the paper's rule.
    """

    rule: str = "auto"
    ground: float | None = None
    offset: bool | None = None

    @property
    def shifts(self) -> bool:
        """True when boxes take the anchors' offset."""
        return self.rule != "two-nearest" if self.offset is None else self.offset


@dataclass(frozen=True)
class SceneInput:
    """One scene, checked and joined: what every fit starts from.

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
    def zones(self) -> list[Array]:
        """Polygons (V, 2)."""
        return [np.asarray(zone.polygon) for zone in self.anchors.zones]

    def fit(self, matched: Matched, view: SceneView) -> SizeModel:
        """A model of these anchors by the scene's rule, in its zones."""
        return fit_zones(
            matched.points, matched.sizes, view, self.zones, rule=self.settings.rule, trusted=matched.trusted
        )

    def redrawn(self, anchors: AnchorSet) -> SceneInput:
        """The same heads with other drawings on pictures of the same `image_size`; what edits of heads it has is past.

        Raises:
            DataFormatError: the drawings do not fit the scene.
        """
        check_no_duplicates(self.images, anchors, self.path)
        every = match_anchors(anchors.anchors, self.images, self.scale, path=self.path)
        own = match_anchors(anchors.image_anchors, self.images, self.scale, path=self.path, key="image_anchors")
        return replace(
            self,
            anchors=_heeded(anchors),
            view=self.view.with_horizon(None if anchors.horizon is None else np.asarray(anchors.horizon)),
            matched=every.not_ignored(),
            own=own.not_ignored(),
        )

    def by_pose(self) -> tuple[SceneInput, ...]:
        """The scene, or a part for every pose where the camera moved; images of unknown pose go to the first."""
        poses: dict[Camera, list[int]] = {}
        for index, image in enumerate(self.images):
            if image.info.camera is not None:
                poses.setdefault(image.info.camera, []).append(index)
        if len(poses) < 2:
            return (self,)
        unknown = [index for index, image in enumerate(self.images) if image.info.camera is None]
        first = next(iter(poses))
        poses[first] = sorted([*poses[first], *unknown])
        return tuple(self._part(camera, members) for camera, members in poses.items())

    def _part(self, camera: Camera, members: list[int]) -> SceneInput:
        heads = tuple(self.view.heads[index] for index in members)
        return replace(
            self,
            images=tuple(self.images[index] for index in members),
            view=replace(self.view, heads=heads, camera=camera),
            rows=tuple(self.rows[index] for index in members),
            matched=self.matched.among(members),
            own=self.own.among(members),
        )

    def digest(self, pool: Pool | None) -> str:
        """Hash of all that decides what is written: drawings, settings, heads, and the algorithm."""
        drawn, parts = self.anchors, (self.anchors.anchors, self.anchors.pins, self.anchors.image_anchors)
        boxes = [[(anchor.image, anchor.point, anchor.box, anchor.use) for anchor in part] for part in parts]
        drawings = [drawn.image_size, drawn.horizon, [zone.polygon for zone in drawn.zones], boxes]
        settings = self.settings
        made_of = [ALGORITHM, settings.rule, settings.shifts, self.view.ground, drawings, pool and asdict(pool)]
        digest = hashlib.blake2b(json.dumps(made_of, sort_keys=True).encode(), digest_size=16)
        for image in self.images:
            digest.update(f"{image.info.path} {image.info.size} {image.info.camera} {sorted(image.extra)}".encode())
            for column in (image.points, image.ids, image.ignore, *(image.extra[name] for name in sorted(image.extra))):
                digest.update(b"".join(column.tolist()) if column.dtype == object else column.tobytes())
        return digest.hexdigest()


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
        ConfigError: no images, two picture sizes, a point that is not finite, a ground that the rule does not use.
        DatasetLayoutError: a picture whose size nothing says.
        DataFormatError: the drawings do not fit the scene.
    """
    if find_rule(settings.rule) != "camera" and settings.ground is not None:
        raise ConfigError(f"--ground is used by rule camera alone, not by {settings.rule}; leave it out")
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
    return SceneInput(name, tuple(images), blank, path, view, rows, nothing, nothing, settings).redrawn(anchors)


def _inside(images: Sequence[ImageAnnotations]) -> tuple[NDArray[np.intp], ...]:
    """Rows of the heads inside their picture: others are nobody the camera sees, and would bend the frame."""
    rows = tuple(np.flatnonzero(~outside(image.points, image.info.size)) for image in images)
    return rows if any(map(len, rows)) else tuple(np.arange(len(image)) for image in images)


def _heeded(anchors: AnchorSet) -> AnchorSet:
    """The drawings without those that the user ignores."""

    def heeded(drawn: Sequence[Anchor]) -> tuple[Anchor, ...]:
        return tuple(anchor for anchor in drawn if anchor.use != "ignore")

    return replace(
        anchors,
        anchors=heeded(anchors.anchors),
        pins=heeded(anchors.pins),
        image_anchors=heeded(anchors.image_anchors),
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
