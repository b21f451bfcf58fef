"""What is wrong with a data set: all checks over all images, scene by scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from converters.datasets.empty_images import HeadCounter
from converters.datasets.read import find_dataset, read_dataset
from converters.datasets.readable import read_readable
from converters.findings import Findings, ValidationReport, worst
from converters.run_checks import add_unread, check_dataset
from gta_head_tools.checks.finding import SEVERITIES, Unread
from gta_head_tools.checks.known_checks import READING_CHECKS, all_checks, chosen_checks
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.progress import Track, no_progress


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateOptions:
    """What is checked.

    Attributes:
        from_format: format of the source, None = detected.
        read_options: `key=value` options of the source's format.
        only: names of the checks that run; empty = all.
        skip: names of the checks that do not.
        count: counts heads in a picture, for `empty-but-crowded`; None = that check finds nothing.
    """

    from_format: str | None = None
    read_options: Sequence[str] = ()
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    count: HeadCounter | None = None


def validate(
    source: Path,
    options: ValidateOptions,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> ValidationReport:
    """All findings in a data set.

    Args:
        source: a folder or one label file.
        options: what is checked.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: sees every scene go by.

    Raises:
        GtaHeadError: no such data set, format, option or check; no images, and nothing that says why; without the
            checks of reading, a file that cannot be read.
    """
    names = chosen_checks(options.only, options.skip)
    found = find_dataset(source, options.from_format)
    total = Findings()
    if names.isdisjoint(READING_CHECKS):
        dataset = read_dataset(source, format_name=found.format, options=options.read_options)[1]
    else:
        dataset, errors = read_readable(found, options.read_options)
        add_unread(total, Unread(dataset.root, errors), names)
    if dataset.scenes or not total.counts:
        checked = check_dataset(
            dataset, names, found.format, count=options.count, jobs=jobs, cluster=cluster, track=track
        )
        total.join(checked)
        dataset = replace(dataset, notes=(*dataset.notes, *checked.notes))
    if not total.images and not total.counts:
        raise DatasetLayoutError(source, "holds no images: there is nothing to check")
    known = all_checks()
    order = sorted(total.kept, key=lambda name: (SEVERITIES.index(known[name].severity), -total.counts[name], name))
    kept = {name: tuple(worst(total.kept[name])) for name in order}
    return ValidationReport(
        found.format, dataset, len(total.images), total.heads, {name: total.counts[name] for name in order}, kept
    )
