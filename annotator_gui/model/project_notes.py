"""What the window notes in a project besides drawings, under keys that other readers keep and pass over.

`rejected_proposals` holds points by the short name of their picture, `changed_since_review` short names of pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gta_head_tools.anchors.anchors import AnchorSet, Pair
from gta_head_tools.anchors.anchors import checked as checked_value

REJECTED = "rejected_proposals"
CHANGED = "changed_since_review"


def checked(anchors: AnchorSet, path: Path) -> AnchorSet:
    """The same drawings, after a check of their notes.

    Raises:
        DataFormatError: a note has the wrong type; the message names the record.
    """
    rejected, changed = anchors.other.get(REJECTED), anchors.other.get(CHANGED)
    for name, points in checked_value({} if rejected is None else rejected, dict[str, Any], path, REJECTED).items():
        checked_value([] if points is None else points, list[Pair], path, f"{REJECTED}.{name}")
    checked_value([] if changed is None else changed, list[str], path, CHANGED)
    return anchors


def rejected_in(anchors: AnchorSet) -> Mapping[str, Sequence[Pair]]:
    """Proposals that were rejected, by short name of the picture."""
    noted: Any = anchors.other.get(REJECTED) or {}
    return {name: points or () for name, points in noted.items()}


def with_rejected(anchors: AnchorSet, image: str, points: Sequence[Pair]) -> AnchorSet:
    """The drawings with proposals of one picture noted as rejected, besides those that are."""
    rejected = rejected_in(anchors)
    noted = {**rejected, image: [*rejected.get(image, ()), *points]}
    return replace(anchors, other={**anchors.other, REJECTED: noted})


def changed_in(anchors: AnchorSet) -> frozenset[str]:
    """Reviewed pictures that are noted as changed since."""
    return frozenset(anchors.other.get(CHANGED) or ()) & set(anchors.reviewed)


def with_changed(anchors: AnchorSet, names: Sequence[str]) -> AnchorSet:
    """The drawings with a note of the reviewed pictures that are changed since."""
    other = {key: value for key, value in anchors.other.items() if key != CHANGED}
    return replace(anchors, other={**other, CHANGED: list(names)} if names else other)
