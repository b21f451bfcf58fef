"""What lists of findings for other programs share: the order of findings, and where their files lie."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gta_head_tools.checks.finding import SEVERITIES, Check, Finding
from gta_head_tools.files import own_name

AnyCheck = Check[Any]


@dataclass(frozen=True, slots=True)
class FindingList:
    """Findings of a data set.

    Attributes:
        checks: by name.
        counts: of all findings, by name of the check.
        findings: the worst of each check, by name of the check.
        root: folder that the paths of the findings are relative to.
        source: the file or folder that was checked.
        here: folder that paths are told relative to.
    """

    checks: Mapping[str, AnyCheck]
    counts: Mapping[str, int]
    findings: Mapping[str, Sequence[Finding]]
    root: Path
    source: Path
    here: Path = field(default_factory=Path.cwd)

    def ranked(self) -> Iterator[tuple[str, Finding]]:
        """Findings with the names of their checks: all errors first, then warnings, then remarks.

        Of each severity the worst finding of each check comes first, because a page may show the first ones alone.
        """
        for severity in SEVERITIES:
            names = [name for name in self.findings if self.checks[name].severity == severity]
            sorted_findings = {name: sorted(self.findings[name], key=lambda found: -found.weight) for name in names}
            yield from ((name, found) for name in names for found in sorted_findings[name][:1])
            yield from ((name, found) for name in names for found in sorted_findings[name][1:])

    def has_file(self, finding: Finding) -> bool:
        """False where a finding is one of the whole, or where one label file was checked and the picture is not there.

        Such findings are told of what was checked.
        """
        if not finding.file:
            return False
        if os.path.exists(self.root / finding.file):  # noqa: PTH110  # `Path.exists` fails on names of any length
            return True
        return not self.source.is_file() and finding.file != own_name(self.source)

    def path(self, finding: Finding) -> Path:
        """The file of a finding, else `source`: relative to `here` where it lies below it, else absolute."""
        file = self.root / finding.file if self.has_file(finding) else self.source
        whole = Path(os.path.abspath(file))  # noqa: PTH100  # `resolve` would leave the folder through a link
        return whole.relative_to(self.here) if whole.is_relative_to(self.here) else whole

    def shortened(self) -> Iterator[str]:
        """A sentence for each check of which not all findings are listed."""
        for name, found in self.findings.items():
            if len(found) < self.counts[name]:
                yield f"{name}: {len(found):,} of {self.counts[name]:,} findings are listed, the worst ones"


def told(finding: Finding, *, file: bool) -> str:
    """A finding in one line; `file` says whether its file is named."""
    return ": ".join(filter(None, (finding.file if file else "", finding.record, finding.message, finding.value)))
