"""The protocol `nwpu`: places as NWPU-Crowd judges them, see `localization`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.evaluation.head_sizes import LEVELS, annotated_heads, nearest_levels
from gta_head_tools.evaluation.localization import NwpuRow, NwpuScores, finish_nwpu, match_image, update_nwpu
from gta_head_tools.evaluation.protocols.protocol import ScoreProtocol, ScoreTable, SharePlot, counts_table, share
from gta_head_tools.evaluation.protocols.sides import Side, check_points, counted

SHARES = {"precision": "precision", "recall": "recall", "F1": "f1"}
RADII = {"sigma_l": "large", "sigma_s": "small"}
SIZES = ("≤ 10", "≤ 100", "≤ 1k", "≤ 10k", "≤ 100k", "> 100k")
"""Area of the box of a head of the levels A0 to A5, square pixels."""


def _update(predicted: Side, true: Side) -> NwpuRow:
    check_points(predicted, true)
    return update_nwpu(counted(predicted.heads).points, annotated_heads(true.heads))


def _keys(scores: NwpuScores) -> dict[str, Any]:
    return {name: asdict(getattr(scores, name)) for name in RADII}


def _tables(scores: NwpuScores) -> Iterator[ScoreTable]:
    yield counts_table(scores)
    radii = {f"{name} ({size})": getattr(scores, name) for name, size in RADII.items()}
    columns = ("radius", "precision", "recall", "F1", "TP", "FP", "FN")
    yield ScoreTable(
        "Places, as NWPU-Crowd is judged",
        columns,
        [
            (name, *(f"{part:.5f}" for part in (s.precision, s.recall, s.f1)), f"{s.tp:,}", f"{s.fp:,}", f"{s.fn:,}")
            for name, s in radii.items()
        ],
    )
    levels = tuple(f"A{level}" for level in range(LEVELS))
    by_size = [(name, *map(share, s.levels), share(s.level_mean)) for name, s in radii.items()]
    yield ScoreTable(
        "Recall by size: A0 up to 10 square pixels, each next ten times", ("radius", *levels, "mean"), by_size
    )


def _columns(row: NwpuRow) -> dict[str, object]:
    return {f"{key}_{name}": getattr(getattr(row, name), key) for name in RADII for key in ("tp", "fp", "fn")}


def _threshold_columns(scores: NwpuScores) -> dict[str, str]:
    return {
        f"{name}{' (small)' * (radius == 'sigma_s')}": share(getattr(getattr(scores, radius), key))
        for radius in RADII
        for name, key in SHARES.items()
    }


def _threshold_plots(curve: Mapping[float, NwpuScores]) -> Iterator[SharePlot]:
    yield SharePlot(
        {name: [getattr(scores.sigma_l, key) for scores in curve.values()] for name, key in SHARES.items()},
        name="least score that counts",
        alt="Scores by threshold",
        caption="Precision, recall and F1 at the large radius by threshold.",
        numbers=list(curve),
    )


def _hits_and_alarms(predicted: Side, true: Side) -> NDArray[np.int64]:
    """(2, 2, LEVELS) hits and false alarms, by radius and by the size of the head that is nearest."""
    heads, points = annotated_heads(true.heads), counted(predicted.heads).points
    found = []
    for reach in (heads.sigma_l, heads.sigma_s):
        matching = match_image(points, heads, reach)
        of = heads.levels[matching.holder >= 0], nearest_levels(points[matching.false_alarm], heads)
        found.append([np.bincount(levels, minlength=LEVELS) for levels in of])
    return np.array(found).transpose(1, 0, 2)


def _plots(scores: NwpuScores, images: Sequence[NDArray[np.int64]]) -> tuple[str, list[SharePlot]]:
    hits, alarms = np.array(images, dtype=np.float64).sum(axis=0)
    total = hits + alarms
    precision = np.divide(hits, total, out=np.full_like(hits, np.nan), where=total > 0)
    levels = [f"A{level}\n{size}" for level, size in enumerate(SIZES)]
    names = [f"{size} radius" for size in RADII.values()]
    return "Precision and recall by size", [
        SharePlot(
            dict(zip(names, (scores.sigma_l.levels, scores.sigma_s.levels), strict=True)),
            sizes=levels,
            name="recall",
            alt="Recall by size of the head",
            caption="Recall: the share of the heads that was found, by area of their box in square pixels.",
        ),
        SharePlot(
            dict(zip(names, precision.tolist(), strict=True)),
            sizes=levels,
            name="precision",
            alt="Precision by size",
            caption="Precision: the share of the predictions that found a head. A false alarm has no size, and counts "
            "for that of the nearest head; in images without heads it is left out here.",
        ),
    ]


NWPU = ScoreProtocol(
    update=_update,
    uses_boxes=True,
    finish=finish_nwpu,
    keys=_keys,
    tables=_tables,
    columns=_columns,
    headline=lambda scores: {f"F1, {size} radius": f"{getattr(scores, name).f1:.3f}" for name, size in RADII.items()},
    plots=_plots,
    detail=_hits_and_alarms,
    mistakes=lambda row: row.sigma_l.fp + row.sigma_l.fn,
    has_thresholds=True,
    threshold_columns=_threshold_columns,
    threshold_plots=_threshold_plots,
)
