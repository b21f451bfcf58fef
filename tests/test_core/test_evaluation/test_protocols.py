"""The protocols as others use them: a new one is a record of functions and one line in the registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.evaluation.counting import CountErrors, count_errors
from gta_head_tools.evaluation.protocols.protocol import ScoreProtocol, ScoreTable, SharePlot, counts_table
from gta_head_tools.evaluation.protocols.registry import PROTOCOLS
from gta_head_tools.evaluation.protocols.sides import Side
from gta_head_tools.report import scores as sections


@dataclass(frozen=True)
class LeftRow:
    predicted: int
    heads: int
    left: int


@dataclass(frozen=True)
class LeftScores:
    counts: CountErrors
    left: float


def update(predicted: Side, true: Side) -> LeftRow:
    left = predicted.heads.points[:, 0] < 50
    return LeftRow(len(predicted.heads), len(true.heads), int(left.sum()))


def finish(rows: Iterable[LeftRow]) -> LeftScores:
    images = list(rows)
    counts = count_errors((row.predicted, row.heads) for row in images)
    return LeftScores(counts, sum(row.left for row in images) / sum(row.predicted for row in images))


def tables(scores: LeftScores) -> Iterator[ScoreTable]:
    yield counts_table(scores)
    yield ScoreTable("Left half", ("", "share"), [("all", f"{scores.left:.2f}")])


LEFT = ScoreProtocol(
    update=update,
    finish=finish,
    keys=lambda scores: {"left": scores.left},
    tables=tables,
    columns=lambda row: {"left": row.left},
    headline=lambda scores: {"left half": f"{scores.left:.0%}"},
    plots=lambda scores, _: ("Halves", [SharePlot({"left": [scores.left]}, "share", "a", "b", sizes=["left"])]),
)


def side(*columns: float) -> Side:
    return Side(ImageAnnotations(ImageInfo("a.jpg", 100, 100), [[x, 5.0] for x in columns]))


def test_a_new_protocol_has_keys_tables_columns_and_a_section() -> None:
    row = LEFT.update(side(10, 20, 60), side(10, 60))
    scores = LEFT.finish([row])
    assert LEFT.image_columns(row) == {"predicted": 3, "heads": 2, "error": 1, "left": 2}
    assert LEFT.score_keys(scores) == {
        "images": 1,
        "heads": 2,
        "mae": 1.0,
        "rmse": 1.0,
        "nae": 0.5,
        "left": pytest.approx(2 / 3),
    }
    assert [table.title for table in LEFT.tables(scores)] == ["Counts", "Left half"]
    assert LEFT.curve_table({0.5: scores}).rows == [("0.50", "1.000", "1.000")]
    places = sections.places_section(LEFT, scores, [])
    assert places is not None
    assert places.title == "Halves"
    assert "<svg" in places.body
    assert "67%" in sections.numbers_section(LEFT, scores).body
    assert "Left half" in sections.tables_section(LEFT, scores).body


@pytest.mark.parametrize("name", PROTOCOLS)
def test_only_some_protocols_take_a_least_score(name: str) -> None:
    assert PROTOCOLS[name].has_thresholds == (name in {"counting", "nwpu"})


def test_the_command_line_offers_all_protocols() -> None:
    from typing import get_args

    from gta_head_tools.cli.evaluate import Protocol

    assert get_args(get_args(Protocol)[0]) == tuple(PROTOCOLS)
