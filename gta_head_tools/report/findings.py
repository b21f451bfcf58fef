"""What the checks of a data set found: sections of a page, none of which grows without bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from gta_head_tools.checks.finding import SEVERITIES, Check, Finding, Severity
from gta_head_tools.report.markup import (
    Cell,
    Html,
    bullets,
    element,
    joined,
    key_numbers,
    paragraph,
    picture_figure,
    table,
    text,
)
from gta_head_tools.report.page import Section

MOST_THUMBNAILS = 6
"""Findings of a check that are shown with a picture."""
_PICTURES = 850_000
"""Bytes of the worst findings, with all thumbnails and captions."""
_ROWS = 900_000
"""Bytes of the table of findings."""
_LISTED = (1000, 800, 600, 500, 400, 300, 200, 150, 100, 80, 60, 50, 40, 30, 20, 10, 5, 2, 1)
"""Findings of a check in the table: as many as all checks together have room for."""
_MARKUP = 130
"""Bytes of a row of the table besides what the finding says."""
_LONGEST = 240
"""Characters of a text that comes from the data; longer ones are cut."""
WORDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "remark"}
"""Severities as people are told of them."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A finding and its place in the picture.

    Attributes:
        finding: what is shown.
        jpeg: content of the thumbnail, None = it has no picture.
        problem: what is wrong with the picture, "" = nothing, or the finding is not of an image.
    """

    finding: Finding
    jpeg: bytes | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CheckFindings:
    """What one check found.

    Attributes:
        name: of the check.
        check: what it says of itself.
        count: of all its findings.
        listed: the worst ones that are known, the worst first.
        thumbnails: some of them, the worst first.
    """

    name: str
    check: Check[Any]
    count: int
    listed: Sequence[Finding]
    thumbnails: Sequence[Thumbnail] = ()


def numbers_section(images: int, heads: int, found: Sequence[CheckFindings]) -> Section:
    """How many images, heads and findings of each severity there are."""
    shown = {"images": f"{images:,}", "heads": f"{heads:,}"}
    for severity in SEVERITIES:
        count = sum(each.count for each in found if each.check.severity == severity)
        shown[f"{WORDS[severity]}{'s' * (count != 1)}"] = f"{count:,}"
    return Section("", key_numbers(shown))


def checks_section(found: Sequence[CheckFindings], silent: Sequence[str]) -> Section:
    """A line for each check that found something, and the names of those that found nothing.

    Args:
        found: what the checks found.
        silent: names of the checks that ran and found nothing.
    """
    pieces = [paragraph("The checks found nothing.")] if silent and not found else []
    if found:
        rows = [
            (
                each.name,
                Cell(f"{each.count:,}", each.count),
                _severity(each),
                Cell(each.check.means, typed=True),
                Cell(each.check.fix, typed=True),
            )
            for each in found
        ]
        columns = ("check", "findings", "severity", "what it means", "how it is fixed")
        pieces.append(table(columns, rows, caption="The checks that found something.", sortable=True, stacked=True))
    if silent:
        pieces.append(paragraph(f"{len(silent)} check{'s' * (len(silent) != 1)} found nothing: {', '.join(silent)}."))
    return Section("What was checked", joined(pieces))


def worst_section(found: Sequence[CheckFindings]) -> Section | None:
    """The worst findings of each check, with their place in the picture; None where nothing was found."""
    shown = _within_budget(found)
    pieces = []
    for each in found:
        pieces += [element("h3", text(f"{each.name} ({_counted(each)})"))]
        pieces += [paragraph(f"{each.check.means} {each.check.fix}")]
        pictures = shown[each.name]
        pieces += [element("div", joined(pictures.values()), class_="thumbnails")] if pictures else []
        without = [_told(one) for place, one in enumerate(each.thumbnails) if place not in pictures]
        pieces += [bullets(without)] if without else []
    if any(len(shown[each.name]) < len(each.thumbnails) for each in found):
        why = "it is of no single picture, the picture is missing or damaged, or the page has no room for it"
        pieces = [paragraph(f"Where a finding has no picture, {why}."), *pieces]
    return Section("The worst findings of each check", joined(pieces)) if pieces else None


def findings_section(found: Sequence[CheckFindings]) -> Section | None:
    """The table of findings, as many as there is room for; None where nothing was found."""
    if not found:
        return None
    most = _room(found)
    short = [
        f"{each.name}: {min(most, len(each.listed)):,} of {each.count:,} are listed."
        for each in found
        if min(most, len(each.listed)) < each.count
    ]
    told = [paragraph("Of some checks only the worst findings are listed:"), bullets(short)] if short else []
    return Section("Findings", joined([*told, _table(found, most)]))


def _room(found: Sequence[CheckFindings]) -> int:
    """How many findings of a check may be listed, so that the table of all does not become too large."""
    ends = [[0, *accumulate(map(_bytes, each.listed))] for each in found]
    fitting = (most for most in _LISTED if sum(end[min(most, len(end) - 1)] for end in ends) <= _ROWS)
    return next(fitting, _LISTED[-1])


def _bytes(finding: Finding) -> int:
    """About how long its row in the table is."""
    words = (finding.file, finding.record, finding.value, finding.message)
    return _MARKUP + sum(len(text(_cut(word)).encode()) for word in words)


def _table(found: Sequence[CheckFindings], most: int) -> Html:
    columns = ("check", "severity", "file", "record", "value", "message")
    rows = [
        (each.name, _severity(each), *(Cell(_cut(words)) for words in (one.file, one.record, one.value, one.message)))
        for each in found
        for one in each.listed[:most]
    ]
    count = sum(each.count for each in found)
    caption = f"{len(rows):,} of {count:,} findings, the worst of each check first."
    return table(columns, rows, caption=caption, sortable=True, filters=("check", "severity"), stacked=True)


def _severity(found: CheckFindings) -> Cell:
    """Sorted by how bad it is."""
    return Cell(WORDS[found.check.severity], str(SEVERITIES.index(found.check.severity)))


def _counted(found: CheckFindings) -> str:
    return f"{found.count:,} {WORDS[found.check.severity]}{'s' * (found.count != 1)}"


def _within_budget(found: Sequence[CheckFindings]) -> dict[str, dict[int, Html]]:
    """By check and place among its thumbnails, those with a picture: the first of every check, then the second ones."""
    shown: dict[str, dict[int, Html]] = {each.name: {} for each in found}
    left = _PICTURES - sum(len(_told(one).encode()) for each in found for one in each.thumbnails)
    for place in range(MOST_THUMBNAILS):
        for each in found:
            jpeg = each.thumbnails[place].jpeg if place < len(each.thumbnails) else None
            if jpeg is not None and 4 / 3 * len(jpeg) <= left:
                told = _told(each.thumbnails[place])
                shown[each.name][place] = picture_figure(jpeg, alt=told, caption=told)
                left -= len(shown[each.name][place])
    return shown


def _told(thumbnail: Thumbnail) -> str:
    """Where and what the finding is, and why it has no picture."""
    finding = thumbnail.finding
    where = ", ".join(filter(None, (_cut(finding.file), finding.record)))
    told = f"{where}: {_cut(finding.message)}" if where else _cut(finding.message)
    told += f" ({_cut(finding.value)})" if finding.value else ""
    return f"{told}; {_cut(thumbnail.problem)}" if thumbnail.problem else told


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
