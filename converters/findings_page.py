"""The page that `ghtools validate --report` writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from converters.data_page import build_data_page, plot_sections
from converters.findings import ValidationReport
from converters.stats import count_heads
from converters.thumbnails import draw_worst
from converters.validate import ValidateOptions
from gta_head_tools.checks.known_checks import all_checks, chosen_checks
from gta_head_tools.files import own_name
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.report import findings as sections
from gta_head_tools.report.markup import bullets
from gta_head_tools.report.page import Section
from gta_head_tools.whole_files import write_text

_MOST_NOTES, _LONGEST = 50, 1000
"""Notes on the page, and characters of one."""


def write_page(
    report: ValidationReport,
    file: Path,
    options: ValidateOptions,
    *,
    source: Path,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> None:
    """Write what was found in a data set, and plots of its numbers; pictures that cannot be shown are told of there.

    Args:
        report: of the checks.
        file: to write.
        options: of the checks.
        source: what was checked.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: progress.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    known, ran = all_checks(), chosen_checks(options.only, options.skip)
    listed = {name: sorted(found, key=lambda one: -one.weight) for name, found in report.findings.items()}
    drawn = draw_worst(report.dataset, listed, jobs=jobs, cluster=cluster, track=track)
    found = [
        sections.CheckFindings(name, known[name], report.counts[name], listed[name], drawn[name]) for name in listed
    ]
    made = [
        sections.numbers_section(report.images, report.heads, found),
        sections.checks_section(found, [name for name in known if name in ran and name not in listed]),
        _notes_section(report.dataset.notes),
        sections.worst_section(found),
        sections.findings_section(found),
    ]
    if report.images:
        tallies = count_heads(report.dataset, places=True, jobs=jobs, cluster=cluster, track=track)
        made += plot_sections(*tallies)
    lead = f"A data set in the format {report.format}, looked at by {len(ran)} check{'s' * (len(ran) != 1)}."
    write_text(file, build_data_page(f"Checks of {own_name(source)}", lead, made, verb="validate"))


def _notes_section(notes: Sequence[str]) -> Section | None:
    """What reading the data set found worth telling."""
    told = [note if len(note) <= _LONGEST else f"{note[:_LONGEST]}…" for note in dict.fromkeys(notes)]
    more = [f"{len(told) - _MOST_NOTES:,} more notes"] if len(told) > _MOST_NOTES else []
    return Section("Notes on how it was read", bullets([*told[:_MOST_NOTES], *more])) if told else None
