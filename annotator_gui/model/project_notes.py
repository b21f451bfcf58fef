"""What the window notes in a project besides drawings, under keys that other readers keep and pass over.

`rejected_proposals` holds points by the short name of their picture, `changed_since_review` short names of pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gta_head_tools.anchors.anchor_values import Pair, Values
from gta_head_tools.anchors.anchors import AnchorSet

REJECTED = "rejected_proposals"
CHANGED = "changed_since_review"


def checked(anchors: AnchorSet, path: Path) -> AnchorSet:
    """The same drawings, whose notes are such as can be used.

    Raises:
        DataFormatError: they are not; the message names the record.
    """
    values, rejected = Values(path), anchors.other.get(REJECTED)
    if rejected is not None:
        table = values.table(rejected, REJECTED)
        for name in table:
            values.each(table, name, values.pair, f"{REJECTED}.")
    values.each(dict(anchors.other), CHANGED, values.text)
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
