"""Boxes of the open scene and their quality, by the same functions that `interpolate-boxes` calls.

`quick_boxes` is for the picture on screen while a box is dragged: it takes a few milliseconds. `assess` is for a
thread of the pool: it fits the whole scene, and its result belongs to the drawings that it was started with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from annotator_gui.model.document import Document
from annotator_gui.model.project_notes import changed_in, skipped_in
from annotator_gui.model.quality import SceneQuality, anchor_checks, heat_map, worst_spots
from converters.suggest import sight_in
from gta_head_tools.anchors.anchors import NAMES_HEAD, AnchorSet, Box, HeadEdits, Pair
from gta_head_tools.anchors.drawn_boxes import BOX_KINDS, Ref, boxed
from gta_head_tools.anchors.head_matching import nearest_point, nearest_within
from gta_head_tools.annotations import Boxes, Points
from gta_head_tools.errors import ConfigError, GtaHeadError
from gta_head_tools.geometry import around, sizes
from gta_head_tools.interpolation.anchor_choice import Design
from gta_head_tools.interpolation.image_exceptions import kept_boxes
from gta_head_tools.interpolation.pooled import Pool
from gta_head_tools.interpolation.scene_boxes import SceneFit, fit_image, fit_scene
from gta_head_tools.interpolation.scene_input import SceneInput, SizeSettings, gather_scene, redrawn, split_by_pose
from gta_head_tools.interpolation.size_model import Flags, SizeModel
from gta_head_tools.interpolation.suggestions import Suggestion, suggest_for_scene
from gta_head_tools.interpolation.zones import fit_matched

SUGGESTED = 3
GUESS = 0.02
"""Share of the picture's longer side: size to guess for a head where a broken point prevents any fit."""
CHANGED = 0.05
"""Relative change of sizes from which a reviewed picture counts as changed."""


_POOLED = "these boxes take the scale of the other pictures; an anchor of its own makes this picture independent"


