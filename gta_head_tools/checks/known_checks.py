"""All checks by name; the name is what `--only`, `--skip` and the findings say."""

from __future__ import annotations

from collections.abc import Sequence

from gta_head_tools.checks import (
    box_checks,
    copy_checks,
    count_checks,
    label_checks,
    name_checks,
    picture_checks,
    point_checks,
    reading_checks,
    scene_checks,
    sequence_checks,
    split_checks,
)
from gta_head_tools.checks.finding import Check, DatasetCheck, ImageCheck, PictureCheck, ReadingCheck, SceneCheck
from gta_head_tools.errors import UnknownNameError

LOOKING = "pictures"
"""The name of all checks that look at pictures, which take most of the time."""
IMAGE_CHECKS: dict[str, ImageCheck] = {
    "degenerate-box": box_checks.DEGENERATE,
    "non-finite": box_checks.NON_FINITE,
    "box-as-size": box_checks.STORED_AS_SIZES,
    "box-outside": box_checks.OUTSIDE,
    "box-partly-outside": box_checks.PARTLY_OUTSIDE,
    "absurd-box": box_checks.ABSURD,
    "duplicate-box": box_checks.DUPLICATE,
    "near-duplicate-box": box_checks.NEAR_DUPLICATE,
    "box-without-point": box_checks.WITHOUT_POINT,
    "point-outside": point_checks.OUTSIDE,
    "duplicate-point": point_checks.DUPLICATE,
    "point-far": point_checks.FAR,
    "points-swapped": point_checks.SWAPPED,
    "points-scaled": point_checks.SCALED,
    "points-from-one": point_checks.FROM_ONE,
    "id-twice": sequence_checks.ID_TWICE,
}
SCENE_CHECKS: dict[str, SceneCheck] = {
    "camera-moved": scene_checks.CAMERA_MOVED,
    "size-jump": scene_checks.SIZE_JUMP,
    "size-off-field": scene_checks.OFF_FIELD,
    "frames-missing": sequence_checks.MISSING,
    "id-jump": sequence_checks.ID_JUMP,
}
PICTURE_CHECKS: dict[str, PictureCheck] = {
    "picture-unreadable": picture_checks.UNREADABLE,
    "picture-truncated": picture_checks.TRUNCATED,
    "picture-size": picture_checks.OTHER_SIZE,
    "picture-turned": picture_checks.TURNED,
    "picture-filled": picture_checks.FILLED,
    "picture-kind": picture_checks.OTHER_KIND,
}
DATASET_CHECKS: dict[str, DatasetCheck] = {
    "picture-missing": picture_checks.MISSING,
    "picture-mode": picture_checks.ODD_COLOURS,
    "picture-copy": copy_checks.COPIES,
    "name-alike": name_checks.ALIKE,
    "split-same-image": copy_checks.LEAKS,
    "split-same-scene": split_checks.SCENES,
    "split-same-location": split_checks.LOCATIONS,
    "export-older": scene_checks.EXPORT_OLDER,
    "frames-from-zero": sequence_checks.FROM_ZERO,
    "known-set": count_checks.KNOWN_SET,
    "empty-but-crowded": count_checks.CROWDED,
    "count-declared": label_checks.COUNT_DECLARED,
    "area-wrong": label_checks.AREA,
    "orphan-annotation": label_checks.ORPHAN_ANNOTATION,
    "repeated-id": label_checks.REPEATED_ID,
    "id-below-one": label_checks.ID_BELOW_ONE,
    "mixed-categories": label_checks.MIXED_CATEGORIES,
    "category-name": label_checks.CATEGORY_NAME,
    "class-gap": label_checks.CLASS_GAP,
    "picture-without-labels": label_checks.UNLABELLED,
    "picture-taken-empty": label_checks.TAKEN_EMPTY,
    "picture-in-two-splits": label_checks.TWO_SPLITS,
    "orphan-label": label_checks.ORPHAN,
}
READING_CHECKS: dict[str, ReadingCheck] = {
    "unreadable": reading_checks.UNREADABLE,
}


def all_checks() -> dict[str, Check]:  # type: ignore[type-arg]  # of any subject
    """All checks by name."""
    return {**IMAGE_CHECKS, **PICTURE_CHECKS, **SCENE_CHECKS, **DATASET_CHECKS, **READING_CHECKS}


def chosen_checks(only: Sequence[str] = (), skip: Sequence[str] = ()) -> frozenset[str]:
    """Names of the checks to run.

    Args:
        only: names of those that run, empty = all; `-` and `_` are the same, and `pictures` are all that look at them.
        skip: names of those that do not.

    Raises:
        UnknownNameError: no check has that name.
    """
    known = all_checks()
    groups = {name: [name] for name in known} | {LOOKING: [name for name, check in known.items() if check.looks]}
    wanted, left = ([name.replace("_", "-") for name in names] for names in (only, skip))
    for name in (*wanted, *left):
        if name not in groups:
            raise UnknownNameError("check", name, groups)
    chosen, dropped = (frozenset(each for name in names for each in groups[name]) for names in (wanted or known, left))
    return chosen - dropped
