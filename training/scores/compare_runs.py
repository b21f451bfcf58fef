"""A comparison from settings to files: train the missing runs, read all runs, draw them and write the table."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gta_head_tools.errors import ConfigError
from gta_head_tools.pictures import write_png
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.whole_files import make_folder, write_text
from training.asked_settings import parse_loss
from training.config import TrainConfig
from training.figures.compare_figure import draw_comparison
from training.named_code import split_code
from training.registry import find_method
from training.runs.checkpoint import build_method
from training.runs.processes import count_processes, is_main_process
from training.runs.run_folder import default_run_folder, read_run
from training.scores.compare import Row, as_csv, make_rows, read_trained
from training.train_run import TrainRequest, choose_settings, read_scores, train_run

SEEDS = "0,1,2"
RUNS = Path("runs")
TABLE, FIGURE = "comparison.csv", "comparison.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRequest:
    """What to compare: finished runs, or all pairs of methods and losses with all seeds.

    Attributes:
        runs: folders of finished runs; when given, nothing is trained.
        methods: as in `TrainRequest`, separated by commas; None = that of the recipe, else the default. Beside runs:
            the code of the user's own methods that they are of, see `trusted_name`.
        losses: see `split_losses`; None = that of the recipe or the method.
        seeds: numbers separated by commas; None = `SEEDS`.
        rates: learning rates separated by commas: each row is trained with all of them and the first seed, and with the
            one of the lowest MAE on the validation split for the other seeds; None = that of the settings.
        recipes: of the rows, one for each; empty = that of `training`.
        training: what all trainings share; its method, loss, seed and out are not used.
        out: folder of runs, table and figure; None = `RUNS`.
        figure: draw the figure, and measure the speed of each row.
    """

    runs: Sequence[Path] = ()
    methods: str | None = None
    losses: str | None = None
    seeds: str | None = None
    rates: str | None = None
    recipes: Sequence[Path] = ()
    training: TrainRequest = field(default_factory=TrainRequest)
    out: Path | None = None
    figure: bool = False


@dataclass(frozen=True, slots=True)
class TriedRate:
    """A learning rate that was tried for a row.

    Attributes:
        run: its folder.
        lr: the rate.
        val_mae: by which it was judged.
        chosen: it is the one with which the other seeds were trained.
    """

    run: Path
    lr: float
    val_mae: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class CompareReport:
    """A comparison.

    Attributes:
        rows: of the table; the others are compared to the first.
        table: CSV file with one line a run.
        figure: file of the pictures side by side; None = not asked for.
        rates: that were tried, in the order of the rows; empty = none were asked for.
        speeds: pictures a second by name of the row, see `draw_comparison`; empty = no figure was asked for.
    """

    rows: list[Row]
    table: Path
    figure: Path | None
    rates: Sequence[TriedRate] = ()
    speeds: Mapping[str, float] = field(default_factory=dict)


def compare(request: CompareRequest, *, track: Track = no_progress) -> CompareReport | None:
    """Train the missing runs, and compare all; None in all processes but the main one.

    Finished runs are not trained again, unfinished ones are continued. Table and figure are written anew each time.

    Raises:
        GtaHeadError: runs that cannot be compared, or settings or data that cannot be used.
        KeyboardInterrupt: Ctrl-C, with a note of how to continue.
    """
    _check(request)
    # `runs/*` in a shell also names the table and the figure of an earlier comparison.
    given = [folder for folder in request.runs if folder.name not in (TABLE, FIGURE)] or list(request.runs)
    folders, rates = (given, []) if given else train_missing(request, track=track)
    if not is_main_process():
        return None
    rows = make_rows(read_trained(folders, _methods(request)))
    out = make_folder(request.out or RUNS)
    speeds: Mapping[str, float] = {}
    if request.figure:
        figure, speeds = draw_comparison(rows, device=request.training.device, track=track)
        write_png(out / FIGURE, figure)
    write_text(out / TABLE, as_csv(rows))
    return CompareReport(rows, out / TABLE, out / FIGURE if request.figure else None, rates, speeds)


def _check(request: CompareRequest) -> None:
    its_code = bool(request.runs) and all(split_code(name) is not None for name in _methods(request))
    asked = [None if its_code else request.methods, request.losses, request.seeds, request.rates, request.recipes]
    if request.runs and (any(asked) or request.training != TrainRequest(device=request.training.device)):
        raise ConfigError("finished runs are compared as they are; name them, or say what to train, not both")
    if not request.runs and not any(asked):
        raise ConfigError("name finished runs, or say what to train: --losses, --methods, --recipe, --seeds or --lr")


def _methods(request: CompareRequest) -> list[str]:
    return [] if request.methods is None else _parts(request.methods, "--methods")


def train_missing(request: CompareRequest, *, track: Track = no_progress) -> tuple[list[Path], list[TriedRate]]:
    """Train all runs asked for; returns the folders of the runs to compare, and the rates that were tried.

    Raises:
        GtaHeadError: as `train_run`; the settings of all runs are checked before the first training begins.
        KeyboardInterrupt: as `train_run`.
    """
    if request.rates is None:
        plan = plan_runs(request)
        _train(plan, track)
        return [_folder(each) for each in plan], []
    if count_processes() > 1:
        raise ConfigError("--lr with several rates reads the scores of finished runs: start it in one process")
    seeds = _seeds(request.seeds or SEEDS)
    rows = [_with_rates(request, row, seeds[0]) for row in plan_runs(replace(request, seeds=str(seeds[0])))]
    for each in (each for row in rows for each in row):
        build_method(*choose_settings(each))
    _train([each for row in rows for each in row], track)
    tried = [_tried(row) for row in rows]
    best = [row[[each.chosen for each in found].index(True)] for row, found in zip(rows, tried, strict=True)]
    more = [_at(each, _folder(each), seed) for seed in seeds[1:] for each in best]
    _train(more, track)
    return [_folder(each) for each in (*best, *more)], [each for found in tried for each in found]


def _train(plan: Sequence[TrainRequest], track: Track) -> None:
    for each in track(plan, "runs", len(plan)):
        train_run(each, track=track)


def _folder(each: TrainRequest) -> Path:
    assert each.out is not None
    return each.out


def _with_rates(request: CompareRequest, row: TrainRequest, seed: int) -> list[TrainRequest]:
    """A row with each of the rates."""
    assert request.rates is not None
    found = []
    for rate in _parts(request.rates, "--lr"):
        if any(pair.partition("=")[0].strip() == "lr" for pair in row.pairs):
            raise ConfigError("lr is given by --lr and by --set; keep one")
        head, _, _ = _folder(row).name.rpartition("-")
        place = _folder(row).with_name(f"{head}-lr={rate}-{seed}")
        found.append(replace(row, pairs=(*row.pairs, f"lr={rate}"), out=place))
    return found


def _at(each: TrainRequest, folder: Path, seed: int) -> TrainRequest:
    head, _, _ = folder.name.rpartition("-")
    return replace(each, seed=seed, out=folder.with_name(f"{head}-{seed}"))


def _tried(row: Sequence[TrainRequest]) -> list[TriedRate]:
    """The rates of a row and their errors, the smallest of which is chosen.

    Raises:
        ConfigError: the runs have no validation split.
    """
    runs = [read_run(_folder(each), [each.method] if each.method else ()) for each in row]
    scores = [read_scores(run) for run in runs]
    error = f"val_{find_method(runs[0].method).JUDGED_BY}"
    if not all(error in each for each in scores):
        raise ConfigError("--lr chooses by the validation split, and val_share is 0")
    errors = [float(each[error]) for each in scores]
    best = errors.index(min(errors))
    return [
        TriedRate(run.folder, run.config.lr, error, place == best)
        for place, (run, error) in enumerate(zip(runs, errors, strict=True))
    ]


def plan_runs(request: CompareRequest) -> list[TrainRequest]:
    """The trainings of a comparison with the rate of the settings; all rows with the first seed come first.

    Raises:
        GtaHeadError: settings that cannot be used, or a run that is asked for twice.
    """
    losses = [None] if request.losses is None else split_losses(request.losses)
    seeds = _seeds(request.seeds or SEEDS)
    several = len(request.recipes) > 1
    plan: dict[Path, TrainRequest] = {}
    for seed in seeds:
        for row in _rows_asked(request):
            for loss in losses if _has_losses(row) else [None]:
                asked = replace(row, loss=loss, seed=seed)
                name, config = choose_settings(asked)
                head = asked.recipe.stem if several and asked.recipe is not None else name
                folder = (request.out or RUNS) / run_name(head, config, loss)  # two recipes may share a method
                if folder in plan:
                    raise ConfigError(f"{folder.name} is asked for twice; name methods, recipes, losses and seeds once")
                plan[folder] = replace(asked, out=folder)
    for asked in plan.values():
        if asked.seed == seeds[0]:
            build_method(*choose_settings(asked))  # Some settings are only refused by the method itself.
    return list(plan.values())


def _rows_asked(request: CompareRequest) -> list[TrainRequest]:
    """What is trained with each of the losses: one method for each recipe, or the methods that are named."""
    methods: Sequence[str | None] = _methods(request) or [None]
    if len(request.recipes) < 2:
        recipe = request.recipes[0] if request.recipes else request.training.recipe
        return [replace(request.training, recipe=recipe, method=method) for method in methods]
    if request.methods is not None:
        raise ConfigError("--methods: each of several recipes names its own method; leave out one of them")
    return [replace(request.training, recipe=recipe) for recipe in request.recipes]


def _has_losses(row: TrainRequest) -> bool:
    """False for a method with only one loss; it is then trained once for each seed, whatever `losses` says."""
    name, _ = choose_settings(replace(row, seed=None))
    kind = find_method(name)
    return len(kind.LOSSES) != 1 and any(each.name == "loss" for each in dataclasses.fields(kind.Config))


def run_name(method: str, config: TrainConfig, loss: str | None) -> str:
    """Name of the folder of a run: that of `default_run_folder`, and the settings of its loss."""
    head, _, seed = default_run_folder(method, config).name.rpartition("-")
    own = {} if loss is None else parse_loss(loss)[1]
    return "-".join([head, *(f"{key}={value}" for key, value in own.items()), seed])


def split_losses(text: str) -> list[str]:
    """Losses, each as `parse_loss` reads it; what has a `=` but no `:` is a setting of the loss before it.

    Raises:
        ConfigError: a setting before any loss, or nothing between two commas.

    >>> split_losses("cornernet,focal:gamma=4,alpha_pos=1,mfl_p1")
    ['cornernet', 'focal:gamma=4,alpha_pos=1', 'mfl_p1']
    """
    found: list[str] = []
    for part in _parts(text, "--losses"):
        if "=" not in part or ":" in part:
            found.append(part)
        elif found and ":" in found[-1]:
            found[-1] += f",{part}"
        else:
            raise ConfigError(f"--losses {text}: {part} follows no LOSS:; settings are given like focal:gamma=4")
    return found


def _parts(text: str, option: str) -> list[str]:
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise ConfigError(f"{option} {text!r}: nothing stands between two commas, or at an end")
    return parts


def _seeds(text: str) -> list[int]:
    parts = _parts(text, "--seeds")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ConfigError(f"--seeds {text!r}: expected whole numbers like {SEEDS}")
    return [int(part) for part in parts]
