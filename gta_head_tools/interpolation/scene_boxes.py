"""From the head points and drawings of a scene to a box for every head, with an estimate of the error.

`fit_scene` reads and writes no files: it takes one scene and returns a `SceneFit`, which turns the annotations of any
image of the scene into boxes. All fitting is done in pixels of the anchor file, so that a scene may be fitted at one
resolution and used at another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.anchors.anchors import Box
from gta_head_tools.anchors.cut_boxes import cut_sides
from gta_head_tools.anchors.head_matching import Matched, nearest_within
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.camera import ROLL_TOLERANCE
from gta_head_tools.geometry import around, centres, outside
from gta_head_tools.interpolation.diagnosis import Diagnosis, contradictions, diagnose
from gta_head_tools.interpolation.expectation import joined
from gta_head_tools.interpolation.given_sizes import GivenSizes, given_fits
from gta_head_tools.interpolation.image_exceptions import ImageFit, kept_boxes, own_fits
from gta_head_tools.interpolation.pooled import Pool, fit_pooled
from gta_head_tools.interpolation.priors import horizon_prior
from gta_head_tools.interpolation.scene_input import SceneInput, split_by_pose
from gta_head_tools.interpolation.size_model import Flag, Flags, SizeModel
from gta_head_tools.interpolation.zones import fit_matched

Array = NDArray[np.float64]

ALGORITHM = 3
"""To be raised when a change of the code changes boxes, so that older exports show as out of date."""
SAME_POINT = 1e-3
"""Pixels: smaller differences are lost in text with three decimals."""
FAR_BOX = 2.0
"""Distance between the middle of a drawn box and its point, in sizes of the box, from which the user is warned."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An anchor that contradicts the others; sizes are sqrt(width height) in pixels of the anchor file."""

    image: str
    point: tuple[float, float]
    drawn_size: float
    expected_size: float


@dataclass(frozen=True)
class SceneFit:
    """Makes boxes for every image of one scene.

    Attributes:
        name: of the scene.
        rule: name of the rule.
        model: sizes, in pixels of the anchor file.
        special: by name of the image, what differs from the scene.
        offset: (2,) shift of box middles in units of the geometric size.
        scale: (2,) pixels of the images per pixel of the anchor file.
        size: width and height of the images.
        images: number of pictures.
        heads: number of heads.
        drawn: number of anchors.
        diagnosis: how good the sizes are expected to be.
        suspects: anchors that contradict the others.
        clamped: heads whose size was cut.
        off_centre: heads whose point is not the middle of their box.
        outside: heads beyond the border of their picture.
        warnings: sentences for the user.
        digest: hash of everything that decides the boxes.
    """

    name: str
    rule: str
    model: SizeModel
    special: Mapping[str, ImageFit]
    offset: Array
    scale: Array
    size: tuple[int, int]
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

    def boxes(self, image: ImageAnnotations) -> tuple[ImageAnnotations, Flags]:
        """One image of the scene with a whole box for every head, in source order; and the flags (N,) of the sizes."""
        special = self.special.get(image.info.name, ImageFit())
        return _boxed(image, self.model, special, self.offset, self.scale)


def _boxed(
    image: ImageAnnotations, model: SizeModel, special: ImageFit, offset: Array, scale: Array
) -> tuple[ImageAnnotations, Flags]:
    points = image.points / scale
    prediction = (special.model or model).predict(points)
    widths, heights = prediction.widths * special.scale, prediction.heights * special.scale
    middles = points + offset * np.sqrt(widths * heights)[:, None]
    boxes = around(middles, widths, heights)
    for row, box in special.kept:
        boxes[row] = box
    flags = prediction.flags | (np.uint8(Flag.STALE_CAMERA) if special.stale else np.uint8(0))
    return image.replace(boxes=boxes * np.tile(scale, 2)), flags


