"""Sections of the page of findings, of findings made by hand."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from gta_head_tools.checks.box_checks import ABSURD, DEGENERATE
from gta_head_tools.checks.finding import Finding
from gta_head_tools.report import findings as sections
from gta_head_tools.report.findings import CheckFindings, Thumbnail
from gta_head_tools.report.markup import as_jpeg
from gta_head_tools.report.page import build_page

NASTY = "<script>é\"'&</script>.jpg"


class Rows(HTMLParser):
    """Texts of the cells of all rows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # its parent's
        self.inside = tag
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in {"td", "th"}:
            self.rows[-1][-1] += data


def finding(number: int, file: str = "a.jpg") -> Finding:
    return Finding(file, f"head {number}", "1, 2, 1, 4", "the box has no area", (1, 2, 1, 4))


def found(*listed: Finding, count: int = 0, thumbnails: Sequence[Thumbnail] = ()) -> CheckFindings:
    return CheckFindings("degenerate-box", DEGENERATE, count or len(listed), listed, thumbnails)


def absurd(listed: Sequence[Finding], count: int) -> CheckFindings:
    return CheckFindings("absurd-box", ABSURD, count, listed)


def test_numbers_are_counts_of_all_findings_by_severity() -> None:
    body = sections.numbers_section(5, 1234, [found(finding(1)), absurd([finding(2)], 7000)]).body
    assert "<dt>error</dt><dd>1</dd>" in body
    assert "<dt>warnings</dt><dd>7,000</dd>" in body
    assert "<dt>remarks</dt><dd>0</dd>" in body
    assert "<dt>heads</dt><dd>1,234</dd>" in body


def test_each_check_has_a_line_with_what_it_means_and_how_it_is_fixed() -> None:
    body = sections.checks_section([found(finding(1), count=12_345)], ["non-finite", "box-as-size"]).body
    head, row = Rows(body).rows
    assert len(head) == len(row) == 5
    assert row[:3] == ["degenerate-box", "12,345", "error"]
    assert row[3] == DEGENERATE.means
    assert '<td class="number" data-value="12345">' in body
    assert "<code>--fix drop</code>" in body
    assert "2 checks found nothing: non-finite, box-as-size." in body


def test_of_a_clean_set_it_is_said_what_was_checked() -> None:
    section = sections.checks_section([], ["non-finite"])
    assert "The checks found nothing." in section.body
    assert "<table" not in section.body
    assert sections.worst_section([]) is None
    assert sections.findings_section([]) is None


def test_every_finding_is_a_row_as_long_as_there_is_room() -> None:
    section = sections.findings_section([found(finding(1, NASTY), finding(2)), absurd([finding(3)], 1)])
    assert section is not None
    _, *rows = Rows(section.body).rows
    assert rows[0] == ["degenerate-box", "error", NASTY, "head 1", "1, 2, 1, 4", "the box has no area"]
    assert [row[3] for row in rows] == ["head 1", "head 2", "head 3"]
    assert [row[1] for row in rows] == ["error", "error", "warning"]
    assert "listed" not in section.body
    assert "<script" not in section.body


def test_fewer_than_were_counted_are_told_of() -> None:
    listed = [replace(finding(number), message="long " * 40) for number in range(1000)]
    section = sections.findings_section([found(*listed, count=30_000), absurd(listed[:300], 300)] * 10)
    assert section is not None
    assert len(section.body.encode()) < 850_000
    rows = Rows(section.body).rows
    assert len(rows) == 1 + 20 * 100
    assert "degenerate-box: 100 of 30,000 are listed." in section.body
    assert "absurd-box: 100 of 300 are listed." in section.body


def test_texts_without_end_are_cut() -> None:
    section = sections.findings_section([found(replace(finding(1), file="x" * 100_000, value="é" * 100_000))])
    assert section is not None
    assert len(section.body) < 2500


def noise(seed: int) -> bytes:
    """The largest thumbnail that there can be."""
    return as_jpeg(np.random.default_rng(seed).integers(0, 256, (270, 360, 3), dtype=np.uint8), quality=78)


def test_of_each_check_the_worst_come_first_and_all_checks_have_one() -> None:
    listed = [finding(number) for number in range(6)]
    shown = [Thumbnail(one, noise(0)) for one in listed]
    many = [replace(found(*listed, thumbnails=shown), name=f"check-{number}") for number in range(8)]
    section = sections.worst_section(many)
    assert section is not None
    assert len(section.body.encode()) < 1_000_000
    assert 3 <= section.body.count("<img") < 8
    assert len(re.findall("<figcaption>a.jpg, head 0:", section.body)) == section.body.count("<img")
    assert len(re.findall("<li>a.jpg, head [1-5]:", section.body)) == 40
    assert "<h3>check-7 (6 errors)</h3>" in section.body


def test_a_finding_without_a_picture_says_why() -> None:
    shown = [Thumbnail(finding(1, NASTY), None, "it is <cut> short"), Thumbnail(Finding("", "", "", "no heads"), None)]
    section = sections.worst_section([found(finding(1), thumbnails=shown)])
    assert section is not None
    first, second = re.findall("<li>(.*)</li>", html.unescape(section.body))
    assert first == f"{NASTY}, head 1: the box has no area (1, 2, 1, 4); it is <cut> short"
    assert second == "no heads"
    assert "<script" not in section.body


@pytest.mark.parametrize("kind", ["checks", "findings"])
def test_both_tables_ask_for_the_script(kind: str) -> None:
    one = found(finding(1))
    section = sections.checks_section([one], []) if kind == "checks" else sections.findings_section([one])
    assert section is not None
    assert build_page("t", "l", [section]).count("<script>") == 1
