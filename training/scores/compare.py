"""Runs side by side: mean and spread over seeds, and the difference of each row to the first row, seed by seed.

A row is a method with its settings; its runs differ only by their seed. The order of samples and the first weights
depend on the seed, not on the loss, so that two rows are best compared by the differences between runs of equal seed.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.errors import ConfigError
from training.runs.run_folder import Run, free_settings, read_run
from training.scores.by_size import BySize
from training.train_run import read_scores

SCORES = ("mae", "rmse", "nae", "f1", "ssim", "background_ratio", "size_error", "size_coverage", "threshold")
"""What is compared."""
BETTER = {"mae": -1, "rmse": -1, "f1": 1, "ssim": 1, "size_error": -1}
"""Sign of a difference that is an improvement."""
_COLUMNS = (
    *("mae", "rmse", "nae", "f1", "precision", "recall", "ap50", "ssim", "psnr", "background_ratio"),
    *("size_error", "size_p95", "size_coverage", "threshold", "crowding_bound", "parameters"),
)


@dataclass(frozen=True, slots=True)
class Spread:
    """One score over seeds.

    Attributes:
        mean: over `values`.
        spread: sample standard deviation of `values`; None = there is only one.
        values: by seed.
    """

    mean: float
    spread: float | None
    values: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """A score minus that of the first row, over the seeds that both have.

    Attributes:
        difference: by seed, with mean and spread.
        better: number of seeds in which it is an improvement.
        interval: 95 % interval of the mean over the seeds, by drawing the test scenes anew; None = unknown.
    """

    difference: Spread
    better: int
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished run.

    Attributes:
        run: the run and its folder.
        scores: as in `scores.json`.
    """

    run: Run
    scores: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A method with its settings.

    Attributes:
        name: for people, made of what differs from the other rows.
        method: its name.
        loss: None = the method has only one.
        settings: that differ from those of other rows of the same method.
        runs: by seed, in order.
    """

    name: str
    method: str
    loss: str | None
    settings: Mapping[str, Any]
    runs: Mapping[int, Trained]

    @property
    def words(self) -> str:
        """The settings, for people."""
        return " ".join(_words(self.settings))

    @property
    def crowding_bound(self) -> float | None:
        """Mean number of heads of a picture that no training can find; None = unknown."""
        found: float | None = next(iter(self.runs.values())).scores["crowding_bound"]
        return found

    @property
    def parameters(self) -> int | None:
        """Of the network; None = unknown."""
        found: int | None = next(iter(self.runs.values())).scores.get("parameters")
        return found

    @property
    def by_size(self) -> BySize:
        """The scores by size, the mean over the seeds."""
        return BySize.of([each.scores for each in self.runs.values()])

    def spread(self, score: str) -> Spread | None:
        """A score over the seeds; None where the method does not have this score."""
        return _spread({seed: each.scores.get(score) for seed, each in self.runs.items()})

    def difference(self, first: Row, score: str) -> Difference | None:
        """A score minus that of the first row; None where the two rows share no seed with this score."""
        known: list[dict[int, Any]] = [
            {seed: each.scores.get(score) for seed, each in row.runs.items()} for row in (self, first)
        ]
        mine, its = known
        both = [seed for seed in mine if mine[seed] is not None and its.get(seed) is not None]
        found = _spread({seed: mine[seed] - its[seed] for seed in both})
        if found is None:
            return None
        better = sum(value * BETTER[score] > 0 for value in found.values.values())
        return Difference(found, better, self._interval(first, both) if score == "mae" else None)

    def _interval(self, first: Row, seeds: Sequence[int]) -> tuple[float, float] | None:
        """The interval of the difference of MAE to another row over the scenes that both were scored on."""
        known = [[row.runs[seed].scores.get("scenes", {}) for row in (self, first)] for seed in seeds]
        scenes: Mapping[str, Any] = known[0][0]
        rows = [each for pair in known for found in pair for each in found.values()]
        if len(scenes) < 2 or not all(isinstance(each, Mapping) for each in rows):  # Earlier versions knew no images.
            return None
        images = np.array([each["images"] for each in scenes.values()], dtype=np.float64)
        differences = [[mine[name]["mae"] - its[name]["mae"] for name in scenes] for mine, its in known]
        return paired_interval(np.mean(differences, axis=0), images)


def paired_interval(differences: NDArray[np.float64], images: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % interval of a mean over images, by drawing scenes anew 10,000 times (percentile bootstrap).

    Images of a scene are alike, so that scenes are drawn and not images.

    Args:
        differences: (S,) of each scene.
        images: (S,) how many each scene has.
    """
    drawn = np.random.default_rng(0).integers(0, len(images), (10_000, len(images)))
    means = (differences * images)[drawn].sum(axis=1) / images[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5]).tolist()
    return low, high


def _spread(values: Mapping[int, float | None]) -> Spread | None:
    known = {seed: value for seed, value in values.items() if value is not None}
    if not known:
        return None
    numbers = list(known.values())
    return Spread(statistics.fmean(numbers), statistics.stdev(numbers) if len(numbers) > 1 else None, known)


