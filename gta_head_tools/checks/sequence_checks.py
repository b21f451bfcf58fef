"""Checks of videos: the frame numbers of a scene, and the ids of persons from frame to frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.finding import (
    Check,
    DatasetCheck,
    Finding,
    ImageCheck,
    Overview,
    SceneCheck,
    SceneHeads,
    head_record,
)
from gta_head_tools.checks.tracks import jumps

FEWEST_STEPS = 4
"""Steps between frames that show what the usual step is."""
MOST_GAPS = 0.05
"""Share of the steps that may be gaps, besides a single one; with more, frames were chosen without a usual step."""

MOST_AGAIN = 0.5
"""Share of the heads that may have the id of an earlier head, where ids are those of persons."""


def check_missing(scene: SceneHeads) -> Iterator[Finding]:
    """Gaps in frame numbers that otherwise grow by one step, for example by 1 or by 5.

    A source without pictures lists no frames without heads, so nothing is missing there.
    """
    if scene.scene.heads_only:
        return
    # Frames whose label file cannot be read are among the images of the scene, and have no heads here.
    known = (*scene.scene.images, *(image.info for image in scene.images))
    infos = {info.frame: info for info in known if info.frame is not None}
    frames = sorted(infos)
    steps = np.diff(frames)
    if len(steps) < FEWEST_STEPS:
        return
    usual = int(Counter(steps.tolist()).most_common(1)[0][0])
    gaps = np.flatnonzero(steps != usual)
    if len(gaps) > max(1, MOST_GAPS * len(steps)):
        return
    for place in gaps.tolist():
        before, after = frames[place], frames[place + 1]
        missing = range(before + usual, after, usual)
        if missing:
            yield _missing(infos[after], before, missing)


def _missing(after: ImageInfo, before: int, missing: range) -> Finding:
    shown = str(missing[0]) if len(missing) == 1 else f"{missing[0]} to {missing[-1]}"
    are = "frame is" if len(missing) == 1 else "frames are"
    message = f"{len(missing)} {are} missing between frame {before} and this picture, frame {after.frame}"
    return Finding(after.path, "", shown, message, weight=float(len(missing)))


def check_from_zero(overview: Overview) -> Iterator[Finding]:
    """Sequences that count frames from 0 in a format that counts them from 1."""
    if overview.first_frame != 1:
        return
    for seen in overview.images:
        if seen.info.frame == 0:
            message = f"sequence {seen.info.scene} counts frames from 0, and this format from 1"
            yield Finding(seen.info.path, "", "frame 0", message)


def check_id_twice(image: ImageAnnotations) -> Iterator[Finding]:
    """Heads whose id an earlier head of the image has.

    Where most heads have the id of another one, as in files that say 1 for all, ids mean no persons.
    """
    if not len(image) or image.ids.max() < 0:
        return
    order = np.argsort(image.ids, kind="stable")
    ids = image.ids[order]
    again = np.flatnonzero((ids[1:] == ids[:-1]) & (ids[1:] >= 0)) + 1
    if len(again) > MOST_AGAIN * np.count_nonzero(ids >= 0):
        return
    for place in again.tolist():
        row = int(order[place])
        first = int(order[np.searchsorted(ids, ids[place])])
        message = f"{head_record(first)} of this image has the same id"
        yield Finding(image.info.path, head_record(row), f"id {ids[place]}", message, _around(image, row))


def check_id_jump(scene: SceneHeads) -> Iterator[Finding]:
    """Heads that lie farther from where their id was than any head moves, or have a far other size."""
    for jump in jumps(scene.images):
        image = jump.image
        yield Finding(
            image.info.path,
            head_record(jump.row),
            f"id {image.ids[jump.row]}, {jump.value}",
            f"{jump.message}, since frame {jump.before}",
            _around(image, jump.row),
            jump.weight,
        )


def _around(image: ImageAnnotations, row: int) -> tuple[float, float, float, float]:
    """Where a head is shown: its box, or some pixels around its point."""
    x, y = image.points[row].tolist()
    x0, y0, x1, y1 = image.boxes[row].tolist()
    return (x0, y0, x1, y1) if np.isfinite(image.boxes[row]).all() else (x - 10, y - 10, x + 10, y + 10)


MISSING: SceneCheck = Check(
    find=check_missing,
    severity="warning",
    means="Training on sequences and the scores of tracking take the frames beside a gap for neighbours in time.",
    fix="Bring the missing pictures and their labels, or cut the sequence in two at the gap.",
)
FROM_ZERO: DatasetCheck = Check(
    find=check_from_zero,
    severity="warning",
    means="Other programs refuse frame 0, or take every frame for the one beside it.",
    fix="`ghtools convert` to the same format numbers the frames from 1.",
)
ID_TWICE: ImageCheck = Check(
    find=check_id_twice,
    severity="error",
    means="One person cannot be in two places, and the scores of tracking refuse such a file.",
    fix="Give one of the two heads its own id, or delete it.",
)
ID_JUMP: SceneCheck = Check(
    find=check_id_jump,
    severity="warning",
    means="Most likely the id was given to another person, so that a track joins two persons.",
    fix="Look at both pictures, and give the head the id of its own person.",
)
