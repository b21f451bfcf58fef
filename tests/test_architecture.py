"""The walls of the house: who may import whom, and how long files, functions and verbs may grow."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("gta_head_tools", "converters", "annotator_gui", "training")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

MAY_IMPORT = {
    "core": {"core"},
    "converters": {"core", "converters"},
    "annotator_gui": {"core", "converters", "annotator_gui"},
    "training": {"core", "converters", "training"},
    "cli": {"core", "converters", "annotator_gui", "training", "cli"},
}
FILES_FOLDERS: dict[str, set[str]] = {
    "numbers": set(),
    "arrays": {"numbers"},
    "pictures": {"numbers"},
    "labels": {"numbers", "arrays", "pictures"},
    "tables": {"numbers", "pictures", "labels"},
    "records": {"numbers", "arrays", "pictures", "labels"},
}
"""Folders of the parts that formats are made of, and those that each may import."""
CORE_FOLDERS: dict[str, set[str]] = {
    "anchors": set(),
    "interpolation": {"anchors"},
    "maps": set(),
    "evaluation": {"maps"},
    "overlays": {"evaluation"},
    "checks": {"anchors", "interpolation"},
    "report": {"evaluation", "checks", "interpolation"},
    "synthesis": set(),
}
"""Folders of the core and the other folders that each may import; all may import the files on top."""
BELONGS_TO = {
    "PySide6": {"annotator_gui"},
    "torch": {"training"},
    "torchvision": {"training"},
    "timm": {"training"},
    "accelerate": {"training"},
    "typer": {"cli"},
    "rich": {"cli"},
}

WITHOUT_QT = [
    path for path in FILES if path.parts[-3:-1] in {("annotator_gui", "model"), ("annotator_gui", "gestures")}
]
"""Modules of the window that work without Qt, with all that they import."""

WINDOW_MAY_IMPORT: dict[str, set[str]] = {
    "texts": set(),
    "wording": set(),
    "theme": set(),
    "icons": set(),
    "os_signals": set(),
    "background": {"texts"},
    "model": {"model"},
    "gestures": {"gestures", "model"},
    "grades": {"model"},
    "settings": {"model", "theme"},
    "actions": {"gestures", "icons"},
    "canvas": {"canvas", "gestures", "model", "background", "theme"},
    "lists": {"lists", "model", "grades", "texts"},
}
WINDOW_MAY_IMPORT["dialogs"] = {"dialogs", *WINDOW_MAY_IMPORT} - {"icons", "os_signals"}
WINDOW_MAY_IMPORT["window"] = {"window", *WINDOW_MAY_IMPORT} - {"os_signals"}
WINDOW_MAY_IMPORT["app"] = {*WINDOW_MAY_IMPORT}
"""Folders and single modules of `annotator_gui`, and which of them each may import: window over dialogs over lists and
canvas over gestures over model."""

SAME_NAME: dict[str, str] = {}
"""File names that two files of one room have, with the reason."""


def room_of(module: str) -> str | None:
    """The room of a dotted name, None = not ours."""
    top, _, rest = module.partition(".")
    if top == "gta_head_tools":
        return "cli" if rest.split(".")[0] == "cli" else "core"
    return top if top in ROOMS else None


def imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Dotted names of everything imported anywhere in a module, also inside functions and by `import_module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            start = parts[: len(parts) - node.level + 1] if node.level else []
            base = ".".join([*start, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, less the docstring."""
    documented = ast.get_docstring(function) is not None and len(function.body) > 1
    return (function.end_lineno or 0) - function.body[int(documented)].lineno + 1


