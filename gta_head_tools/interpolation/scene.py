"""A scene's head points and drawings in, a box for every head out, with what is to be thought of it.

`fit_scene` reads nothing and writes nothing: it takes the annotations of one scene and gives a `SceneFit`, which turns
the annotations of any of its images into boxes. All fitting is done in the pixels of the anchor file, so that a scene
may be fitted at one resolution and used at another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.camera import ROLL_TOLERANCE
from gta_head_tools.geometry import around, centres, outside
from gta_head_tools.interpolation.anchors import AnchorSet
from gta_head_tools.interpolation.diagnosis import Diagnosis, contradictions, diagnose
from gta_head_tools.interpolation.gather import SceneInput
from gta_head_tools.interpolation.matching import Matched, apply_edits, nearest_within
from gta_head_tools.interpolation.model import Flag, Flags, SizeModel
from gta_head_tools.interpolation.pooled import Pool, fit_pooled
from gta_head_tools.interpolation.special import ImageFit, special_images

Array = NDArray[np.float64]

SAME_POINT = 1e-3
"""Pixels: what text with three decimals can tell apart."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An anchor that contradicts the others; sizes are sqrt(width height) in pixels of the anchor file."""

    image: str
    point: tuple[float, float]
    drawn_size: float
    expected_size: float


@dataclass(frozen=True)
class SceneFit:
    """Boxes for every image of one scene.

    Attributes:
        name: of the scene.
        rule: that made it.
        model: sizes, in pixels of the anchor file.
        special: by name of the image, where it differs from the scene.
        offset: (2,) shift of box middles in units of the geometric size.
        scale: (2,) pixels of the images per pixel of the anchor file.
        size: width and height of the images.
        edits: the anchor set, for its edits of points.
        path: its file, for messages.
        images: number of pictures.
        heads: number of heads.
        drawn: number of anchors.
        diagnosis: how good the sizes are to be expected.
        suspects: anchors that contradict the others.
        clamped: heads whose size was cut.
        off_centre: heads whose point is not the middle of their box.
        outside: heads beyond the border of their picture.
        warnings: sentences for the user.
        digest: hash of all that decides the boxes.
    """

    name: str
    rule: str
    model: SizeModel
    special: Mapping[str, ImageFit]
    offset: Array
    scale: Array
    size: tuple[int, int]
    edits: AnchorSet
    path: Path
    images: int
    heads: int
    drawn: int
    diagnosis: Diagnosis
    suspects: tuple[Suspect, ...]
    clamped: int
    off_centre: int
    outside: int
    warnings: tuple[str, ...]
    digest: str

    def boxes(self, annotations: ImageAnnotations) -> tuple[ImageAnnotations, Flags]:
        """The image with the user's edits applied and a box for every head, whole, in source order; and their flags.

        Args:
            annotations: one image of the scene, as read from the source.

        Raises:
            DataFormatError: an edit of the user names a head that is gone.
        """
        edits = self.edits.heads.get(annotations.info.name)
        image = annotations if edits is None else apply_edits(annotations, edits, self.scale, path=self.path)
        return self._boxes(image)

    def _boxes(self, image: ImageAnnotations) -> tuple[ImageAnnotations, Flags]:
        special = self.special.get(image.info.name, ImageFit())
        points = image.points / self.scale
        prediction = (special.model or self.model).predict(points)
        widths, heights = prediction.widths * special.scale, prediction.heights * special.scale
        middles = points + self.offset * np.sqrt(widths * heights)[:, None]
        boxes = around(middles, widths, heights)
        for row, box in special.kept:
            boxes[row] = box
        flags = prediction.flags | (np.uint8(Flag.STALE_CAMERA) if special.stale else np.uint8(0))
        return image.replace(boxes=boxes * np.tile(self.scale, 2)), flags


