"""Label files with one defect, read from the disk: its check finds it alone; files without a defect yield nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.findings import ValidationReport
from converters.validate import ValidateOptions, validate
from gta_head_tools.checks.known_checks import all_checks
from test_converters.planted_labels import CLEAN, IN_LABEL_FILES, OTHERS, Planted


def found_in(root: Path) -> ValidationReport:
    return validate(root, ValidateOptions(), jobs=1)


@pytest.mark.parametrize("name", CLEAN)
def test_clean_files_yield_nothing(name: str, tmp_path: Path) -> None:
    CLEAN[name](tmp_path)
    assert not found_in(tmp_path).findings


@pytest.mark.parametrize(("name", "plant"), [*IN_LABEL_FILES.items(), *OTHERS])
def test_a_defect_of_label_files_is_found_by_its_check_alone(name: str, plant: Planted, tmp_path: Path) -> None:
    expected = plant(tmp_path)
    found = found_in(tmp_path).findings
    assert {check: [(one.file, one.record) for one in kept] for check, kept in found.items()} == {name: [expected]}
    (finding,) = found[name]
    assert finding.value
    assert finding.message
    assert all_checks()[name].means.endswith(".")
    assert all_checks()[name].fix.endswith(".")