def request_lines(function: ast.FunctionDef) -> int:
    """Lines of the calls that build a request, one keyword a line: long, and nothing to split."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    built = [call for call in calls if ast.unparse(call.func).endswith(("Request", "Options", "Settings"))]
    return sum((call.end_lineno or 0) - call.lineno for call in built)


def test_a_lazy_import_is_seen() -> None:
    source = "def f():\n    from converters import coco\n    from . import edits\nimport_module('training.loop')"
    assert set(imports(ast.parse(source), "gta_head_tools")) == {
        "converters.coco",
        "training.loop",
        "gta_head_tools.edits",
    }


@pytest.mark.parametrize("path", FILES, ids=dotted)
def test_imports_only_go_down(path: Path) -> None:
    here = room_of(dotted(path))
    assert here is not None
    names = list(imports(ast.parse(path.read_text("utf-8")), dotted(path.parent)))
    upward = [name for name in names if (there := room_of(name)) and there not in MAY_IMPORT[here]]
    foreign = [name for name in names if here not in BELONGS_TO.get(name.partition(".")[0], {here})]
    assert not upward, f"{here} must not import {upward}"
    assert not foreign, f"{here} must not import {foreign}"


@pytest.mark.parametrize("folder", CORE_FOLDERS)
def test_folders_of_the_core_import_only_those_below(folder: str) -> None:
    allowed = CORE_FOLDERS[folder] | {folder}
    for path in (ROOT / "gta_head_tools" / folder).rglob("*.py"):
        found = [name.split(".") for name in imports(ast.parse(path.read_text("utf-8")), dotted(path.parent))]
        folders = {parts[1] for parts in found if parts[0] == "gta_head_tools" and len(parts) > 1} & {*CORE_FOLDERS}
        assert folders <= allowed, f"{dotted(path)} must not import {sorted(folders - allowed)}"


@pytest.mark.parametrize("folder", FILES_FOLDERS)
def test_folders_of_files_import_only_those_below(folder: str) -> None:
    home = ROOT / "converters" / "files"
    assert not list(home.glob("*.py"))
    for path in (home / folder).glob("*.py"):
        found = [name.split(".") for name in imports(ast.parse(path.read_text("utf-8")), dotted(path.parent))]
        folders = {parts[2] for parts in found if parts[:2] == ["converters", "files"]}
        assert folders <= FILES_FOLDERS[folder] | {folder}, dotted(path)


def test_formats_stand_on_files_alone() -> None:
    """What formats are made of knows no format, and a format knows neither `datasets/` nor a job."""
    formats = ROOT / "converters" / "formats"
    allowed = {formats.parent / "files": ["converters.files."], formats: ["converters.files.", "converters.formats."]}
    for folder, rooms in allowed.items():
        for path in folder.rglob("*.py"):
            names = imports(ast.parse(path.read_text("utf-8")), dotted(path.parent))
            ours = [name for name in names if room_of(name) == "converters"]
            wrong = [name for name in ours if not name.startswith(tuple(rooms))]
            assert not wrong, f"{dotted(path)} must not import {wrong}"


@pytest.mark.parametrize("path", FILES, ids=dotted)
def test_only_output_prints(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    printing = [call.lineno for call in calls if ast.unparse(call.func) in {"print", "rich.print", "typer.echo"}]
    assert not printing or path == ROOT / "gta_head_tools" / "cli" / "output.py", f"prints in lines {printing}"


@pytest.mark.parametrize("path", FILES + TESTS, ids=dotted)
def test_sizes(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 400, "split the file: 400 lines are the end"
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [function.name for function in functions if code_lines(function) > 60]
    assert not long, f"split {long}: 60 lines are the end of a function"


@pytest.mark.parametrize("path", WITHOUT_QT, ids=dotted)
def test_model_and_gestures_know_no_qt(path: Path) -> None:
    seen, todo = set[Path](), [path]
    while todo:
        path = todo.pop()
        if path.is_file() and path not in seen:
            seen.add(path)
            found = list(imports(ast.parse(path.read_text("utf-8")), dotted(path.parent)))
            assert not [each for each in found if each.startswith("PySide6")], f"{dotted(path)} imports Qt"
            modules = [
                name for each in found if room_of(each) == "annotator_gui" for name in (each, each.rpartition(".")[0])
            ]
            todo += [ROOT.joinpath(*module.split(".")).with_suffix(".py") for module in modules]


SYNTHESIS = ROOT / "gta_head_tools" / "synthesis"
SYNTHESIS_ROOMS = ("places", "people", "painting")
"""Each may import those before it; `generate.py`, above them, may import all."""


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.parent == SYNTHESIS], ids=dotted)
def test_painting_imports_people_and_people_import_places(path: Path) -> None:
    upper = ("generate", *SYNTHESIS_ROOMS[SYNTHESIS_ROOMS.index(path.parent.name) + 1 :])
    names = [name.split(".") for name in imports(ast.parse(path.read_text("utf-8")), dotted(path.parent))]
    upward = [".".join(name) for name in names if name[1:2] == ["synthesis"] and name[2:3] and name[2] in upper]
    assert not upward, f"{path.parent.name} must not import {upward}"


def test_the_window_imports_downward() -> None:
    for path in (ROOT / "annotator_gui").rglob("*.py"):
        if path.stem == "__init__":
            continue
        part = dotted(path).split(".")[1]
        names = imports(ast.parse(path.read_text("utf-8")), dotted(path.parent))
        used = {name.split(".")[1] for name in names if room_of(name) == "annotator_gui"}
        assert used <= WINDOW_MAY_IMPORT[part], f"{dotted(path)} must not import {used - WINDOW_MAY_IMPORT[part]}"


def test_verbs_only_read_call_and_show() -> None:
    """A request that is built by keyword, one a line, counts as one line."""
    from gta_head_tools.cli.main import VERBS

    for name, verb in VERBS.items():
        function = ast.parse(inspect.getsource(verb)).body[0]
        assert isinstance(function, ast.FunctionDef)
        lines = code_lines(function) - request_lines(function)
        assert lines <= 25, f"ghtools {name} has {lines} lines; move work into its room"


def module_graph() -> dict[str, set[str]]:
    """Each module of the product, and the modules of the product that it imports; `TYPE_CHECKING` counts as well."""
    names = {dotted(path).removesuffix(".__init__"): path for path in FILES}
    graph = {}
    for name, path in names.items():
        found = imports(ast.parse(path.read_text("utf-8")), dotted(path.parent))
        targets = (each if each in names else each.rpartition(".")[0] for each in found)
        graph[name] = {target for target in targets if target in names and target != name}
    return graph


def circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle of imports, [] = there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_a_circle_is_seen() -> None:
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


def test_no_module_imports_one_that_imports_it() -> None:
    assert not circle(module_graph()), "open the circle: move what both need into one of them, or into a third module"


def test_no_file_name_stands_for_two_ideas_in_a_room() -> None:
    paths = Counter((room_of(dotted(path)), path.name) for path in FILES if path.name != "__init__.py")
    twice = {f"{room}: {name}" for (room, name), count in paths.items() if count > 1}
    assert twice == SAME_NAME.keys(), "a reader finds a file by its name: say in the name what is different"


def test_generic_names_stay_namespaces() -> None:
    """With an `__init__.py` an installed `training` would hide a user's own folder of that name."""
    packaged = [path for room in ("converters", "training") for path in (ROOT / room).rglob("__init__.py")]
    assert not packaged
