"""Findings as workflow commands of GitHub Actions, which become annotations of the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gta_head_tools.checks.finding import Severity
from gta_head_tools.report.finding_lists import FindingList, told

_COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def github_lines(listed: FindingList) -> Iterator[str]:
    """A command for each finding; a second line of its message says how it is mended.

    The message names the file too, because the log of a run shows nothing but the message.
    """
    for name, finding in listed.ranked():
        check = listed.checks[name]
        places = {"file": listed.path(finding).as_posix(), "line": finding.line, "title": name}
        given = ",".join(f"{key}={_property(str(value))}" for key, value in places.items() if value is not None)
        message = _data(f"{told(finding, file=True)}\n{check.fix}")
        yield f"::{_COMMANDS[check.severity]} {given}::{message}"
    for sentence in listed.shortened():
        yield f"::notice title=not all findings are listed::{_data(sentence)}"


def _data(text: str) -> str:
    r"""Text of a message.

    >>> _data("100 %\n")
    '100 %25%0A'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Text of a property.

    >>> _property("a:b,c")
    'a%3Ab%2Cc'
    """
    return _data(text).replace(":", "%3A").replace(",", "%2C")
