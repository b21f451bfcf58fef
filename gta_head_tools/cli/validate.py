"""`ghtools validate`: what is wrong with a data set, and how it is mended."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from converters.datasets.empty_images import HeadCounter
    from converters.findings import FindingFormat, ValidationReport
    from converters.fix import FixReport
    from gta_head_tools.pictures import Picture

FailOn = Annotated[
    Literal["error", "warning"], typer.Option("--fail-on", help="The least severity that ends with exit code 1.")
]
OnlyChecks = Annotated[
    list[str] | None, typer.Option("--only", metavar="CHECK", help="Run this check alone; may be given several times.")
]
SkipChecks = Annotated[
    list[str] | None,
    typer.Option(
        "--skip", metavar="CHECK", help="Leave this check out, or all `pictures`; may be given several times."
    ),
]
Listing = Annotated[
    Literal["table", "github", "sarif"],
    typer.Option("--format", help="A table to read, commands of GitHub Actions (annotations), or a SARIF 2.1.0 log."),
]
Fixes = Annotated[
    str | None,
    typer.Option(
        "--fix",
        metavar="KINDS",
        help="Mend and write to --out: clip (cut boxes at the border), drop (leave out heads without area or outside), "
        "dedupe (exact copies), swap (corners in order), joined by commas.",
    ),
]
FixedOut = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="New data set that --fix writes: a folder, or one file.")
]
FixedTo = Annotated[
    str | None,
    typer.Option("--to", metavar="FORMAT", show_default="that of SRC", help="Format that --fix writes."),
]
Page = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE.html", help="Write a page with all findings, the worst with pictures."),
]


def validate(
    source: options.Source = Path(),
    *,
    fail_on: FailOn = "error",
    only: OnlyChecks = None,
    skip: SkipChecks = None,
    form: Listing = "table",
    fixes: Fixes = None,
    out: FixedOut = None,
    to: FixedTo = None,
    page: Page = None,
    images: options.Images = "link",
    allow_lossy: options.AllowLossy = False,
    force: options.Force = False,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    write_options: options.WriteOptions = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Check a data set: every finding names file, record, value, and how it is mended.

    With --fix, a mended copy is written to --out, every change is listed, and the copy is checked.

    Example: ghtools validate boxes --fail-on warning
    """
    from converters import findings_page, fix, validate
    from converters.convert import ConvertOptions
    from converters.datasets.guards import check_new_page

    check_new_page(page, force=force, kept=[path for path in (source, out) if path is not None])
    named, reading = options.source_format(source, from_format), read_options or ()
    chosen = validate.ValidateOptions(
        from_format=named, read_options=reading, only=only or (), skip=skip or (), count=_counter()
    )
    target = ConvertOptions(
        to=to or "",
        out=out,
        from_format=named,
        read_options=reading,
        write_options=write_options or (),
        images=images,
        allow_lossy=allow_lossy,
        force=force,
    )
    names = fix.named(fixes, out)
    with output.bars() as track:
        fixed = fix.fix(source, names, target, jobs=jobs, cluster=cluster, track=track) if names else None
        place, asked = (fixed.written.out, fixed.checked(chosen)) if fixed else (source, chosen)
        report = validate.validate(place, asked, jobs=jobs, cluster=cluster, track=track)
        if page is not None:
            findings_page.write_page(report, page, asked, source=place, jobs=jobs, cluster=cluster, track=track)
    output.say_notes(report.dataset)
    show(report, fixed, form, as_json=as_json)
    output.check_all_used(fixed.written.unused if fixed else (), fixed.written.of if fixed else 0)
    if report.number("error") or (fail_on == "warning" and report.number("warning")):
        raise typer.Exit(1)


def _counter() -> HeadCounter | None:
    """Counts heads with the model that ships, which is loaded for the first picture; None where torch is not there."""
    from importlib.util import find_spec

    from gta_head_tools.cli.installation import EXTRAS

    if any(find_spec(package) is None for package in EXTRAS["train"]):
        return None

    def count(picture: Picture) -> int:
        from training.crowded import count_heads

        return count_heads(picture)

    return count


def show(report: ValidationReport, fixed: FixReport | None, form: FindingFormat, *, as_json: bool) -> None:
    """Print what was mended, and what was found."""
    from converters.findings import written_findings

    if as_json:
        output.show_json(report.told() | ({"fixed": fixed.fixed, "out": fixed.written.out} if fixed else {}))
        return
    if fixed:
        _tell_fixed(fixed, output.tell if form == "table" else output.say)
    if form == "table":
        _show_table(report)
        return
    sys.stdout.write(written_findings(report, form))
    sys.stdout.flush()


def _show_table(report: ValidationReport) -> None:
    """Print how much each check found, and below that the worst finding, what it means, and how it is mended."""
    from converters.findings import MOST
    from gta_head_tools.report.finding_lists import told

    checks = report.listed().checks
    rows = [(name, checks[name].severity, f"{count:,}") for name, count in report.counts.items()]
    if rows:
        output.table(("check", "severity", "findings"), rows)
    for name, found in report.findings.items():
        worst = max(found, key=lambda finding: finding.weight)
        output.tell(f"{name}{', the worst' if len(found) > 1 else ''}:")
        output.tell_indented(told(worst, file=True))
        output.tell_indented(f"{checks[name].means} {checks[name].fix}")
    if sum(report.counts.values()) > len(rows):
        shortened = any(len(found) < report.counts[name] for name, found in report.findings.items())
        which = f"of each check the {MOST:,} worst findings" if shortened else "all findings"
        output.tell(f"--json lists {which}")
    output.tell(report.last_line)


def _tell_fixed(fixed: FixReport, tell: Callable[[str], None]) -> None:
    """Print how many heads were mended by each fix, and where every change is listed."""
    for note in fixed.written.notes:
        output.say(note)
    counts = ", ".join(f"{name} {count:,}" for name, count in fixed.fixed.items())
    tell(f"{fixed.written.out}: mended {counts}; every change: {fixed.changes}")
    output.tell_dropped(fixed.written.dropped, tell)
    tell(f"what is left in {fixed.written.out}:")
