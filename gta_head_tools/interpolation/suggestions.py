"""Which heads of a scene to box next, and how much their boxes would help."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import outside
from gta_head_tools.interpolation.anchor_choice import TARGETS, Design
from gta_head_tools.interpolation.diagnosis import thinned
from gta_head_tools.interpolation.expectation import MEDIAN_OF_NORMAL
from gta_head_tools.interpolation.scene_input import SceneInput, split_by_pose
from gta_head_tools.interpolation.sight import Seen, Sight
from gta_head_tools.interpolation.size_model import SceneView
from gta_head_tools.interpolation.zones import fit_zones

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

CANDIDATES = 400
EXACT, RATIO = 12, 1.2
"""The expected error is computed after each of the first 12 suggestions, then at numbers that grow by a fifth, because
the time of a fit grows with the cube of the number of anchors."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A head whose anchor would help most.

    Attributes:
        image: index of the image in the view.
        head: index of the head in that image.
        point: x y.
        expected_before: median error without it, None with no anchors at all.
        expected_after: median error with it.
    """

    image: int
    head: int
    point: tuple[float, float]
    expected_before: float | None
    expected_after: float


def suggest_anchors(
    points: Array,
    sizes: Array,
    view: SceneView,
    *,
    count: int = 1,
    zones: Sequence[Array] = (),
    allowed: Sequence[Mask] | None = None,
    seen: Callable[[int, int, float], Seen] = lambda *_: Seen.WELL,
) -> list[Suggestion]:
    """The heads whose boxes would lower the expected error most, best first; each counts those before it as drawn.

    Heads that are seen well come first; there are none where no picture can be read.

    Args:
        points: (N, 2) heads of the anchors, N >= 0.
        sizes: (N, 2) drawn width and height.
        view: the scene.
        count: how many to suggest.
        zones: polygons (V, 2) that are fitted apart.
        allowed: per image (heads,) False for heads that are not to be suggested.
        seen: how well a head can be seen, from its image, its row, and its likely size in pixels of the view.

    Raises:
        ConfigError: no head is left to suggest.
    """
    images, rows = _candidates(view, allowed)
    if not len(images):
        raise ConfigError("no head of this scene can be suggested: none lies clear of its neighbours and the border")
    places = np.stack([view.heads[i][j] for i, j in zip(images, rows, strict=True)])
    design = Design(view, points, sizes)
    for good in (design.whole, design.inner):
        kept = good(places)
        if kept.any():
            images, rows, places = images[kept], rows[kept], places[kept]
    likely = design.shape(places)

    def look(row: int) -> Seen:
        return seen(int(images[row]), int(rows[row]), float(likely[row]))

    chosen = design.best(places, count, look)
    if not chosen:
        return []
    boxed = np.vstack([points, places[chosen]]), np.vstack([sizes, design.likely_sides(places[chosen])])
    after = _expected_after(*boxed, view, zones, drawn=len(points))
    before = [_expected(points, sizes, view, zones) if len(points) else None, *after[:-1]]
    return [
        Suggestion(int(images[row]), int(rows[row]), (float(places[row, 0]), float(places[row, 1])), error, less)
        for row, error, less in zip(chosen, before, after, strict=True)
    ]


def _candidates(view: SceneView, allowed: Sequence[Mask] | None) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Image and head index of at most 400 heads that may be suggested, evenly taken."""
    masks = [np.ones(len(heads), bool) for heads in view.heads] if allowed is None else allowed
    pairs = [(np.full(int(mask.sum()), i), np.flatnonzero(mask)) for i, mask in enumerate(masks)]
    images = np.concatenate([image for image, _ in pairs]) if pairs else np.empty(0, np.intp)
    rows = np.concatenate([row for _, row in pairs]) if pairs else np.empty(0, np.intp)
    step = max(1, -(-len(images) // CANDIDATES))
    return images[::step], rows[::step]


def _expected_after(points: Array, sizes: Array, view: SceneView, zones: Sequence[Array], *, drawn: int) -> list[float]:
    """Expected median error after each suggestion; `drawn` of the points (N, 2) have their anchor."""
    last = len(points) - drawn
    later = EXACT * RATIO ** np.arange(1, max(1, last).bit_length() * 4)
    steps = [step for step in dict.fromkeys([*range(1, EXACT + 1), *map(round, later)]) if step < last] + [last]
    errors = [_expected(points[: drawn + step], sizes[: drawn + step], view, zones) for step in steps]
    between = np.interp(np.log(np.arange(1, last + 1)), np.log(steps), np.log(errors))
    return [float(error) for error in np.exp(between)]


def _expected(points: Array, sizes: Array, view: SceneView, zones: Sequence[Array]) -> float:
    """Expected median error of the default rule with these anchors."""
    model = fit_zones(points, sizes, view, zones)
    return MEDIAN_OF_NORMAL * float(np.median(model.errors(thinned(view.points, TARGETS))[0]))


def suggest_for_scene(
    scene: SceneInput,
    *,
    count: int = 3,
    pictures: Collection[str] | None = None,
    skipped: Collection[tuple[str, int]] = (),
    sight: Sight | None = None,
) -> list[Suggestion]:
    """Heads to box next: inside the picture, not ignored, clear of their neighbours; points in pixels of the images.

    Where the camera moved, a pose without anchors comes first, then the one with the largest expected error.

    Args:
        scene: see `gather_scene`.
        count: how many to suggest.
        pictures: paths of the images that have a picture, None = all; where any has one, others are not suggested.
        skipped: path of the image and row of heads that are not to be suggested.
        sight: looks at heads in their pictures, so that those that are seen well come first; None = there is nothing
            to look at. It is not used where no image has a picture that can be read.

    Raises:
        ConfigError: no head can be suggested.
    """
    poses = split_by_pose(scene)
    masks = [[_suggestible(pose, index, skipped) for index in range(len(pose.images))] for pose in poses]
    shown = [
        [
            mask & (pictures is None or image.info.path in pictures)
            for image, mask in zip(pose.images, part, strict=True)
        ]
        for pose, part in zip(poses, masks, strict=True)
    ]
    masks, sight = (shown, sight) if _any(shown) else (masks, None)
    if not _any(masks):
        raise ConfigError(_why_none(scene))
    ready = [(pose, part) for pose, part in zip(poses, masks, strict=True) if _any([part])]
    stale = sorted((entry for entry in ready if not entry[0].matched.anchors), key=lambda entry: -_heads(entry[0]))
    # Only as many poses without anchors as suggestions are asked for can be reached.
    ready = [*stale[:count], *(entry for entry in ready if entry[0].matched.anchors and len(stale) < count)]
    queues = [(pose, _suggest_for_pose(pose, part, count, sight)) for pose, part in ready]
    numbers = {image.info.path: number for number, image in enumerate(scene.images)}
    found: list[Suggestion] = []
    while len(found) < count and any(queue for _, queue in queues):
        pose, queue = max((entry for entry in queues if entry[1]), key=_urgency)
        suggestion = queue.pop(0)
        found.append(replace(suggestion, image=numbers[pose.images[suggestion.image].info.path]))
    if not found:
        # No picture can be read. Then it is as if there were none.
        return suggest_for_scene(scene, count=count, pictures=pictures, skipped=skipped)
    return found


def _any(masks: Sequence[Sequence[Mask]]) -> bool:
    return any(mask.any() for part in masks for mask in part)


def _why_none(scene: SceneInput) -> str:
    taken = sum(int(_taken(scene, index).sum()) for index in range(len(scene.images)))
    if taken and taken == sum(map(len, scene.rows)):
        return "every head has its anchor already"
    return "no head of this scene can be suggested: none lies clear of its neighbours and the border"


def _heads(pose: SceneInput) -> int:
    return len(pose.view.points)


def _urgency(entry: tuple[SceneInput, list[Suggestion]]) -> tuple[bool, float]:
    pose, queue = entry
    before = queue[0].expected_before
    return before is None, _heads(pose) * (1.0 if before is None else before)


def _suggest_for_pose(pose: SceneInput, masks: Sequence[Mask], count: int, sight: Sight | None) -> list[Suggestion]:
    """Suggestions whose head and point are those of the images."""

    def seen(image: int, head: int, size: float) -> Seen:
        if sight is None:
            return Seen.WELL
        return sight.look(pose.images[image], int(pose.rows[image][head]), size * float(pose.scale.mean()))

    drawn = pose.matched
    found = suggest_anchors(
        drawn.points, drawn.sizes, pose.view, count=count, zones=pose.zones, allowed=masks, seen=seen
    )
    heads = [int(pose.rows[suggestion.image][suggestion.head]) for suggestion in found]
    points = [pose.images[s.image].points[head].tolist() for s, head in zip(found, heads, strict=True)]
    return [replace(s, head=head, point=(x, y)) for s, head, (x, y) in zip(found, heads, points, strict=True)]


def _taken(scene: SceneInput, index: int) -> Mask:
    """(heads,) True for heads of the view that have an anchor."""
    rows = scene.matched.rows[scene.matched.images == index]
    return np.isin(scene.rows[index], rows)


def _suggestible(scene: SceneInput, index: int, skipped: Collection[tuple[str, int]]) -> Mask:
    rows, points = scene.rows[index], scene.view.heads[index]
    good: Mask = ~scene.images[index].ignore[rows] & ~outside(points, scene.view.size) & ~_taken(scene, index)
    good &= ~np.isin(rows, [row for path, row in skipped if path == scene.images[index].info.path])
    if len(points) > 1:
        # At least a quarter of the usual spacing, which is about half a head, away from every neighbour.
        apart = np.asarray(cKDTree(points).query(points, k=2)[0])[:, 1]
        typical = float(np.median(apart)) if scene.view.spacing is None else scene.view.spacing.level
        good &= apart > 0.25 * typical
    return good
