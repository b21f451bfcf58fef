"""What is in a data set: its numbers in the form of the papers' tables, for the whole, each split or each scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args

from converters.datasets.read import read_dataset
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene, narrow
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import own_name
from gta_head_tools.head_places import Places, update_places
from gta_head_tools.parallel import run
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.report.statistics_table import DATA_COLUMNS, as_told, cell, known_columns, plain_cell
from gta_head_tools.report.text_tables import WRITERS
from gta_head_tools.statistics import DEFINITIONS, Statistics, Tally, finish_statistics, update_statistics

By = Literal["all", "split", "scene"]
TextFormat = Literal["table", "md", "latex", "csv"]
GROUPS: Mapping[By, Callable[[ImageInfo], str]] = {
    "all": lambda _: "all",
    "split": lambda info: info.split or "-",
    "scene": lambda info: info.scene or "-",
}
"""The group of an image; "-" = it has none."""
TITLES: Mapping[By, str] = {"all": "data set", "split": "split", "scene": "scene"}
_SPLITS = ("train", "val", "test")
_TOGETHER = 256
"""Images that a worker gets at least, where there are as many, and whose numbers are counted at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsOptions:
    """What is counted.

    Attributes:
        by: what a row is.
        from_format: format of the source, None = detected.
        read_options: `key=value` options of the source's format.
        places: also keep what the plots of `data_page` are drawn from.
    """

    by: By = "all"
    from_format: str | None = None
    read_options: Sequence[str] = ()
    places: bool = False


@dataclass(frozen=True, slots=True)
class StatsReport:
    """What was counted.

    Attributes:
        format: of the data set.
        dataset: that was counted.
        by: what a row is.
        total: of all images.
        groups: by name, splits as train, val, test and the others; the data set alone where `by` is all.
        name: of the data set.
        tallies: of the images, where places were asked for.
        places: of the heads of each tally.
    """

    format: str
    dataset: Dataset
    by: By
    total: Statistics
    groups: Mapping[str, Statistics]
    name: str
    tallies: Sequence[Tally] = ()
    places: Sequence[Places] = ()

    def grouped(self, by: By) -> Mapping[str, Statistics]:
        """The groups of another kind, from the tallies."""
        return self.groups if by == self.by else _grouped(self.tallies, by)

    @property
    def rows(self) -> dict[str, Statistics]:
        """The groups, and all images below them where there are several groups."""
        rows = dict(self.groups)
        if len(rows) > 1:
            rows["all" if "all" not in rows else "all images"] = self.total
        return rows

    def told(self) -> dict[str, Any]:
        """The numbers for other programs."""
        groups = {name: as_told(found) for name, found in self.groups.items()}
        return {
            "format": self.format,
            "by": self.by,
            **as_told(self.total),
            "groups": {} if self.by == "all" else groups,
            "definitions": DEFINITIONS,
        }


def stats(
    source: Path,
    options: StatsOptions,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> StatsReport:
    """The numbers of a data set.

    Args:
        source: a folder or one label file.
        options: what is counted.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: sees parts of the data set go by.

    Raises:
        GtaHeadError: no such data set, format or option, no images, or a file that cannot be read.
    """
    read_as, dataset = read_dataset(source, format_name=options.from_format, options=options.read_options)
    tallies, places = count_heads(dataset, places=options.places, jobs=jobs, cluster=cluster, track=track)
    whole = finish_statistics(tallies)
    if not whole:
        raise DatasetLayoutError(source, "holds no images: there is nothing to count")
    total, name = whole["all"], own_name(source)
    groups = {name: total} if options.by == "all" else _grouped(tallies, options.by)
    report = StatsReport(read_as, dataset, options.by, total, groups, name)
    return replace(report, tallies=tallies, places=places) if options.places else report


def count_heads(
    dataset: Dataset,
    *,
    places: bool,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> tuple[list[Tally], list[Places]]:
    """What is counted of each part of a data set, and, if `places` are asked for, where the heads of that part are.

    The other arguments are those of `stats`.

    Raises:
        GtaHeadError: a file that cannot be read.
    """
    parts = _Parts(dataset, list(_parts(dataset.scenes)))
    found = run(_placed if places else _tallies, parts, jobs=jobs, cluster=cluster)
    pairs = [pair for part in track(found, "counting heads", len(parts)) for pair in part]
    return [tally for tally, _ in pairs], [place for _, place in pairs if place is not None]


def _grouped(tallies: Sequence[Tally], by: By) -> dict[str, Statistics]:
    groups = finish_statistics(tallies, GROUPS[by])
    order = [name for name in _SPLITS if by == "split" and name in groups]
    return {name: groups[name] for name in dict.fromkeys([*order, *groups])}


def written_table(report: StatsReport, form: Literal["md", "latex", "csv"]) -> str:
    """The table as text; columns that no row knows are left out, but not of CSV, which also has no row of all images.

    Args:
        report: what was counted.
        form: of the text.
    """
    assert form in get_args(TextFormat)
    title = TITLES[report.by]
    if form == "csv":
        data = [(name, *(plain_cell(each, found) for each in DATA_COLUMNS)) for name, found in report.groups.items()]
        return WRITERS[form]((title.replace(" ", "_"), *(each.key for each in DATA_COLUMNS)), data)
    columns = known_columns([*report.rows.values()])
    rows = [(name, *(cell(each, found) for each in columns)) for name, found in report.rows.items()]
    return WRITERS[form]((title, *(each.title for each in columns)), rows)


@dataclass(frozen=True, slots=True)
class _Parts(Sequence[Dataset]):
    """Parts of a data set, each of them cut out when its turn comes: a loader in memory copies the heads of a part."""

    whole: Dataset
    scenes: Sequence[tuple[Scene, ...]]

    def __len__(self) -> int:
        return len(self.scenes)

    def __getitem__(self, place: Any) -> Any:
        part = self.scenes[place]
        return replace(self.whole, scenes=part, load=narrow(self.whole.load, part))


def _parts(scenes: Sequence[Scene]) -> Iterator[tuple[Scene, ...]]:
    """Scenes in their order, some together where they are small: each part of its own takes a worker's time."""
    part: list[Scene] = []
    held = 0
    for scene in scenes:
        part.append(scene)
        held += len(scene.images)
        if held >= _TOGETHER:
            yield tuple(part)
            part, held = [], 0
    if part:
        yield tuple(part)


def _tallies(part: Dataset) -> list[tuple[Tally, Places | None]]:
    return [(update_statistics(together), None) for together in _some_together(part)]


def _placed(part: Dataset) -> list[tuple[Tally, Places | None]]:
    return [(update_statistics(together), update_places(together)) for together in _some_together(part)]


def _some_together(part: Dataset) -> Iterator[list[ImageAnnotations]]:
    images = iter(part)
    while together := list(islice(images, _TOGETHER)):
        yield together
