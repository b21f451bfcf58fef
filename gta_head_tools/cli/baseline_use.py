"""`ghtools baseline list`, `predict`, `export` and `explain`: what there is, and what a trained method is used for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gta_head_tools.cli import options, output
from gta_head_tools.cli.baseline import Code, Device, Run, needs_training

if TYPE_CHECKING:
    from training.catalogue import MethodCard
    from training.write_predictions import PredictReport

RunAndImages = Annotated[
    list[Path],
    typer.Argument(
        metavar="[RUN] IMAGES",
        show_default=False,
        help="A run, an export or a .safetensors file (left out: the model that ships), and a picture, a folder of "
        "them, a data set, or a video.",
    ),
]
ToOptional = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="FORMAT", show_default="pictures and tables", help="Write a data set; see `ghtools formats`."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", show_default="ghtools-predictions-NAME", help="New folder, or one file."),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        metavar="SCORE",
        show_default="the model's",
        help="Candidates with a higher score count; 0 for the AP of `ghtools evaluate`.",
    ),
]
Scale = Annotated[
    float | None,
    typer.Option(
        "--scale",
        metavar="FACTOR",
        show_default="the model's",
        help="Scale pictures: 2 for tiny heads, 0.5 for portraits; a model finds heads of the sizes that it learned.",
    ),
]
Flip = Annotated[
    bool | None,
    typer.Option(
        "--flip/--no-flip",
        show_default="the model's",
        help="Predict the mirrored picture too, and average: steadier, in twice the time.",
    ),
]
PredictSplit = Annotated[
    Literal["test", "val", "train", "all"] | None,
    typer.Option("--split", help="Only this split of a data set; IMAGES may be left out: those of the run."),
]
Maps = Annotated[bool, typer.Option("--maps", help="Also draw the maps of the method, and what it finds.")]
SHOWN = 10
"""Pictures whose counts are printed."""


def list_methods(*, as_json: options.AsJson = False) -> None:
    """List the methods: paper, input, what they predict, losses, parameters, multiply-adds for a picture, recipes.

    Example: ghtools baseline list
    """
    needs_training()
    from dataclasses import asdict

    from training.catalogue import list_methods
    from training.operations import SIZE

    cards = list_methods()
    if as_json:
        output.show_json({"operations_size": SIZE, "methods": [asdict(card) for card in cards]})
        return
    columns = ("method", "paper", "input", "predicts", "losses", "parameters", "multiply-adds", "recipes")
    output.table(columns, map(_card_row, cards))
    output.say(f"multiply-adds are in millions, for one picture of {SIZE[0]} x {SIZE[1]}")


def _card_row(card: MethodCard) -> tuple[str, ...]:
    sizes = "\n".join(f"{variant} {count:,}" for variant, count in card.parameters.items())
    costs = "\n".join(f"{cost.multiply_adds / 1e6:,.0f}" for cost in card.operations.values())
    lists = (", ".join(card.predicts), ", ".join(card.losses), sizes, costs, ", ".join(card.recipes))
    return (card.name, card.paper, card.input, *lists)


def predict(
    places: RunAndImages,
    *,
    to: ToOptional = None,
    out: Out = None,
    split: PredictSplit = None,
    maps: Maps = False,
    threshold: Threshold = None,
    scale: Scale = None,
    flip: Flip = None,
    method: Code = None,
    images: options.Images = "link",
    skip_missing: options.SkipMissing = False,
    device: Device = "auto",
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    write_options: options.WriteOptions = None,
    allow_lossy: options.AllowLossy = False,
    force: options.Force = False,
    as_json: options.AsJson = False,
) -> None:
    """Find the heads in pictures: overlays, their points as CSV, and how many there are.

    IMAGES is a picture, a folder of them, a data set, or a video, whose CSV has a row for each head of each frame.
    With --to the heads become a data set instead. Without RUN the small model that ships is used.

    With --split and without IMAGES, the pictures are those that the run held out.

    Example: ghtools baseline predict runs/centernet-mfl_p1-0 photos --maps
    """
    needs_training()
    from training.write_predictions import PredictOptions, PredictRequest, predict_files

    if len(places) > 2:
        raise typer.BadParameter(f"expected [RUN] IMAGES, got {len(places)} paths; name the folder that holds them")
    its_own = split is not None and len(places) == 1 and (places[0] / "run.json").is_file()
    run, source = (places[0] if its_own or len(places) == 2 else None), (None if its_own else places[-1])
    what = PredictOptions(
        to=to, write_options=write_options or (), images=images, maps=maps, allow_lossy=allow_lossy, force=force
    )
    request = PredictRequest(
        images=source,
        run=run,
        split=split,
        out=out,
        threshold=threshold,
        format_name=from_format,
        options=read_options or (),
        device=device,
        skip_missing=skip_missing,
        scale=scale,
        flip=flip,
        methods=method or (),
    )
    if run is None:
        output.say("no RUN given: the model that ships is used. It has seen rendered crowds only, never a photograph")
    with output.bars() as track:
        report = predict_files(request, what, track=track)
    show_predictions(report, as_json=as_json)


def show_predictions(report: PredictReport, *, as_json: bool) -> None:
    """Print how many heads there are, and where the files lie."""
    for note in report.notes:
        output.say(note)
    if as_json:
        counts = [{"image": image, "count": count} for image, count in report.counts.items()]
        keys = {"run": report.model, "threshold": report.threshold, "format": report.format, "out": report.out}
        output.show_json(keys | {"images": counts, "count": sum(report.counts.values()), "unused": report.unused})
    else:
        _tell_predictions(report)
    output.check_all_used(report.unused, len(report.counts) + len(report.unused))


def _tell_predictions(report: PredictReport) -> None:
    if report.rate is None:
        _tell_counts(report.counts)
    else:
        _tell_video(report.counts, report.rate)
    what = _listed(report.written) if report.format is None else f"a data set as {report.format}"
    output.tell(f"{report.out}: {what}")
    if report.maps is not None:
        output.tell(f"{report.maps}: maps of the method, and what it finds")
    elif report.format is None and "heads.csv" not in report.written:
        output.tell("this method predicts counts, no heads; --maps draws its maps, and --to density writes densities")


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _tell_counts(counts: dict[str, float]) -> None:
    for image, count in list(counts.items())[:SHOWN]:
        output.tell(f"{image}: {_heads(count)}")
    if len(counts) > 1:
        more = f" ({len(counts) - SHOWN} more are not shown)" if len(counts) > SHOWN else ""
        output.tell(f"{len(counts):,} images: {_heads(sum(counts.values()))}{more}")


def _tell_video(counts: dict[str, float], rate: float) -> None:
    each = list(counts.values())
    at = each.index(max(each))
    when = f", at {at / rate:.1f} s" if rate else ""
    mean = sum(each) / len(each)
    output.tell(f"{len(each):,} frames: {min(each):,.4g} to {_heads(max(each))}, mean {mean:,.1f}")
    output.tell(f"fullest: frame {at + 1}{when}")


def _heads(count: float) -> str:
    return "1 head" if count == 1 else f"{count:,.0f} heads" if float(count).is_integer() else f"{count:,.1f} heads"


def export(
    run: Run,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", show_default="export in RUN", help="Folder of the export.")
    ] = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
) -> None:
    """Write the weights of a run as safetensors, with their settings and threshold as JSON beside them.

    Example: ghtools baseline export runs/centernet-mfl_p1-0 --out head-finder
    """
    needs_training()
    from training.runs.checkpoint import export_method

    folder = _free_folder(run / "export" if out is None else out, force=force)
    weights = export_method(run / "checkpoint.pt", folder)
    show_export(weights, as_json=as_json)


def show_export(weights: Path, *, as_json: bool) -> None:
    """Print what was written, and what to type next."""
    import json

    from training.named_code import split_code
    from training.registry import find_method

    beside = weights.with_suffix(".json")
    described = json.loads(beside.read_text("utf-8"))
    size = weights.stat().st_size
    if as_json:
        keys = ("method", "threshold", "epoch", "step", "sha256")
        output.show_json({"weights": weights, "json": beside, "bytes": size} | {key: described[key] for key in keys})
        return
    own = split_code(described["method"]) is not None  # That code is not loaded for this: the user has not named it.
    kind = None if own else find_method(described["method"])
    has_scores = kind is None or ("scores" in kind.PREDICTS and not kind.LEARNS_THRESHOLD)
    if has_scores and described["threshold"] is None:
        output.say("this run is not finished: its threshold is not chosen yet")
    output.tell(f"{weights}: {size / 1e6:.1f} MB, sha256 {described['sha256']}")
    output.tell(f"{beside}: {'method, settings and threshold' if has_scores else 'method and settings'}")
    code = f" --method {output.typed(Path(described['method']))}" if own else ""
    if not own and "sizes" in find_method(described["method"]).PREDICTS:
        output.tell(f"next: ghtools interpolate-boxes SRC --rule learned --model {output.typed(weights)}")
    else:
        output.tell(f"next: ghtools baseline predict {output.typed(weights)} PHOTO{code}")


def _free_folder(folder: Path, *, force: bool) -> Path:
    """`folder`, in which nothing lies unless that may be overwritten.

    Raises:
        DatasetLayoutError: something is there.
    """
    from gta_head_tools.errors import DatasetLayoutError

    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not force):
        raise DatasetLayoutError(folder, "exists already; --force overwrites what is in it, or name another --out")
    return folder


def explain(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="mfl: the Mask Focal Loss.")] = "mfl",
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", show_default="ghtools-explain-TOPIC", help="Folder of the pictures."),
    ] = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
) -> None:
    """Draw a loss: its mask, weight and loss against the prediction, the factor of small heads.

    Example: ghtools baseline explain mfl
    """
    needs_training()
    from gta_head_tools.errors import UnknownNameError
    from training.figures.explain import explain_mfl

    topics = {"mfl": explain_mfl}
    if topic not in topics:
        raise UnknownNameError("topic", topic, topics)
    files = topics[topic](_free_folder(out or Path(f"ghtools-explain-{topic}"), force=force))
    if as_json:
        output.show_json({"topic": topic, "files": files})
        return
    for file in files:
        output.tell(str(file))