def read_trained(folders: Iterable[Path], methods: Sequence[str] = ()) -> list[Trained]:
    """Finished runs, all of them scored on the same heads.

    Args:
        folders: of the runs.
        methods: that the user names, see `trusted_name`.

    Raises:
        DataFormatError: a folder holds no run.
        ConfigError: one is not finished, has no scores, or was scored on other heads than the first.
    """
    found = [_read(folder, methods) for folder in folders]
    for each in found[1:]:
        if each.scores["test_sha256"] != found[0].scores["test_sha256"]:
            here, there = _scored_on(each), _scored_on(found[0])
            raise ConfigError(f"{here}, but {there}; scores of other pictures or heads cannot be compared")
    return found


def _read(folder: Path, methods: Sequence[str]) -> Trained:
    run = read_run(folder, methods)
    if not run.finished:
        raise ConfigError(f"{folder}: is not finished; go on with the command that began it (ghtools baseline train)")
    scores = read_scores(run)
    if "test_sha256" not in scores:
        raise ConfigError(f"{folder}: was scored on no pictures (test_share=0), so there is nothing to compare")
    return Trained(run, scores)


def _scored_on(each: Trained) -> str:
    scores, run = each.scores, each.run
    return f"{run.folder} was scored on {scores['images']:,} pictures ({scores['heads']:,} heads) of {run.source}"


def make_rows(trained: Sequence[Trained]) -> list[Row]:
    """The rows of the table, in the order of their first runs.

    Raises:
        ConfigError: two runs of one row have the same seed.
    """
    groups: dict[str, dict[int, Trained]] = {}
    for each in trained:
        runs = groups.setdefault(repr((each.run.method, _settings(each.run))), {})
        seed = each.run.config.seed
        if seed in runs:
            folders = f"{runs[seed].run.folder} and {each.run.folder}"
            raise ConfigError(f"{folders}: runs of the same method, settings and seed; name one of them")
        runs[seed] = each
    firsts = [next(iter(runs.values())).run for runs in groups.values()]
    several = len({run.method for run in firsts}) > 1
    return [_row(run, firsts, runs, several=several) for run, runs in zip(firsts, groups.values(), strict=True)]


def _row(run: Run, firsts: Sequence[Run], runs: Mapping[int, Trained], *, several: bool) -> Row:
    method, loss = run.method.rpartition(":")[2], getattr(run.config, "loss", None)
    own = _settings(run)
    others = [_settings(each) for each in firsts if each.method == run.method]
    # What was fitted to the data follows from the other settings, and does not name a row.
    passed = {"loss", *(each.name for each in fields(run.config) if each.metadata.get("fitted"))}
    apart = {
        key: own[key]
        for key in own
        if key not in passed and any(other.get(key, own[key]) != own[key] for other in others)
    }
    settings = {key: value for key, value in apart.items() if value is not None}
    words = [method] if several or loss is None else []
    words += [*([loss] if loss is not None else []), *_words(settings)]
    return Row(" ".join(words), method, loss, settings, dict(sorted(runs.items())))


def _words(settings: Mapping[str, Any]) -> list[str]:
    return [f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in settings.items()]


def _settings(run: Run) -> dict[str, Any]:
    """All settings that can change the result, except the seed."""
    idle = {*free_settings(run.config), *run.config.without_effect(), "seed"}
    return {key: value for key, value in asdict(run.config).items() if key not in idle}


def as_csv(rows: Iterable[Row]) -> str:
    """The comparison as CSV, one line a run."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "method", "loss", "settings", "seed", "run", "images", "heads", *_COLUMNS))
    for row in rows:
        for seed, each in row.runs.items():
            scores = [each.scores.get(key) for key in ("images", "heads", *_COLUMNS)]
            writer.writerow((row.name, row.method, row.loss, row.words, seed, each.run.folder, *scores))
    return text.getvalue()


def as_told(rows: Sequence[Row]) -> dict[str, Any]:
    """The comparison under the names that programs know."""
    scores = next(iter(rows[0].runs.values())).scores
    return {"images": scores["images"], "heads": scores["heads"], "rows": [_told(row, rows[0]) for row in rows]}


def _told(row: Row, first: Row) -> dict[str, Any]:
    told: dict[str, Any] = {"name": row.name, "method": row.method, "loss": row.loss, "settings": row.settings}
    told |= {"seeds": list(row.runs), "runs": [each.run.folder for each in row.runs.values()]}
    told |= {score: None if (found := row.spread(score)) is None else asdict(found) for score in SCORES}
    sizes = row.by_size
    told |= {"crowding_bound": row.crowding_bound, "recall_by_size": sizes.recall, "size_bias": sizes.halves()}
    told |= {"bias_by_scene": sizes.scenes, "parameters": row.parameters}
    against = {score: None if row is first else row.difference(first, score) for score in BETTER}
    each = {score: None if found is None else _flat(found) for score, found in against.items()}
    return told | {"differences": None if row is first else each}


def _flat(found: Difference) -> dict[str, Any]:
    return asdict(found.difference) | {"better": found.better, "interval": found.interval}
