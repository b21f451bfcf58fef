"""What a protocol of scores consists of, and the scores as others take them: keys, tables, columns, and plots.

A protocol scores each image (`update`) and turns the rows of all images into the scores of the data set (`finish`).
Everything that is printed, written or drawn of rows and scores comes from the protocol, too. What all of them share is
added here: the errors of the counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from gta_head_tools.evaluation.counting import CountErrors
from gta_head_tools.evaluation.protocols.sides import Side


class Row(Protocol):
    """Scores of one image."""

    @property
    def predicted(self) -> float:
        """Count."""
        ...

    @property
    def heads(self) -> float:
        """True count."""
        ...


class Scores(Protocol):
    """Scores of a data set."""

    @property
    def counts(self) -> CountErrors:
        """Errors of the counts."""
        ...


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """A table of scores for people.

    Attributes:
        title: what it says.
        columns: their names.
        rows: one value per column; the first one names the row.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class SharePlot:
    """Shares (0 to 1) to be drawn over sizes or numbers.

    Attributes:
        series: name to one share per size or number; None = there is nothing to divide by.
        name: what the shares are (over sizes), or what the numbers are.
        alt: what the plot shows, for readers who do not see it.
        caption: a sentence below it.
        sizes: names of sizes of heads, or else
        numbers: such as distances in pixels.
    """

    series: Mapping[str, Sequence[float | None]]
    name: str
    alt: str
    caption: str
    sizes: Sequence[str] = ()
    numbers: Sequence[float] = ()


def _nothing(_: Any) -> dict[Any, Any]:
    return {}


def _no_plots(_: Any, __: Sequence[Any]) -> tuple[str, Sequence[SharePlot]]:
    return "", ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreProtocol:
    """One way to score predictions; its functions take the rows and scores of its own `update` and `finish`.

    Attributes:
        update: the row of one image from its predictions and its heads.
        finish: the scores from all rows.
        keys: scores by the names that programs know; errors of the counts are added.
        tables: the scores as tables; a table of the counts comes first.
        columns: name to value for one image; its counts are added.
        headline: the numbers that a paper would name, by what they are.
        plots: title and plots of the report's section; takes the scores and, if there is `detail`, that of all images.
        detail: what the plots need of one image beyond its row; only called for a report.
        mistakes: heads missed and heads falsely predicted in one image; None = the protocol only counts.
        has_thresholds: a least score can be asked for; others run over all scores already.
        threshold_columns: name to text, for the table over the least score that counts.
        threshold_plots: plots over the least score that counts; takes the scores by that score.
        needs_size: `update` uses the size of the image where it can be found.
        uses_boxes: scores depend on the sizes of boxes.
        batch: images that a worker is sent at least: starting one takes as long as scoring some hundreds.
    """

    update: Callable[[Side, Side], Row]
    finish: Callable[[Iterable[Any]], Any]
    keys: Callable[[Any], dict[str, Any]]
    tables: Callable[[Any], Iterator[ScoreTable]]
    columns: Callable[[Any], dict[str, object]]
    headline: Callable[[Any], Mapping[str, str]] = _nothing
    plots: Callable[[Any, Sequence[Any]], tuple[str, Sequence[SharePlot]]] = _no_plots
    detail: Callable[[Side, Side], Any] | None = None
    mistakes: Callable[[Any], int] | None = None
    has_thresholds: bool = False
    threshold_columns: Callable[[Any], Mapping[str, str]] = _nothing
    threshold_plots: Callable[[Mapping[float, Any]], Iterable[SharePlot]] = _nothing
    needs_size: bool = False
    uses_boxes: bool = False
    batch: int = 1000

    def score_keys(self, scores: Scores) -> dict[str, Any]:
        """All scores by the names that programs know: fractions, None where there is nothing to divide by."""
        return count_keys(scores.counts) | self.keys(scores)

    def image_columns(self, row: Row) -> dict[str, object]:
        """All that is said of one image, by name of the column."""
        counts = {"predicted": row.predicted, "heads": row.heads, "error": row.predicted - row.heads}
        return {name: plain_number(value) for name, value in counts.items()} | self.columns(row)

    def curve_table(self, curve: Mapping[float, Any]) -> ScoreTable:
        """Scores by the least score with which a prediction counts."""
        more = [self.threshold_columns(scores) for scores in curve.values()]
        rows = [
            (
                f"{threshold:.2f}" if 0 <= threshold < 1 else f"{threshold:.5g}",
                f"{scores.counts.mae:.3f}",
                f"{scores.counts.rmse:.3f}",
                *added.values(),
            )
            for (threshold, scores), added in zip(curve.items(), more, strict=True)
        ]
        columns = ("score from", "MAE", "RMSE", *more[0])
        return ScoreTable("By the score from which a prediction counts", columns, rows)


COUNT_COLUMNS = ("images of", "images", "heads", "MAE", "RMSE", "NAE")


def counts_table(scores: Scores, *more: tuple[object, ...]) -> ScoreTable:
    """Errors of the counts, over all images and in further rows."""
    return ScoreTable("Counts", COUNT_COLUMNS, [("all", *cells_of_errors(scores.counts)), *more])


def cells_of_errors(errors: CountErrors) -> tuple[str, ...]:
    """Errors as cells of a table under `COUNT_COLUMNS`, the name of the row left out."""
    return (f"{errors.images:,}", f"{errors.heads:,.0f}", f"{errors.mae:.3f}", f"{errors.rmse:.3f}", share(errors.nae))


def count_keys(errors: CountErrors) -> dict[str, Any]:
    """Errors by the names that programs know."""
    return {**asdict(errors), "heads": plain_number(errors.heads)}


def share(value: float | None, digits: int = 4) -> str:
    """A share as text, "-" where there is nothing to divide by."""
    return "-" if value is None else f"{value:.{digits}f}"


def plain_number(value: float | None) -> float | int | str:
    """A number to six digits, without ".0" where it is whole; an empty cell for None."""
    if value is None:
        return ""
    rounded = round(float(value), 6)
    return int(rounded) if rounded.is_integer() else rounded
