from __future__ import annotations

from pathlib import Path

from test_wild.conftest import CASES


def test_every_case_has_a_test() -> None:
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    assert [name.name for name in sorted(CASES.iterdir()) if f'"{name.name}' not in tests] == []
