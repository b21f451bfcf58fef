"""Findings of all checks: collected, and as they are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gta_head_tools.checks.finding import Finding, Seen, Severity
from gta_head_tools.checks.known_checks import all_checks
from gta_head_tools.dataset import Dataset
from gta_head_tools.report.finding_lists import FindingList
from gta_head_tools.report.github_lines import github_lines
from gta_head_tools.report.sarif import write_sarif

FindingFormat = Literal["table", "github", "sarif"]
MOST = 1000
"""Findings of a check that are kept, the worst ones; all are counted."""


@dataclass(slots=True)
class Findings:
    """Findings by the name of their check; of each check all are counted, and the `MOST` worst are kept.

    Attributes:
        counts: of all findings.
        kept: the worst, in the order in which they were found.
        images: that were looked at, in the order of the data set.
        notes: what is worth telling of the checks.
    """

    counts: Counter[str] = field(default_factory=Counter)
    kept: dict[str, list[Finding]] = field(default_factory=dict)
    images: list[Seen] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    @property
    def heads(self) -> int:
        """Heads in all images."""
        return sum(image.heads for image in self.images)

    def add(self, name: str, found: Iterable[Finding], *, counted: int | None = None) -> None:
        """Take up findings of a check.

        Args:
            name: of the check.
            found: its findings.
            counted: how many they stand for, None = their number.
        """
        kept = self.kept.setdefault(name, [])
        before = len(kept)
        for finding in found:
            kept.append(finding)
            if counted is None:
                self.counts[name] += 1
            if len(kept) >= 2 * MOST:
                kept[:] = worst(kept)
        if counted is not None:
            self.counts[name] += counted
        if not kept and not before:
            del self.kept[name]

    def join(self, other: Findings) -> None:
        """Take up what another part of the data set gave."""
        for name, found in other.kept.items():
            self.add(name, found, counted=other.counts[name])
        self.images += other.images


def worst(findings: Sequence[Finding]) -> list[Finding]:
    """The `MOST` findings with the greatest weight, in their order."""
    ranked = sorted(range(len(findings)), key=lambda place: -findings[place].weight)[:MOST]
    return [findings[place] for place in sorted(ranked)]


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What was found.

    Attributes:
        format: of the data set.
        dataset: that was checked.
        images: looked at.
        heads: in them.
        counts: findings by name of the check, those with the worst severity first.
        findings: the worst of each check (at most `MOST`), by name of the check.
    """

    format: str
    dataset: Dataset
    images: int
    heads: int
    counts: Mapping[str, int]
    findings: Mapping[str, tuple[Finding, ...]]

    def number(self, severity: Severity) -> int:
        """How many findings have that severity."""
        known = all_checks()
        return sum(count for name, count in self.counts.items() if known[name].severity == severity)

    @property
    def last_line(self) -> str:
        """What was looked at, and how many findings there are, in words."""
        return f"{_told(self.images, 'image')}, {_told(self.heads, 'head')}: {self.summary}"

    @property
    def summary(self) -> str:
        """How many findings there are, in words."""
        words: dict[str, Severity] = {"error": "error", "warning": "warning", "remark": "info"}
        return ", ".join(_told(self.number(severity), word) for word, severity in words.items())

    def told(self) -> dict[str, Any]:
        """What was found, for other programs."""
        return {
            "findings": [*self._rows()],
            **{f"{severity}s": self.number(severity) for severity in ("error", "warning")},
            "counts": self.counts,
            "images": self.images,
            "heads": self.heads,
        }

    def _rows(self) -> Iterator[dict[str, str]]:
        known = all_checks()
        for name, found in self.findings.items():
            for finding in found:
                told = {key: getattr(finding, key) for key in ("file", "record", "value", "message")}
                yield {"check": name, "severity": known[name].severity, **told, "fix": known[name].fix}

    def listed(self) -> FindingList:
        """The findings as lists tell them."""
        return FindingList(all_checks(), self.counts, self.findings, self.dataset.root, self.dataset.source)


def _told(number: int, word: str) -> str:
    """A number with its noun.

    >>> _told(1, "warning"), _told(2_000, "warning")
    ('1 warning', '2,000 warnings')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def written_findings(report: ValidationReport, form: Literal["github", "sarif"]) -> str:
    """The findings as text for a service that runs checks."""
    listed = report.listed()
    if form == "sarif":
        return write_sarif(listed)
    return "".join(f"{line}\n" for line in (*github_lines(listed), report.last_line))
