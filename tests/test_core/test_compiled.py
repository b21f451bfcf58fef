"""Functions compiled by numba."""

from __future__ import annotations

import pytest
from numba.core.caching import CompileResultCacheImpl

from gta_head_tools.compiled import compiled


def plus(left: int, right: int) -> int:
    return left + right


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CompileResultCacheImpl, "_locator_classes", [])
    assert compiled(plus)(2, 3) == 5
