"""The protocol `counting`: errors of the counts, and what is found within 1 to 100 pixels.

It also takes density maps; there are no distances where a side has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gta_head_tools.columns import Numbers
from gta_head_tools.evaluation.counting import (
    CountErrors,
    CountRow,
    CountScores,
    count_cells,
    crowd_level,
    density_cells,
    finish_counting,
    update_counting,
)
from gta_head_tools.evaluation.distances import DistanceRow, DistanceScores, finish_distances, update_distances
from gta_head_tools.evaluation.protocols.protocol import (
    COUNT_COLUMNS,
    ScoreProtocol,
    ScoreTable,
    SharePlot,
    cells_of_errors,
    count_keys,
    counts_table,
    plain_number,
)
from gta_head_tools.evaluation.protocols.sides import Side, common_size, counted, counted_predictions

CROWDS = ("no heads", "1 to 100", "101 to 500", "501 to 5000", "over 5000")
"""Heads in an image of the crowd levels S0 to S4."""


@dataclass(frozen=True, slots=True)
class PointRow:
    """One image: its counts, and what is found within 1 to 100 pixels (None = no points)."""

    counted: CountRow
    distances: DistanceRow | None

    @property
    def predicted(self) -> float:
        """Count."""
        return self.counted.predicted

    @property
    def heads(self) -> float:
        """True count."""
        return self.counted.heads


@dataclass(frozen=True, slots=True)
class PointScoresByDistance:
    """A data set by the protocol `counting`; no distances where a side has density maps."""

    counting: CountScores
    distances: DistanceScores | None

    @property
    def counts(self) -> CountErrors:
        """Errors of the counts."""
        return self.counting.counts


def _update(predicted: Side, true: Side) -> PointRow:
    size, level = common_size(predicted, true), true.heads.info.facts.get("luminance")
    found = predicted if predicted.density is not None else Side(counted_predictions(predicted, true))
    row = update_counting(
        _cells(found, size),
        _cells(true, size),
        scene=true.heads.info.scene,
        luminance=level if isinstance(level, int) else None,
    )
    if predicted.density is not None or true.density is not None:
        return PointRow(row, None)
    return PointRow(row, update_distances(found.heads.points, counted(true.heads).points))


def _cells(side: Side, size: tuple[int, int] | None) -> Numbers | float:
    if side.density is not None:
        return density_cells(side.density, size)
    points = counted(side.heads).points
    return len(points) if size is None else count_cells(points, size)


def _finish(rows: Iterable[PointRow]) -> PointScoresByDistance:
    images = list(rows)
    distances = [row.distances for row in images if row.distances is not None]
    return PointScoresByDistance(
        finish_counting(row.counted for row in images),
        finish_distances(distances) if len(distances) == len(images) else None,
    )


def _keys(scores: PointScoresByDistance) -> dict[str, Any]:
    by = scores.counting
    apart = len(by.scenes) < by.counts.images  # Where every still picture is a scene, scenes would repeat the images.
    keys: dict[str, Any] = {
        "levels": {f"S{level}": count_keys(errors) for level, errors in sorted(by.levels.items())},
        "luminances": {str(level): count_keys(errors) for level, errors in sorted(by.luminances.items())},
        "scenes": {scene: count_keys(errors) for scene, errors in by.scenes.items() if apart},
        "scene_mae": by.scene_mae,
        "game": by.game,
    }
    if scores.distances is not None:
        keys["distances"] = {key: getattr(scores.distances, key) for key in ("precision", "recall", "f1", "area")}
    return keys


def _tables(scores: PointScoresByDistance) -> Iterator[ScoreTable]:
    by, found = scores.counting, scores.distances
    rows: list[tuple[object, ...]] = []
    if len(by.levels) > 1:
        rows += [(f"S{at}: {CROWDS[at]}", *cells_of_errors(errors)) for at, errors in sorted(by.levels.items())]
    rows += [(f"luminance {level}", *cells_of_errors(errors)) for level, errors in sorted(by.luminances.items())]
    yield counts_table(scores, *rows)
    if 1 < len(by.scenes) < by.counts.images:
        by_scene = [(scene, *cells_of_errors(errors)) for scene, errors in by.scenes.items()]
        mean = ("mean of the scenes", "", "", f"{by.scene_mae:.3f}", "", "")
        yield ScoreTable("Counts by scene", ("scene", *COUNT_COLUMNS[1:]), [*by_scene, mean])
    if by.game is not None:
        columns = tuple(f"{4**level} cell{'s' * (level > 0)}" for level in range(4))
        yield ScoreTable("GAME", ("", *columns), [("mean error", *(f"{error:.3f}" for error in by.game))])
    if found is not None:
        cells = (f"{number:.4f}" for number in (found.precision, found.recall, found.f1, found.area))
        columns = ("within", "precision", "recall", "F1", "area")
        yield ScoreTable("Places, as UCF-QNRF is judged", columns, [("1 to 100 px, mean", *cells)])


def _columns(row: PointRow) -> dict[str, object]:
    game = {f"game_{level}": plain_number(error) for level, error in enumerate(row.counted.game or (None,) * 4)}
    return {"level": f"S{crowd_level(row.heads)}", **game}


def _plots(scores: PointScoresByDistance, _: Sequence[Any]) -> tuple[str, list[SharePlot]]:
    if scores.distances is None:
        return "", []
    curve = scores.distances.curve
    return "Places", [
        SharePlot(
            {name: [point[place] for point in curve] for place, name in enumerate(("precision", "recall", "F1"))},
            numbers=[float(distance) for distance in range(1, len(curve) + 1)],
            name="farthest from the head, pixels",
            alt="Shares found by distance",
            caption="How many predictions and heads find each other within so many pixels.",
        )
    ]


COUNTED_POINTS = ScoreProtocol(
    update=_update,
    finish=_finish,
    keys=_keys,
    tables=_tables,
    columns=_columns,
    plots=_plots,
    has_thresholds=True,
    needs_size=True,
)
