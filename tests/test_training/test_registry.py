"""Names of methods are known to the registry and to recipes alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from training.registry import DEFAULT, METHODS, find_method

ROOT = Path(__file__).parent.parent.parent


def test_the_first_method_is_the_default() -> None:
    assert find_method(DEFAULT) is find_method(next(iter(METHODS)))


def named(path: Path) -> Iterator[str]:
    """Methods that the code of a file names; what help shows as a default is a text for people."""
    tree = ast.parse(path.read_text("utf-8"))
    shown = [word.value for word in ast.walk(tree) if isinstance(word, ast.keyword) and word.arg == "show_default"]
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in shown]
    yield from (text.value for text in texts if isinstance(text.value, str) and text.value in METHODS)


def test_no_code_but_the_registry_names_a_method() -> None:
    files = [*(ROOT / "training").rglob("*.py"), *(ROOT / "gta_head_tools").rglob("*.py")]
    assert {path.name: list(named(path)) for path in files if list(named(path))} == {"registry.py": list(METHODS)}