def fit_image(scene: SceneInput, index: int, *, pool: Pool | None = None) -> tuple[ImageAnnotations, Flags]:
    """The result of `fit_scene(scene).boxes` for one image, without the work that only other images need.

    Args:
        scene: see `gather_scene`.
        index: of the image.
        pool: see `fit_scene`.

    Raises:
        ConfigError: see `fit_scene`.
    """
    pool = _lent(scene, pool)
    image = scene.images[index]
    poses = split_by_pose(scene)
    lender = next((pose for pose in poses if pose.matched.anchors), poses[0])
    # Compare the images themselves: two of them may have the same name.
    pose = next(pose for pose in poses if any(other is image for other in pose.images))
    stale = _borrows(pose, lender)
    model = _model(lender if stale else pose, pool)
    name = image.info.name
    special = ImageFit(stale=True) if stale else own_fits(pose, model, only=name).get(name, ImageFit())
    special = replace(special, kept=kept_boxes(scene, only=name).get(name, ()))
    return _boxed(image, model, special, _offset(scene, pool), scene.scale)


def fit_scene(
    scene: SceneInput, *, pool: Pool | None = None, given: Sequence[GivenSizes] | None = None, giver: str = ""
) -> SceneFit:
    """Fit head sizes to a gathered scene; where the camera moved, each pose is fitted apart.

    Args:
        scene: see `gather_scene`.
        pool: scale shared over scenes; used where the scene has no anchors of its own.
        given: sizes of the heads of each image, for rule ``learned``; nothing is fitted then.
        giver: what the given sizes come from.

    Raises:
        ConfigError: the rule needs anchors, heads or a camera that the scene does not have.
    """
    lent = _lent(scene, pool)
    offset = _offset(scene, lent)
    parts = _fit_parts(scene, lent) if given is None else [_given_part(scene, given)]
    kept = kept_boxes(scene)
    special = {name: image for part in parts for name, image in part.special(of=parts[0].model).items()}
    special |= {name: replace(special.get(name, ImageFit()), kept=boxes) for name, boxes in kept.items()}
    clamped, moved = _counts(parts, offset * scene.scale)
    diagnosis = _joined(parts)
    return SceneFit(
        name=scene.name,
        rule=scene.settings.rule,
        model=parts[0].model,
        special=special,
        offset=offset,
        scale=scene.scale,
        size=scene.images[0].info.size,
        images=len(scene.images),
        heads=sum(map(len, scene.images)),
        drawn=len(scene.matched.anchors) or len(scene.own.anchors),
        diagnosis=diagnosis,
        suspects=tuple(suspect for part in parts for suspect in _suspects(part.model, part.scene.matched)),
        clamped=clamped,
        off_centre=moved or _kept_off_centre(scene, kept),
        outside=sum(int(outside(image.points, image.info.size).sum()) for image in scene.images),
        warnings=_warnings(scene, parts, diagnosis),
        digest=digest_of(scene, pool, giver=giver),
    )


def _given_part(scene: SceneInput, given: Sequence[GivenSizes]) -> _PoseFit:
    """All images as one pose whose sizes are given head by head."""
    model, own = given_fits(scene, given)
    nothing = np.empty((0, 2))
    return _PoseFit(scene, model, False, own, diagnose(model, scene.view, nothing, nothing))


def _lent(scene: SceneInput, pool: Pool | None) -> Pool | None:
    """The pool that gives the scene its sizes; None = it has anchors of its own."""
    return None if scene.matched.anchors or scene.own.anchors else pool


def _offset(scene: SceneInput, lent: Pool | None) -> Array:
    """(2,) shift of box middles in units of the geometric size."""
    return np.asarray(lent.offset) if lent is not None and scene.settings.shifts else scene.offset


@dataclass(frozen=True)
class _PoseFit:
    """One pose of the camera, fitted.

    Attributes:
        scene: its images, heads and anchors.
        model: of its images.
        stale: it has no anchors and borrows the model of another pose.
        own: images with a fit of their own.
        diagnosis: of the model over its heads.
    """

    scene: SceneInput
    model: SizeModel
    stale: bool
    own: Mapping[str, ImageFit]
    diagnosis: Diagnosis

    def special(self, *, of: SizeModel) -> dict[str, ImageFit]:
        """By name, the images that do not simply take the model `of` the scene."""
        shared = ImageFit(self.model, stale=self.stale)
        names = (image.info.name for image in self.scene.images) if self.stale or self.model is not of else ()
        return dict.fromkeys(names, shared) | dict(self.own)


