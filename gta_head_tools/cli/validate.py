"""`ghtools validate`: what is wrong with a data set, and how it is mended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from converters.validate import ValidationReport

FailOn = Annotated[
    Literal["error", "warning"], typer.Option("--fail-on", help="The least severity that ends with exit code 1.")
]
OnlyChecks = Annotated[
    list[str] | None, typer.Option("--only", metavar="CHECK", help="Run this check alone; may be given several times.")
]
SkipChecks = Annotated[
    list[str] | None, typer.Option("--skip", metavar="CHECK", help="Leave this check out; may be given several times.")
]


def validate(
    source: options.Source = Path(),
    *,
    fail_on: FailOn = "error",
    only: OnlyChecks = None,
    skip: SkipChecks = None,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Check a data set: every finding names file, record, value, and how it is mended.

    Example: ghtools validate boxes --fail-on warning
    """
    from converters.validate import ValidateOptions
    from converters.validate import validate as check

    chosen = ValidateOptions(
        from_format=options.source_format(source, from_format),
        read_options=read_options or (),
        only=only or (),
        skip=skip or (),
    )
    with output.bars() as track:
        report = check(source, chosen, jobs=jobs, cluster=cluster, track=track)
    output.say_notes(report.dataset)
    show(report, as_json=as_json)
    if report.number("error") or (fail_on == "warning" and report.number("warning")):
        raise typer.Exit(1)


def show(report: ValidationReport, *, as_json: bool) -> None:
    """Print what was found: a row for each check, with its worst finding."""
    from gta_head_tools.checks.known_checks import all_checks

    counts = {f"{severity}s": report.number(severity) for severity in ("error", "warning")}
    if as_json:
        output.show_json({"findings": [*report.rows()], **counts, "images": report.images, "heads": report.heads})
        return
    known = all_checks()
    rows = []
    for name, found in report.findings.items():
        worst = max(found, key=lambda finding: finding.weight)
        where = ": ".join(filter(None, (worst.file, worst.record, worst.message, worst.value)))
        rows.append((name, known[name].severity, f"{report.counts[name]:,}", where))
    if rows:
        output.table(("check", "severity", "findings", "the worst"), rows)
    for name in report.findings:
        output.tell(f"{name}: {known[name].means} {known[name].fix}")
    told = ", ".join(f"{number:,} {what}" for what, number in counts.items())
    output.tell(f"{report.images:,} images, {report.heads:,} heads: {told}, {report.number('info'):,} remarks")
