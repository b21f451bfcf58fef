"""`ghtools baseline compare`: methods and losses over seeds, in one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gta_head_tools.cli import options, output
from gta_head_tools.cli.baseline import Data, Device, Epochs, Set, needs_training

if TYPE_CHECKING:
    from training.scores.compare import Difference, Row, Spread
    from training.scores.compare_runs import CompareReport

Runs = Annotated[
    list[Path] | None,
    typer.Argument(metavar="RUN", show_default=False, help="Folders of finished runs; nothing is trained."),
]
Methods = Annotated[
    str | None,
    typer.Option(
        "--methods",
        metavar="A,B",
        show_default="centernet",
        help="What to train; see `baseline list`. Beside RUN: the code of your own methods, file.py:Class.",
    ),
]
Losses = Annotated[
    str | None,
    typer.Option(
        "--losses",
        metavar="C,D",
        show_default="the method's",
        help="With settings: mfl,focal:gamma=4,alpha_pos=1,cornernet are three losses, the second with two settings.",
    ),
]
Seeds = Annotated[str | None, typer.Option("--seeds", metavar="0,1,2", show_default="0,1,2", help="One run for each.")]
Rates = Annotated[
    str | None,
    typer.Option(
        "--lr",
        metavar="A,B",
        show_default="that of the settings",
        help="Train each row with these rates and the first seed; the one with the lowest error in validation is kept.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        show_default="runs",
        help="Folder of the runs (METHOD-LOSS-SEED), comparison.csv and comparison.png; these two are written anew.",
    ),
]
Recipes = Annotated[
    list[Path] | None,
    typer.Option(
        "--recipe",
        metavar="FILE",
        show_default=False,
        help="Settings as TOML: a file, or a name that `baseline list` has. Given several times: one row for each.",
    ),
]
Figure = Annotated[
    bool,
    typer.Option(
        "--figure",
        help="Draw image, target, maps and predictions of each row for three pictures, and scores by size; measure"
        " images a second.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Train all runs anew, whatever lies in their folders.")]

_DIGITS = {"mae": 2, "rmse": 2, "nae": 3, "f1": 3, "ssim": 3, "background_ratio": 3, "size_error": 3}
_DIGITS |= {"size_coverage": 3, "threshold": 3}
_TITLES = {"mae": "MAE", "rmse": "RMSE", "nae": "NAE", "f1": "F1", "ssim": "SSIM"}
_TITLES |= {"background_ratio": "background", "size_error": "size error", "size_coverage": "in error bars"}
_TITLES |= {"threshold": "threshold"}


def compare(
    runs: Runs = None,
    *,
    methods: Methods = None,
    losses: Losses = None,
    seeds: Seeds = None,
    rates: Rates = None,
    data: Data = None,
    recipes: Recipes = None,
    settings: Set = None,
    epochs: Epochs = None,
    out: Out = None,
    figure: Figure = False,
    device: Device = "auto",
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    force: Force = False,
    as_json: options.AsJson = False,
) -> None:
    """Compare runs: mean and spread over seeds, by the size of heads, and differences to the first row, seed by seed.

    Of all --methods, or --recipe, with all --losses and --seeds those runs are trained that are not finished; Ctrl-C
    saves, and the same command goes on. Or name finished runs. All must have been scored on the same heads.

    Example: ghtools baseline compare --data crowds/truth --losses cornernet,focal:gamma=4,alpha_pos=1,mfl_p1
    """
    needs_training()
    from training.scores.compare_runs import CompareRequest, compare
    from training.train_run import TrainRequest

    training = TrainRequest(
        data=data,
        pairs=settings or (),
        epochs=epochs,
        format_name=from_format,
        options=read_options or (),
        force=force,
        device=device,
    )
    request = CompareRequest(
        runs=runs or (),
        methods=methods,
        losses=losses,
        seeds=seeds,
        rates=rates,
        recipes=recipes or (),
        training=training,
        out=out,
        figure=figure,
    )
    with output.bars() as track:
        report = compare(request, track=track)
    if report is not None:
        show(report, as_json=as_json)


def show(report: CompareReport, *, as_json: bool) -> None:
    """Print the table, the differences, and where the files lie."""
    from training.scores.compare import as_told

    told = as_told(report.rows)
    if as_json:
        rates = [asdict(each) for each in report.rates]
        output.show_json(
            told | {"table": report.table, "figure": report.figure, "rates": rates, "images_per_second": report.speeds}
        )
        return
    if report.rates:
        lines = [
            (tried.run.name, f"{tried.lr:g}", f"{tried.val_mae:.2f}", "yes" if tried.chosen else "")
            for tried in report.rates
        ]
        output.table(("run", "lr", "error in validation", "chosen"), lines)
    output.tell(
        f"scores on {told['images']:,} pictures that were not trained on, with {told['heads']:,} heads;"
        " mean ± standard deviation over the seeds"
    )
    # A column is left out where no method has that score, e.g. F1 where all methods only count.
    scores = [score for score in _TITLES if any(row.spread(score) is not None for row in report.rows)]
    titles = [_TITLES[score] for score in scores]
    bounded = any(row.crowding_bound is not None for row in report.rows)
    columns = ("method", "loss", "seeds", *titles, "bound")[: None if bounded else -1]
    output.table(columns, [_cells(row, scores)[: len(columns)] for row in report.rows])
    if bounded:
        output.tell("bound: heads of a picture too close together for the cells of the method; no training finds them")
    _tell_losses(report)
    _tell_sizes(report.rows)
    if len(report.rows) > 1:
        _tell_differences(report.rows, scores)
    if report.speeds:
        output.tell("\nsize and speed, one picture at a time, all rows measured one after another")
        speeds = [(row.name, f"{row.parameters or 0:,}", f"{report.speeds[row.name]:.2g}") for row in report.rows]
        output.table(("", "parameters", "images/s"), speeds)
    if min(len(row.runs) for row in report.rows) == 1:
        output.tell("one seed does not show how much chance matters; compare several seeds")
    output.tell(f"table       {report.table}  one line a run")
    if report.figure is not None:
        output.tell(f"look at     {report.figure}")


def _cells(row: Row, scores: list[str]) -> tuple[str, ...]:
    loss = f"{row.loss or '-'} {row.words}".strip()
    found = [_spread(row.spread(score), _DIGITS[score]) for score in scores]
    bound = "-" if row.crowding_bound is None else f"{row.crowding_bound:.2f}"
    return (row.method, loss, str(len(row.runs)), *found, bound)


def _spread(found: Spread | None, digits: int, sign: str = "") -> str:
    if found is None:
        return "-"
    spread = "" if found.spread is None else f" ± {found.spread:.{digits}f}"
    return f"{found.mean:{sign}.{digits}f}{spread}"


def _tell_losses(report: CompareReport) -> None:
    """A line for each loss and two columns for each method, where several losses were tried with several methods."""
    found: dict[str, dict[str, Row]] = {}
    for row in report.rows:
        # Rates that were tried are no choice of the user, and may differ between the methods with one loss.
        words = " ".join(word for word in row.words.split() if not (report.rates and word.startswith("lr=")))
        found.setdefault(f"{row.loss or '-'} {words}".strip(), {})[row.method] = row
    methods = list(dict.fromkeys(row.method for row in report.rows))
    losses_of = Counter(method for by_method in found.values() for method in by_method)
    if max(losses_of.values()) < 2 or max(map(len, found.values())) < 2:
        return
    first = next(iter(found))
    output.tell(f"\nlosses by method, mean over the seeds, with the change of each error against {first}")
    titles = [f"{method} {_TITLES[score]}" for method in methods for score in ("mae", "rmse")]
    cells = [
        (loss, *(_changed(of_loss.get(m), found[first].get(m), score) for m in methods for score in ("mae", "rmse")))
        for loss, of_loss in found.items()
    ]
    output.table(("", *titles), cells)


def _changed(row: Row | None, first: Row | None, score: str) -> str:
    """An error, and its change in percent against that of another row."""
    here, there = (None if each is None else each.spread(score) for each in (row, first))
    if here is None:
        return "-"
    change = "" if row is first or there is None or not there.mean else f" {here.mean / there.mean - 1:+.1%}"
    return f"{here.mean:.{_DIGITS[score]}f}{change}"


def _tell_sizes(rows: list[Row]) -> None:
    """Recall by size, and the errors of counts in scenes with smaller and with larger heads."""
    from training.scores.by_size import class_words

    sizes = {row.name: row.by_size for row in rows}
    classes = [found.recall for found in sizes.values() if found.recall is not None]
    if classes:
        output.tell("\nrecall by the size of heads (square root of the area of the box), mean over the seeds")
        lines = [("heads", *(f"{each['heads']:,}" for each in classes[0]))]
        lines += [(name, *map(_recall, found.recall)) for name, found in sizes.items() if found.recall is not None]
        output.table(("", *map(class_words, classes[0])), lines)
    halves = {name: found.halves() for name, found in sizes.items()}
    known = [each for each in halves.values() if each]
    if known:
        output.tell("\nerror of the counts for each head, by the median size of the heads of a scene (+: too many)")
        titles = [f"{each['scenes']} scenes, {each['from']:.1f} to {each['to']:.1f} px" for each in known[0]]
        output.table(
            ("", *titles),
            [(name, *(f"{half['error_per_head']:+.2f}" for half in each)) for name, each in halves.items() if each],
        )


def _recall(row: Mapping[str, float | None]) -> str:
    return "-" if row["recall"] is None else f"{row['recall']:.2f}"


def _tell_differences(rows: list[Row], scores: list[str]) -> None:
    from training.scores.compare import BETTER

    better = [score for score in scores if score in BETTER]
    columns = [title for score in better for title in (_TITLES[score], "better in")]
    counts = "mae" in better
    columns[2:2] = ["95 % of MAE", "counts better"] if counts else []
    output.tell(f"\ndifference to {rows[0].name}, seed by seed (of errors, less is better)")
    lines = []
    for row in rows[1:]:
        found = [(row.difference(rows[0], score), _DIGITS[score]) for score in better]
        cells = [cell for each in found for cell in _difference(*each)]
        cells[2:2] = _interval(found[0][0]) if counts else ()
        lines.append((row.name, *cells))
    output.table(("", *columns), lines)
    if counts and any("to" in line[3] for line in lines):
        output.tell(
            "95 % of MAE: with other scenes of this kind, the difference would lie in this range in 95 of 100 cases"
            " (what the seeds change comes on top); where it holds 0, these scenes do not show which row counts better"
        )


def _interval(found: Difference | None) -> tuple[str, str]:
    """The interval, and which row it shows to count better."""
    if found is None or found.interval is None:
        return "-", "-"
    low, high = found.interval
    better = "not shown" if low <= 0 <= high else "this row" if high < 0 else "first row"
    return f"{low:+.2f} to {high:+.2f}", better


def _difference(found: Difference | None, digits: int) -> tuple[str, str]:
    if found is None:
        return "-", "-"
    return _spread(found.difference, digits, "+"), f"{found.better} of {len(found.difference.values)}"