def _fit_parts(scene: SceneInput, pool: Pool | None) -> list[_PoseFit]:
    """All poses, fitted; a pose without anchors borrows the model of the first pose that has some."""
    poses = split_by_pose(scene)
    lender = next((pose for pose in poses if pose.matched.anchors), poses[0])
    lent = _model(lender, pool)
    parts = []
    for pose in poses:
        stale = _borrows(pose, lender)
        model = lent if stale or pose is lender else _model(pose, pool)
        matched = lender.matched if stale else pose.matched
        judged = diagnose(model, pose.view, matched.points, matched.sizes, shifts=matched.shifts - scene.offset)
        own = {} if stale else own_fits(pose, model)
        parts.append(_PoseFit(pose, model, stale, own, replace(judged, grade="red") if stale else judged))
    return parts


def _borrows(pose: SceneInput, lender: SceneInput) -> bool:
    """True for a pose without anchors when the rule needs some and another pose has them."""
    return bool(lender.matched.anchors) and pose.settings.rule != "spacing" and not pose.matched.anchors


def _model(scene: SceneInput, pool: Pool | None) -> SizeModel:
    return fit_matched(scene, scene.matched) if pool is None else fit_pooled(pool, scene.view)


def _joined(parts: Sequence[_PoseFit]) -> Diagnosis:
    """One diagnosis of all poses: medians weighted by the number of heads, the worst of the grades."""
    if len(parts) == 1:
        return parts[0].diagnosis
    weighed = [(part.diagnosis, len(part.scene.view.points)) for part in parts if len(part.scene.view.points)]
    judged, heads = [diagnosis for diagnosis, _ in weighed], [count for _, count in weighed]
    return Diagnosis(
        expected=joined([(d.expected, count) for d, count in weighed if d.expected is not None]),
        grade=max((diagnosis.grade for diagnosis in judged), key=["green", "amber", "red"].index),
        clamped=float(np.average([diagnosis.clamped for diagnosis in judged], weights=heads)),
        extrapolated=float(np.average([diagnosis.extrapolated for diagnosis in judged], weights=heads)),
        priors=judged[int(np.argmax(heads))].priors,
        local_weight=max(diagnosis.local_weight for diagnosis in judged),
        notes=tuple(dict.fromkeys(note for diagnosis in judged for note in diagnosis.notes)),
    )


def _counts(parts: Sequence[_PoseFit], offset: Array) -> tuple[int, int]:
    """Numbers of heads whose size was cut, and of heads that the offset (2,) moves off the middle of their box.

    Only heads inside their picture are counted.
    """
    cut = Flag.CLAMPED_LOW | Flag.CLAMPED_HIGH
    clamped = moved = 0
    for part in parts:
        for model, points in _predicted(part):
            prediction = model.predict(points)
            clamped += int(np.count_nonzero(prediction.flags & cut))
            moved += int(np.count_nonzero(prediction.sizes * np.abs(offset).max() > SAME_POINT))
    return clamped, moved


def _predicted(part: _PoseFit) -> Iterator[tuple[SizeModel, Array]]:
    """Models and the heads (N, 2) they serve; all heads that take the model of the pose come at once."""
    shared = []
    for image, points in zip(part.scene.images, part.scene.view.heads, strict=True):
        own = part.own.get(image.info.name)
        if own is not None and own.model is not None:
            yield own.model, points
        else:
            shared.append(points)
    if shared:
        yield part.model, np.concatenate(shared)


def _kept_off_centre(scene: SceneInput, kept: Mapping[str, Sequence[tuple[int, Box]]]) -> int:
    """Heads whose box was drawn around another middle, where all other boxes are centred."""
    images = {image.info.name: image for image in scene.images}
    drawn = [(images[name].points[row] / scene.scale, box) for name, boxes in kept.items() for row, box in boxes]
    return sum(bool(np.abs(centres(np.array([box]))[0] - point).max() > SAME_POINT) for point, box in drawn)


def _suspects(model: SizeModel, matched: Matched) -> tuple[Suspect, ...]:
    drawn = np.sqrt(matched.sizes.prod(axis=1))
    expected = model.expected_sizes if model.suspects else drawn
    return tuple(
        Suspect(matched.anchors[i].image, matched.anchors[i].point, float(drawn[i]), float(expected[i]))
        for i in model.suspects
    )


