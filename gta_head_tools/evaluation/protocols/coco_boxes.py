"""The protocol `boxes`: average precision of boxes as COCO defines it, in ranges of head sizes, see `detection`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from gta_head_tools.evaluation.average_precision import hits_at_half
from gta_head_tools.evaluation.detection import HEAD_AREAS, BoxRow, BoxScores, finish_boxes, update_boxes
from gta_head_tools.evaluation.protocols.protocol import ScoreProtocol, ScoreTable, SharePlot, counts_table, share
from gta_head_tools.evaluation.protocols.sides import (
    Side,
    boxes_of,
    check_points,
    counted,
    counted_predictions,
    scores_of,
)


def _update(predicted: Side, true: Side) -> BoxRow:
    check_points(predicted, true)
    found, heads = counted(predicted.heads), true.heads
    boxes = boxes_of(found, "predicted heads"), boxes_of(heads, "true heads")
    scores = scores_of(found, "the protocol boxes")
    row = update_boxes(*boxes, scores=scores, ignore=heads.ignore, areas=HEAD_AREAS)
    return replace(row, predicted=len(counted_predictions(predicted, true)))


def _keys(scores: BoxScores) -> dict[str, Any]:
    whole = {key: getattr(scores.areas["all"], key) for key in ("ap", "ap50", "ap75", "ar")}
    return {**whole, "areas": {name: asdict(area) for name, area in scores.areas.items()}}


def _tables(scores: BoxScores) -> Iterator[ScoreTable]:
    yield counts_table(scores)
    keys = ("ap", "ap50", "ap75", "ar")
    rows = [(name, f"{area.heads:,}", *(share(getattr(area, k)) for k in keys)) for name, area in scores.areas.items()]
    title = "Boxes, as COCO is judged; size is the side of a square of their area"
    yield ScoreTable(title, ("size", "heads", "AP", "AP50", "AP75", "AR"), rows)


def _columns(row: BoxRow) -> dict[str, object]:
    hits = hits_at_half(row.hits[0], row.ignored[0], row.heads)
    return {f"{key}_50": count for key, count in hits.items()}


def _mistakes(row: BoxRow) -> int:
    hits = hits_at_half(row.hits[0], row.ignored[0], row.heads)
    return hits["fp"] + hits["fn"]


def _headline(scores: BoxScores) -> dict[str, str]:
    whole = scores.areas["all"]
    return {"AP": share(whole.ap, digits=3), "AP50": share(whole.ap50, digits=3)}


def _plots(scores: BoxScores, _: Sequence[Any]) -> tuple[str, list[SharePlot]]:
    areas = {name: area for name, area in scores.areas.items() if name != "all"}
    return "Precision and recall by size", [
        SharePlot(
            {"AP": [area.ap for area in areas.values()], "AR": [area.ar for area in areas.values()]},
            sizes=[name.replace(" px", "") for name in areas],
            name="AP and AR",
            alt="Average precision and recall by size of the box",
            caption="Average precision and recall of boxes by the side, in pixels, of a square of their area.",
        )
    ]


COCO_BOXES = ScoreProtocol(
    update=_update,
    uses_boxes=True,
    finish=partial(finish_boxes, areas=HEAD_AREAS),
    keys=_keys,
    tables=_tables,
    columns=_columns,
    headline=_headline,
    plots=_plots,
    mistakes=_mistakes,
)