class LiveFit:
    """Fits the scene of one document, and keeps what does not change while boxes are drawn.

    Args:
        document: the scene.
        scale: gives the scale that scenes without anchors take, None = none; `assess` calls it, in its thread.

    Attributes:
        quality: what `assess` returned last; the caller sets it.
    """

    def __init__(self, document: Document, scale: Callable[[], Pool | None] = lambda: None) -> None:
        self._scale = scale
        self._pool: Pool | None = None
        self.quality: SceneQuality | None = None
        self._gathered: tuple[Mapping[str, HeadEdits], SceneInput] | None = None
        self._when_reviewed: dict[str, Boxes] = {}
        self._changed_earlier = changed_in(document.anchors)
        there = zip(document.images, document.pictured, strict=True)
        self._sight = sight_in(document.dataset)
        self._pictures = frozenset(info.path for info, pictured in there if pictured) or None

    @property
    def pooled(self) -> bool:
        """True when the scale of the boxes is that of other scenes."""
        return self._pool is not None

    def looked_again(self, names: Iterable[str]) -> None:
        """Note that the user has reviewed these pictures again: their present boxes count as right."""
        again = set(names)
        self._changed_earlier -= again
        for name in again:
            self._when_reviewed.pop(name, None)

    def quick_boxes(self, document: Document, index: int) -> tuple[Boxes, Flags]:
        """Boxes (N, 4) of one picture's heads in pixels of the anchor file, and their flags (N,).

        Without anchors, boxes are those of the data set and of pins, NaN where there are none. With an anchor that has
        lost its head there are pins alone; `problem` of `assess` says why.
        """
        anchors, edited = document.anchors, document.edited(index)
        boxes, flags = np.full((len(edited), 4), np.nan), np.zeros(len(edited), dtype=np.uint8)
        if not anchors.fitted:
            boxes[:] = document.heads(index).boxes
        # While heads are dragged, the sizes come from the scene as it was before, as its other heads have not changed.
        try:
            base = self._scene(document, document.settled)
            images = (*base.images[:index], edited, *base.images[index + 1 :])
            scene = redrawn(replace(base, images=images), anchors)
        except GtaHeadError:
            return boxes, flags
        try:
            fitted, flags = fit_image(scene, index, pool=self._pool)
            return fitted.boxes / np.tile(document.scale, 2), flags
        except GtaHeadError:
            for row, box in kept_boxes(scene, only=document.names[index]).get(document.names[index], ()):
                boxes[row] = box
            return boxes, flags

    def expected_box(self, document: Document, index: int, row: int) -> Box:
        """A box of the size to expect for one head, around its point; without anchors, a guess from the spacing."""
        box = self.quick_boxes(document, index)[0][row]
        if np.isnan(box).any():
            place = document.heads(index).points[row : row + 1]
            width, height = self._likely_sides(document, place)
            box = around(place, np.array([width]), np.array([height]))[0]
        x0, y0, x1, y1 = box.tolist()
        return x0, y0, x1, y1

    def assess(self, document: Document) -> SceneQuality:
        """The quality of the scene's boxes as shown; may run in another thread."""
        anchors = document.anchors
        lost = tuple(_lost(document, anchors))
        try:
            scene = redrawn(self._scene(document, anchors), anchors)
        except GtaHeadError as error:
            return SceneQuality(anchors, lost=lost, problem=str(error))
        suggestions = self._suggestions(document, scene, skipped_in(anchors))
        try:
            self._pool = None if anchors.fitted else self._scale()
            fit = fit_scene(scene, pool=self._pool)
        except GtaHeadError as error:
            given = sum(int(image.has_box.sum()) for image in scene.images)
            return SceneQuality(anchors, suggestions=suggestions, lost=lost, given=given, problem=str(error))
        fits = [(pose, _model(pose, scene, fit)) for pose in split_by_pose(scene) if pose.matched.anchors]
        fits, expected = fits or [(scene, fit.model)], fit.diagnosis.expected
        return SceneQuality(
            anchors,
            expected=expected,
            grade=fit.diagnosis.grade,
            checks=anchor_checks(anchors, fits),
            worst=worst_spots(scene, fits, self._pictures),
            heat=heat_map(
                *max(fits, key=lambda entry: len(entry[0].view.points)),
                at_least=expected is not None and expected.at_least,
            ),
            suggestions=suggestions,
            changed=self._changed(document, anchors, fit),
            lost=lost,
            notes=fit.warnings if self._pool is None else (_POOLED, *fit.warnings),
        )

    def _scene(self, document: Document, anchors: AnchorSet) -> SceneInput:
        """The scene with the heads that `anchors` edits; kept as long as these edits are the same."""
        kept = self._gathered
        if kept is not None and kept[0] is anchors.heads:
            return kept[1]
        images = [document.edited(index, anchors) for index in range(len(document.images))]
        blank = AnchorSet(anchors.image_size)
        scene = gather_scene(document.scene.name, images, blank, SizeSettings(), path=document.path)
        scene.view.measure()
        if anchors.heads is document.settled.heads:
            self._gathered = anchors.heads, scene
        return scene

    def _likely_sides(self, document: Document, place: Points) -> tuple[float, float]:
        """Width and height to guess for a head at `place` (1, 2) without the help of anchors."""
        nothing = np.empty((0, 2))
        try:
            view = self._scene(document, document.settled).view
        except GtaHeadError:
            return (max(document.size) * GUESS,) * 2
        width, height = Design(view, nothing, nothing).likely_sides(place)[0].tolist()
        return width, height

    def _suggestions(
        self, document: Document, scene: SceneInput, passed_over: Mapping[str, Sequence[Pair]]
    ) -> tuple[Suggestion, ...]:
        skipped = set()
        for name, points in passed_over.items():
            # Not by `document.row`: this is another thread, and the document may show other heads by now.
            index = document.index(name)
            for point in points if index >= 0 else ():
                row, away = nearest_point(scene.images[index].points / document.scale, point)
                if away <= NAMES_HEAD:
                    skipped.add((scene.images[index].info.path, row))
        try:
            found = suggest_for_scene(
                scene, count=SUGGESTED, pictures=self._pictures, skipped=skipped, sight=self._sight
            )
        except ConfigError:
            return ()
        places = [np.asarray(suggestion.point) / document.scale for suggestion in found]
        return tuple(replace(s, point=(float(x), float(y))) for s, (x, y) in zip(found, places, strict=True))

    def _changed(self, document: Document, anchors: AnchorSet, fit: SceneFit) -> tuple[str, ...]:
        """Reviewed pictures whose boxes differ from those of the time when their mark was first seen."""
        before, self._when_reviewed = self._when_reviewed, {}
        self._changed_earlier &= set(anchors.reviewed)
        changed = []
        for name in anchors.reviewed:
            index = document.index(name)
            if index < 0:
                continue
            now = fit.boxes(document.edited(index, anchors))[0].boxes
            self._when_reviewed[name] = then = before.get(name, now)
            if name in self._changed_earlier or _differ(then, now):
                changed.append(name)
        return tuple(changed)


def _lost(document: Document, anchors: AnchorSet) -> Iterator[Ref]:
    for kind in BOX_KINDS:
        for place, anchor in enumerate(boxed(anchors, kind)):
            index = document.index(anchor.image)
            if index < 0 or nearest_within(document.edited(index, anchors), anchor, document.scale)[0] < 0:
                yield Ref(kind, place)


def _differ(then: Boxes, now: Boxes) -> bool:
    """True when the sizes of more than one box in twenty differ by 5 % or more, or the number of heads differs."""
    if len(then) != len(now):
        return True
    return len(now) > 0 and float(np.quantile(np.abs(sizes(now) / sizes(then) - 1), 0.95)) >= CHANGED


def _model(pose: SceneInput, scene: SceneInput, fit: SceneFit) -> SizeModel:
    return fit.model if pose is scene else fit_matched(pose, pose.matched)
