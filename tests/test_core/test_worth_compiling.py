"""When compiled code is loaded."""

from __future__ import annotations

import pytest

from gta_head_tools import worth_compiling as module
from gta_head_tools.worth_compiling import worth_compiling


def test_compiled_code_is_loaded_once_much_work_was_done_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOADING", 1.0)
    assert [worth_compiling("no_such_module", 0.4) for _ in range(4)] == [False, False, True, True]
    assert not worth_compiling("no_other_module", 0.4)


def test_compiled_code_that_is_loaded_is_used() -> None:
    assert worth_compiling("sys", 0)
