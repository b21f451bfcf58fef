"""What the window notes in a project besides drawings, under keys that other readers keep and pass over.

`rejected_proposals` and `skipped_suggestions` hold points by the short name of their picture, `changed_since_review`
short names of pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gta_head_tools.anchors.anchors import AnchorSet, Pair
from gta_head_tools.anchors.anchors import checked as checked_value

REJECTED = "rejected_proposals"
SKIPPED = "skipped_suggestions"
CHANGED = "changed_since_review"


def checked(anchors: AnchorSet, path: Path) -> AnchorSet:
    """The same drawings, after a check of their notes.

    Raises:
        DataFormatError: a note has the wrong type; the message names the record.
    """
    for key in (REJECTED, SKIPPED):
        noted = anchors.other.get(key)
        for name, points in checked_value({} if noted is None else noted, dict[str, Any], path, key).items():
            checked_value([] if points is None else points, list[Pair], path, f"{key}.{name}")
    changed = anchors.other.get(CHANGED)
    checked_value([] if changed is None else changed, list[str], path, CHANGED)
    return anchors


def rejected_in(anchors: AnchorSet) -> Mapping[str, Sequence[Pair]]:
    """Proposals that were rejected, by short name of the picture."""
    return _noted(anchors, REJECTED)


def with_rejected(anchors: AnchorSet, image: str, points: Sequence[Pair]) -> AnchorSet:
    """The drawings with proposals of one picture noted as rejected, besides those that are."""
    return _with_noted(anchors, REJECTED, image, points)


def skipped_in(anchors: AnchorSet) -> Mapping[str, Sequence[Pair]]:
    """Heads that are not to be suggested again, by short name of the picture."""
    return _noted(anchors, SKIPPED)


def with_skipped(anchors: AnchorSet, image: str, point: Pair) -> AnchorSet:
    """The drawings with a head noted as one that is not to be suggested again."""
    return _with_noted(anchors, SKIPPED, image, [point])


def _noted(anchors: AnchorSet, key: str) -> Mapping[str, Sequence[Pair]]:
    noted: Any = anchors.other.get(key) or {}
    return {name: points or () for name, points in noted.items()}


def _with_noted(anchors: AnchorSet, key: str, image: str, points: Sequence[Pair]) -> AnchorSet:
    noted = _noted(anchors, key)
    return replace(anchors, other={**anchors.other, key: {**noted, image: [*noted.get(image, ()), *points]}})


def changed_in(anchors: AnchorSet) -> frozenset[str]:
    """Reviewed pictures that are noted as changed since."""
    return frozenset(anchors.other.get(CHANGED) or ()) & set(anchors.reviewed)


def with_changed(anchors: AnchorSet, names: Sequence[str]) -> AnchorSet:
    """The drawings with a note of the reviewed pictures that are changed since."""
    other = {key: value for key, value in anchors.other.items() if key != CHANGED}
    return replace(anchors, other={**other, CHANGED: list(names)} if names else other)
