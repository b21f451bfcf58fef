"""A data set with defects mended, written to a new place, and a list of everything that was changed."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from converters.convert import ConversionReport, ConvertOptions, carry_out, plan_conversion
from converters.datasets import guards
from converters.datasets.held_heads import held_once_read
from converters.datasets.read import find_dataset, read_dataset
from converters.datasets.write import find_target, find_writer
from converters.validate import ValidateOptions
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.checks.fixes import FIXES, Change, chosen_fixes, mend
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError
from gta_head_tools.locks import locked
from gta_head_tools.parallel import run
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.whole_files import write_text

CHANGES = "ghtools-fixes"
"""Name of the list of changes, without its suffix."""


@dataclass(frozen=True, slots=True)
class FixReport:
    """What was mended.

    Attributes:
        fixed: number of heads changed or left out by each of the fixes that were asked for.
        written: the new data set.
        changes: file that lists every change.
    """

    fixed: Mapping[str, int]
    written: ConversionReport
    changes: Path

    def checked(self, options: ValidateOptions) -> ValidateOptions:
        """How the new data set is checked again."""
        return replace(options, from_format=self.written.format, read_options=())


def named(fixes: str | None, out: Path | None) -> tuple[str, ...]:
    """The fixes of a list that is joined by commas, in the order in which they are applied.

    Raises:
        ConfigError: there is none, but a place to write to.
        UnknownNameError: no fix has that name.
    """
    names = chosen_fixes(name.strip() for name in fixes.split(",")) if fixes else ()
    if out is not None and not names:
        raise ConfigError(f"--out {out}: only --fix writes a data set; say what to mend, e.g. --fix {','.join(FIXES)}")
    return names


def fix(
    source: Path,
    fixes: Sequence[str],
    options: ConvertOptions,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> FixReport:
    """Write a data set again with some defects mended; nothing else is changed, and the source stays as it is.

    Args:
        source: a folder or one label file.
        fixes: names of what to mend, see `FIXES`.
        options: where to and how; `to` may be empty, which keeps the format of the source.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: progress.

    Raises:
        GtaHeadError: bad input, no such fix, a taken target, or a format that cannot be written or cannot hold the
            heads; nothing is written then.
    """
    names = chosen_fixes(fixes)
    read_as = find_dataset(source, options.from_format).format
    options = replace(options, to=find_target(options.to, read_as), from_format=read_as)
    if options.out is None:
        raise ConfigError("--fix writes a new data set and leaves the source as it is; name its place with --out DIR")
    out, suffix = options.out, find_writer(options.to).suffix
    guards.check_target_free(source, out, force=options.force)
    alone = suffix is not None and out.suffix == suffix
    listed = out.with_name(f"{CHANGES}-{out.stem}.csv") if alone else out / f"{CHANGES}.csv"
    guards.check_new_files(listed, force=options.force, kept=[source])
    _, dataset = read_dataset(source, format_name=read_as, options=options.read_options, anchors=options.anchors)
    dataset = held_once_read(dataset)
    mended = dataset.map(Mend(names))
    with locked(out):
        plan = plan_conversion(mended, read_as, options, source=source, track=track)
        parts = [_Part(dataset.alone(scene), names) for scene in dataset.scenes]
        found = track(run(_changes_of, parts, jobs=jobs, cluster=cluster), "looking for what to mend", len(parts))
        changes = [change for part in found for change in part]
        new = not out.exists()
        try:
            written = carry_out(plan, jobs=jobs, cluster=cluster, track=track)
        finally:  # A run that is stopped leaves finished scenes there, which must not be without their list.
            if new and out.exists():
                write_text(listed, _table(changes))
        if not new:
            write_text(listed, _table(changes))
    counts = Counter(change.what for change in changes)
    return FixReport({name: counts[name] for name in names}, written, listed)


@dataclass(frozen=True, slots=True)
class Mend:
    """Mends the heads of an image; can be sent to workers.

    Attributes:
        fixes: names of what to mend.
    """

    fixes: tuple[str, ...]

    def __call__(self, image: ImageAnnotations) -> ImageAnnotations:
        """The mended image."""
        return mend(image, self.fixes)[0]


@dataclass(frozen=True, slots=True)
class _Part:
    """One scene to look at; a worker is sent that scene alone."""

    dataset: Dataset
    fixes: tuple[str, ...]


def _changes_of(part: _Part) -> list[Change]:
    return [change for image in part.dataset for change in mend(image, part.fixes)[1]]


def _table(changes: Sequence[Change]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(Change))
    writer.writerows(map(astuple, changes))
    return text.getvalue()