def _warnings(scene: SceneInput, parts: Sequence[_PoseFit], diagnosis: Diagnosis) -> tuple[str, ...]:
    said = list(diagnosis.notes)
    numbers = scene.matched.numbers
    for left, right in contradictions(scene.matched.points, scene.matched.sizes):
        said.append(
            f"anchors {numbers[left]} and {numbers[right]} are in one place and differ by more than 30 % in size"
        )
    away = np.hypot(*scene.matched.shifts.T)
    for index in np.flatnonzero(away > FAR_BOX)[:3]:
        far = f"anchors[{numbers[index]}]: its box lies {away[index]:.0f} times its size away from its point"
        said.append(f"{far}; check that both are of one head")
    said += _cut_anchors(scene)
    stale = [image.info.name for part in parts if part.stale for image in part.scene.images if len(image)]
    if stale:
        why = "the camera moved" if scene.matched.anchors else "anchors of one image serve that image alone"
        said.append(f"{why}: {len(stale)} images (first {stale[0]}) have no anchor and take the sizes of another image")
    camera = scene.view.camera
    if camera is not None and abs(camera.rotation[1]) > ROLL_TOLERANCE:
        said.append(f"the camera is rolled by {camera.rotation[1]:g} degrees; tools disagree on the order of rotations")
    if scene.view.horizon is not None and horizon_prior(scene.view) is None:
        said.append("the drawn horizon lies below the heads and is not used")
    images = {image.info.name: image for image in scene.images}
    for pin in scene.anchors.pins:
        if pin.image not in images or nearest_within(images[pin.image], pin, scene.scale)[0] < 0:
            said.append(f"the pin of image {pin.image!r} at ({pin.point[0]:g}, {pin.point[1]:g}) has lost its head")
    return tuple(said)


def _cut_anchors(scene: SceneInput) -> list[str]:
    """A sentence on the anchors that end at the border of their picture."""
    matched = scene.matched
    if not matched.anchors:
        return []
    drawn = np.array([anchor.box for anchor in matched.anchors])
    cut = matched.numbers[cut_sides(drawn, scene.anchors.image_size).any(axis=(1, 2))]
    if not len(cut):
        return []
    numbers = ", ".join(map(str, cut[:3].tolist())) + (", ..." if len(cut) > 3 else "")
    return [
        f"{len(cut)} anchors touch the border of their picture (anchors {numbers}): the side that is cut is taken from "
        "the other side; a head that lies whole inside tells more"
    ]


class _Facts:
    """The facts of images as text; a fact that images share, which may be large, is turned into text once."""

    def __init__(self) -> None:
        self._told: dict[int, tuple[object, str]] = {}

    def told(self, info: ImageInfo) -> str:
        return " ".join(f"{name} {self._text(value)}" for name, value in sorted(info.facts.items()))

    def _text(self, value: object) -> str:
        held, text = self._told.get(id(value), (None, ""))
        if held is not value:
            text = hashlib.blake2b(repr(value).encode(errors="replace"), digest_size=8).hexdigest()
            self._told[id(value)] = value, text  # The value is kept, as another could get its id.
        return text


def digest_of(scene: SceneInput, pool: Pool | None = None, *, giver: str = "") -> str:
    """Hash of everything that decides the boxes of a scene: drawings, settings, heads, and the algorithm.

    Args:
        scene: see `gather_scene`.
        pool: scale shared over scenes, None = none.
        giver: see `fit_scene`.
    """
    drawn, parts = scene.anchors, (scene.anchors.anchors, scene.anchors.pins, scene.anchors.image_anchors)
    boxes = [[(anchor.image, anchor.point, anchor.box, anchor.use) for anchor in part] for part in parts]
    drawings = [drawn.image_size, drawn.horizon, [zone.polygon for zone in drawn.zones], boxes]
    settings = scene.settings
    made_of = [ALGORITHM, settings.rule, settings.shifts, scene.view.ground, drawings, pool and asdict(pool)]
    made_of += [giver] if giver else []  # Exports that were made without it stay up to date.
    digest = hashlib.blake2b(json.dumps(made_of, sort_keys=True).encode(), digest_size=16)
    facts = _Facts()
    for image in scene.images:
        info = image.info
        told = [info.path, info.size, info.camera, info.frame, info.split, facts.told(info), sorted(image.extra)]
        digest.update(" ".join(map(str, told)).encode(errors="surrogateescape"))
        for column in (image.points, image.ids, image.ignore, *(image.extra[name] for name in sorted(image.extra))):
            digest.update(column.tobytes())
    return digest.hexdigest()
