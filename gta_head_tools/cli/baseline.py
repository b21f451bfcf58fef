"""`ghtools baseline train` and `eval`: from data to a trained method and its scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from training.eval_run import EvalReport
    from training.train_run import TrainReport

Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data set: a folder or one label file, in any format.")
]
Device = Annotated[
    str, typer.Option("--device", metavar="NAME", help="auto (the GPU where there is one), cpu, cuda, cuda:N or mps.")
]
Method = Annotated[
    str | None,
    typer.Option(
        "--method", metavar="NAME", show_default="centernet", help="See `baseline list`; or your own, file.py:Class."
    ),
]
Loss = Annotated[
    str | None,
    typer.Option("--loss", metavar="NAME", show_default="the method's", help="focal, or focal:gamma=4,alpha_pos=1."),
]
Recipe = Annotated[
    Path | None,
    typer.Option("--recipe", metavar="FILE", help="Settings as TOML: a file, or a name that `baseline list` has."),
]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting; may be given several times.")
]
RunOut = Annotated[
    Path | None, typer.Option("--out", metavar="RUN", show_default="runs/METHOD-LOSS-SEED", help="Folder of the run.")
]
Resume = Annotated[
    Literal["auto", "other-lr", "never"],
    typer.Option(
        "--resume", help="auto: go on with an unfinished run of the same settings; other-lr: its lr may differ."
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="N",
        show_default="0",
        help="Seed of weights, order and augmentation; the split does not depend on it.",
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option("--epochs", metavar="N", show_default="the recipe's", help="Passes over the training pictures."),
]
Code = Annotated[
    list[str] | None,
    typer.Option(
        "--method", metavar="FILE:CLASS", help="For a run of your own method: its code, file.py:Class, which is run."
    ),
]
Run = Annotated[
    Path,
    typer.Argument(metavar="RUN", show_default=False, help="Folder of a run or of an export, or a .safetensors file."),
]
Split = Annotated[
    Literal["test", "val", "train", "all"],
    typer.Option("--split", help="Which pictures are scored; data without splits: all of them."),
]


def needs_training() -> None:
    """Refuse where the extra is not installed, before any of it is imported.

    Raises:
        MissingExtraError: a package is missing.
    """
    from importlib.util import find_spec

    from gta_head_tools.cli.installation import EXTRAS
    from gta_head_tools.errors import MissingExtraError

    if any(find_spec(package) is None for package in EXTRAS["train"]):
        raise MissingExtraError("train", "ghtools baseline")


def train(
    *,
    data: Data = None,
    method: Method = None,
    loss: Loss = None,
    recipe: Recipe = None,
    settings: Set = None,
    out: RunOut = None,
    resume: Resume = "auto",
    device: Device = "auto",
    seed: Seed = None,
    epochs: Epochs = None,
    skip_missing: options.SkipMissing = False,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
) -> None:
    """Train a method on most of the data, choose its threshold on some, and score it on the rest.

    Splits are those of the data, else whole scenes are held out. Ctrl-C saves, and the same command goes on. Without
    --data a small set is rendered, and a small CenterNet is trained on it to the end: minutes on a CPU.

    Example: ghtools baseline train --data crowds/truth --loss mfl_p1 --epochs 36
    """
    needs_training()
    from training.train_run import TrainRequest, train_run

    name = None if data is None else options.source_format(data, from_format)
    if data is None:
        output.say("no --data given: a small set is rendered into runs/rendered-data")
    request = TrainRequest(
        data=data,
        method=method,
        loss=loss,
        recipe=recipe,
        pairs=settings or (),
        seed=seed,
        epochs=epochs,
        out=out,
        format_name=name,
        options=read_options or (),
        resume=resume,
        force=force,
        device=device,
        skip_missing=skip_missing,
    )
    with output.bars() as track:
        report = train_run(request, track=track)
    if report is not None:
        show_training(report, as_json=as_json)


def evaluate(
    run: Run,
    *,
    data: Data = None,
    split: Split = "test",
    method: Code = None,
    device: Device = "auto",
    skip_missing: options.SkipMissing = False,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    as_json: options.AsJson = False,
) -> None:
    """Score a trained method by every protocol, on what its run held out or on other data.

    Example: ghtools baseline eval runs/centernet-mfl_p1-0 --data mall --split test
    """
    needs_training()
    from training.eval_run import EvalRequest, eval_run

    name = None if data is None else options.source_format(data, from_format)
    request = EvalRequest(
        path=run,
        data=data,
        split=split,
        methods=method or (),
        format_name=name,
        options=read_options or (),
        device=device,
        skip_missing=skip_missing,
    )
    with output.bars() as track:
        report = eval_run(request, track=track)
    show_evaluation(report, as_json=as_json)


def show_training(report: TrainReport, *, as_json: bool) -> None:
    """Print the scores of a run, where they come from, and what to type next."""
    told = report.scores
    if as_json:
        output.show_json(told | {"seconds": report.seconds})
        return
    if report.again:
        output.tell(f"{told['run']}: finished before; these are its scores (--force trains anew)")
    else:
        output.tell(f"{told['run']}: {_several(told['epochs'], 'epoch')}, {_minutes(report.seconds)}")
    if "images" in told:
        _tell_scores(told, f"{told['run']} on {_several(told['images'], 'picture')} that it never saw")
    val_mae = told.get("val_mae")
    if told["threshold"] is not None:
        chosen = "" if val_mae is None else f", chosen on other pictures (MAE there {val_mae:.2f})"
        output.tell(f"threshold   {told['threshold']:.4g}{chosen}")
    elif val_mae is not None:
        output.tell(f"validation  MAE {val_mae:.2f} on other pictures")
    run = output.typed(report.run.folder)
    if report.run.picture.is_file():
        output.tell(f"look at     {report.run.picture}  targets, maps and predictions of some of them")
    code = f" --method {output.typed(Path(report.run.method))}" if ":" in report.run.method else ""
    if "size_error" in told:
        output.tell(f"next        ghtools interpolate-boxes SRC --rule learned --model {run}{code}")
    else:
        output.tell(f"next        ghtools baseline predict {run} PHOTO{code}")
    output.tell(f"            ghtools baseline eval {run}{code}")


def show_evaluation(report: EvalReport, *, as_json: bool) -> None:
    """Print the scores by every protocol."""
    from training.scores.score import every_protocol

    told = report.told
    for note in report.notes:
        output.say(note)
    if as_json:
        output.show_json(told | {"protocols": every_protocol(report.scores)})
    else:
        _tell_evaluation(report)
    output.check_all_used(report.unused, told["images"] + len(report.unused))


def _tell_evaluation(report: EvalReport) -> None:
    from gta_head_tools.evaluation.protocols.registry import PROTOCOLS

    told = report.told
    threshold = "" if told["threshold"] is None else f", threshold {told['threshold']:.4g}"
    _tell_scores(told, f"{told['run']} on {_several(told['images'], 'picture')} ({told['split']}){threshold}")
    for name, scores in report.scores.protocols.items():
        # The table of count errors is left out: `_tell_scores` printed them at the chosen threshold.
        for shown in list(PROTOCOLS[name].tables(scores))[1:]:
            output.tell(f"\n{name}: {shown.title}")
            output.table(shown.columns, shown.rows)


def _tell_scores(told: dict[str, Any], title: str) -> None:
    columns = {"heads": "heads", "mae": "MAE", "rmse": "RMSE", "nae": "NAE"}
    if "size_error" in told:
        columns = {"heads": "heads", "size_error": "size error", "size_p95": "95 % of them"}
        columns |= {"expected_size_error": "expected", "size_coverage": "in error bars of 90 %"}
    known = {"precision": "precision", "recall": "recall", "f1": "F1", "ap50": "AP50", "ssim": "SSIM", "psnr": "PSNR"}
    columns |= {key: shown for key, shown in known.items() if told.get(key) is not None}
    output.tell(title)
    output.table(list(columns.values()), [[_number(key, told[key]) for key in columns]])
    if told.get("counts"):
        errors = {"mae": "MAE", "rmse": "RMSE", "nae": "NAE"}
        output.tell("\nits ways to count, of whole pictures")
        rows = [[name, *(_number(key, each[key]) for key in errors)] for name, each in told["counts"].items()]
        output.table(["count", *errors.values()], rows)
    if told.get("true_maps") is not None:
        output.tell(f"true maps   of heads with {told['true_maps']}, as options of `ghtools convert --to density`")
    if told["crowding_bound"] is not None:
        lost = f"{told['crowding_bound']:.2f} heads a picture"
        output.tell(f"crowding    {lost} are too close together for its cells: no training finds them")


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _minutes(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def _number(key: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if key == "heads" else f"{value:.2f}" if key in {"mae", "rmse", "psnr"} else f"{value:.3f}"
