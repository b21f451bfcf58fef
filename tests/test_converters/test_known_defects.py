"""Defects of public sets that are known are found in the real samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.findings import ValidationReport
from converters.validate import ValidateOptions, validate
from gta_head_tools.checks.finding import Finding


def checked(source: Path, *names: str) -> ValidationReport:
    return validate(source, ValidateOptions(only=names), jobs=1)


def heads(found: tuple[Finding, ...]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for each in found:
        told.setdefault(each.file, []).append(each.record.removeprefix("head "))
    return told


@pytest.mark.samples
@pytest.mark.parametrize(
    ("part", "outside", "grey"),
    [
        ("A", {"IMG_3.jpg": ["292", "294", "300", "301", "302"]}, {"IMG_1.jpg": [""], "IMG_113.jpg": [""]}),
        ("B", {"IMG_100.jpg": ["102"]}, {}),
    ],
)
def test_pictures_of_shanghaitech(
    samples: Path, part: str, outside: dict[str, list[str]], grey: dict[str, list[str]]
) -> None:
    report = checked(samples / "shanghaitech_test" / f"part_{part}", "point-outside", "picture-mode", "duplicate-point")
    assert heads(report.findings.get("point-outside", ())) == outside
    assert heads(report.findings.get("picture-mode", ())) == grey
    assert "duplicate-point" not in report.counts


@pytest.mark.samples
@pytest.mark.parametrize(
    ("file", "outside", "duplicates", "farthest"),
    [
        ("fidtm_points/A_gt.txt.gz", 76, 67, "-383, 461"),
        ("fidtm_points/B_gt.txt.gz", 79, 31, "-321, 481"),
        ("nwpu_val/val_gt_loc.txt.gz", 0, 386, None),
    ],
)
def test_label_files_without_pictures(
    samples: Path, file: str, outside: int, duplicates: int, farthest: str | None
) -> None:
    report = checked(samples / file, "point-outside", "duplicate-point")
    assert (report.counts.get("point-outside", 0), report.counts["duplicate-point"]) == (outside, duplicates)
    if farthest is not None:
        assert max(report.findings["point-outside"], key=lambda found: found.weight).value == farthest
