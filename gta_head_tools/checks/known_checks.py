"""All checks by name; the name is what `--only`, `--skip` and the findings say."""

from __future__ import annotations

from collections.abc import Sequence

from gta_head_tools.checks import box_checks
from gta_head_tools.checks.finding import Check, DatasetCheck, ImageCheck, SceneCheck
from gta_head_tools.errors import UnknownNameError

IMAGE_CHECKS: dict[str, ImageCheck] = {
    "degenerate-box": box_checks.DEGENERATE,
}
SCENE_CHECKS: dict[str, SceneCheck] = {}
DATASET_CHECKS: dict[str, DatasetCheck] = {}


def all_checks() -> dict[str, Check]:  # type: ignore[type-arg]  # of any subject
    """All checks by name."""
    return {**IMAGE_CHECKS, **SCENE_CHECKS, **DATASET_CHECKS}


def chosen_checks(only: Sequence[str] = (), skip: Sequence[str] = ()) -> frozenset[str]:
    """Names of the checks to run.

    Args:
        only: names of those that run, empty = all; `-` and `_` are the same.
        skip: names of those that do not.

    Raises:
        UnknownNameError: no check has that name.
    """
    known = all_checks()
    wanted, left = ([name.replace("_", "-") for name in names] for names in (only, skip))
    for name in (*wanted, *left):
        if name not in known:
            raise UnknownNameError("check", name, known)
    return frozenset(wanted or known) - frozenset(left)