def fit_scene(scene: SceneInput, *, pool: Pool | None = None) -> SceneFit:
    """Fit head sizes to a gathered scene.

    Args:
        scene: see `gather_scene`.
        pool: scale shared over scenes; used where the scene has no anchors of its own.

    Raises:
        ConfigError: the rule needs anchors, heads or a camera that the scene does not have.
    """
    matched, view = scene.matched, scene.view
    if pool is not None and not matched.anchors:
        model: SizeModel = fit_pooled(pool, view)
        offset = np.asarray(pool.offset)
    else:
        model = scene.fit(matched, view)
        offset = matched.offset
    special = special_images(scene, model)
    diagnosis = diagnose(model, view, matched.points, matched.sizes)
    offset = offset if scene.settings.shifts else np.zeros(2)
    points = view.points * scene.scale
    return SceneFit(
        name=scene.name,
        rule=scene.settings.rule,
        model=model,
        special=special,
        offset=offset,
        scale=scene.scale,
        size=scene.images[0].info.size,
        edits=scene.anchors,
        path=scene.path,
        images=len(scene.images),
        heads=len(points),
        drawn=len(matched.anchors),
        diagnosis=diagnosis,
        suspects=_suspects(model, matched),
        clamped=_clamped(scene, model, special),
        off_centre=len(points) if np.abs(offset).max() > 0 else _kept_off_centre(scene, special),
        outside=int(outside(points, scene.images[0].info.size).sum()),
        warnings=_warnings(scene, special, diagnosis),
        digest=scene.digest(pool),
    )


def _clamped(scene: SceneInput, model: SizeModel, special: Mapping[str, ImageFit]) -> int:
    """Heads whose size was cut; those of the scene's own model are asked for at once."""
    own = {name: image.model for name, image in special.items() if image.model is not None}
    parts = [
        (own[image.info.name], points)
        for image, points in zip(scene.images, scene.view.heads, strict=True)
        if image.info.name in own
    ]
    shared = [
        points for image, points in zip(scene.images, scene.view.heads, strict=True) if image.info.name not in own
    ]
    if shared:
        parts.append((model, np.concatenate(shared)))
    cut = Flag.CLAMPED_LOW | Flag.CLAMPED_HIGH
    return sum(int(np.count_nonzero(each.predict(points).flags & cut)) for each, points in parts)


def _kept_off_centre(scene: SceneInput, special: Mapping[str, ImageFit]) -> int:
    """Heads whose box was drawn around another middle, where all other boxes are centred."""
    points = {image.info.name: heads for image, heads in zip(scene.images, scene.view.heads, strict=True)}
    count = 0
    for name, image in special.items():
        for row, box in image.kept:
            middle = centres(np.array([box]))[0]
            count += bool(np.abs(middle - points[name][row]).max() > SAME_POINT)
    return count


def _suspects(model: SizeModel, matched: Matched) -> tuple[Suspect, ...]:
    drawn = np.sqrt(matched.sizes.prod(axis=1))
    expected = model.expected_sizes if model.suspects else drawn
    return tuple(
        Suspect(matched.anchors[i].image, matched.anchors[i].point, float(drawn[i]), float(expected[i]))
        for i in model.suspects
    )


def _warnings(scene: SceneInput, special: Mapping[str, ImageFit], diagnosis: Diagnosis) -> tuple[str, ...]:
    said = list(diagnosis.notes)
    for left, right in contradictions(scene.matched.points, scene.matched.sizes):
        said.append(f"anchors {left} and {right} are in one place and differ by more than 30 % in size")
    stale = [name for name, image in special.items() if image.stale]
    if stale:
        said.append(f"the camera moved: {len(stale)} images (first {stale[0]}) have no anchor of their own pose")
    camera = scene.view.camera
    if camera is not None and abs(camera.rotation[1]) > ROLL_TOLERANCE:
        said.append(f"the camera is rolled by {camera.rotation[1]:g} degrees; tools disagree on the order of rotations")
    images = {image.info.name: image for image in scene.images}
    for index, pin in enumerate(scene.anchors.pins):
        image = images.get(pin.image)
        if image is None or nearest_within(image, pin, scene.scale)[0] < 0:
            said.append(f"pin {index} of image {pin.image!r} has lost its head")
    return tuple(said)
