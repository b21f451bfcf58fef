"""The protocol `keypoint`: places as RAZ-Net is judged, see `keypoints`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from gta_head_tools.evaluation.average_precision import hits_at_half
from gta_head_tools.evaluation.keypoints import SIGMAS, KeypointRow, KeypointScores, finish_keypoints, update_keypoints
from gta_head_tools.evaluation.protocols.protocol import ScoreProtocol, ScoreTable, counts_table, share
from gta_head_tools.evaluation.protocols.sides import Side, check_points, counted, counted_predictions, scores_of

NAMES = tuple(f"sigma_{sigma:g}" for sigma in SIGMAS)


def _update(predicted: Side, true: Side) -> KeypointRow:
    check_points(predicted, true)
    found, heads = counted(predicted.heads), true.heads
    scores = scores_of(found, "the protocol keypoint")
    row = update_keypoints(found.points, heads.points, scores=scores, ignore=heads.ignore)
    return replace(row, predicted=len(counted_predictions(predicted, true)))


def _keys(scores: KeypointScores) -> dict[str, Any]:
    return {name: asdict(getattr(scores, name)) for name in NAMES}


def _tables(scores: KeypointScores) -> Iterator[ScoreTable]:
    yield counts_table(scores)
    keys = ("map", "ap50", "ap75", "mar", "ar50", "ar75")
    radii = {f"{sigma:g} px": getattr(scores, name) for sigma, name in zip(SIGMAS, NAMES, strict=True)}
    rows = [(name, *(share(getattr(s, key)) for key in keys)) for name, s in radii.items()]
    yield ScoreTable("Places, as RAZ-Net is judged", ("sigma", "AP", "AP50", "AP75", "AR", "AR50", "AR75"), rows)


def _columns(row: KeypointRow) -> dict[str, object]:
    return {
        f"{key}_{name}": count
        for place, name in enumerate(NAMES)
        for key, count in hits_at_half(row.hits[place], row.ignored[place], row.heads).items()
    }


def _mistakes(row: KeypointRow) -> int:
    hits = hits_at_half(row.hits[1], row.ignored[1], row.heads)
    return hits["fp"] + hits["fn"]


RAZ_POINTS = ScoreProtocol(
    update=_update,
    finish=finish_keypoints,
    keys=_keys,
    tables=_tables,
    columns=_columns,
    headline=lambda scores: {"AP, 20 px": share(scores.sigma_20.map, digits=3)},
    mistakes=_mistakes,
)
