from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gta_head_tools.cli import installation
from gta_head_tools.cli.main import app
from test_cli.running import MAIN, ROOT, environment


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=]", line)[0] for line in requirements}


def test_it_looks_at_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(installation.DEPENDENCIES) == names(project["dependencies"])
    for extra, packages in installation.EXTRAS.items():
        assert names(project["optional-dependencies"][extra]) <= {*packages, "dask"}


def test_this_machine_is_sound() -> None:
    shown = CliRunner().invoke(app, ["doctor", "--json"])
    report = json.loads(shown.stdout)
    found = {check["name"]: check for check in report["checks"]}
    assert found["numpy"]["detail"] == importlib.metadata.version("numpy")
    assert found["OpenCV"]["state"] in {"ok", "warning"}
    assert (shown.exit_code, report["broken"]) == (0, 0), [c for c in report["checks"] if c["state"] == "broken"]


def quick_torch(folder: Path) -> None:
    """A torch and a torchvision in `folder` that load at once: the real ones take seconds in each process."""
    (folder / "torch.py").write_text(
        "class cuda:\n    is_available = staticmethod(lambda: False)\ndef zeros(*shape): pass\n"
    )
    (folder / "torchvision.py").write_text("class ops:\n    nms = staticmethod(lambda *arguments: None)\n")


def test_the_table_fits_one_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick_torch(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    lines = CliRunner().invoke(app, ["doctor"]).stdout.splitlines()
    assert 20 < len(lines) < 40


def wheel(folder: Path, name: str, version: str) -> None:
    (folder / f"{name.replace('-', '_')}-{version}.dist-info").mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (folder / f"{name.replace('-', '_')}-{version}.dist-info" / "METADATA").write_text(metadata)


def examined(path: Path, **variables: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """Exit code and checks with `path` searched before everything else; torch itself is not what they are about."""
    quick_torch(path)
    env = {**environment(), **variables}
    env["PYTHONPATH"] = os.pathsep.join([str(path), env["PYTHONPATH"]])
    command = [sys.executable, "-c", MAIN, "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=path)
    checks = json.loads(done.stdout)["checks"]
    return done.returncode, {check["name"]: (check["state"], check["detail"]) for check in checks}


def test_a_missing_package_is_broken_only_where_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(package: str) -> str:
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    states = {check.name: check.state for check in map(installation.check_dependency, installation.DEPENDENCIES)}
    absent = {name for name, state in states.items() if state == "absent"}
    assert absent == installation.NOT_USED_YET
    assert {state for name, state in states.items() if name not in absent} == {"broken"}


def test_two_builds_of_opencv_are_a_warning(tmp_path: Path) -> None:
    wheel(tmp_path, "opencv-python", "4.10.0")
    code, found = examined(tmp_path)
    state, detail = found["OpenCV"]
    assert (code, state) == (0, "warning")
    assert "opencv-python and opencv-python-headless share one folder: pip uninstall" in detail


def test_an_opencv_that_cannot_be_imported_is_broken(tmp_path: Path) -> None:
    (tmp_path / "cv2").mkdir()  # what is left of one wheel when the other is uninstalled
    code, found = examined(tmp_path)
    assert (code, found["OpenCV"][0]) == (0, "ok")  # an empty folder does not hide the real one
    (tmp_path / "cv2" / "__init__.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')")
    code, found = examined(tmp_path)
    assert (code, found["OpenCV"][0]) == (1, "broken")
    assert "libGL.so.1" in found["OpenCV"][1]


def test_a_qt_without_its_libraries_is_broken(tmp_path: Path) -> None:
    wheel(tmp_path, "PySide6-Essentials", "6.11.3")
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text(
        "raise ImportError('libEGL.so.1: cannot open shared object file')"
    )
    code, found = examined(tmp_path)
    assert (code, found["Qt"][0]) == (1, "broken")
    assert "libEGL.so.1" in found["Qt"][1]
    assert "apt install libegl1" in found["Qt"][1]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="hidden by Python 3.12")
def test_the_qt_that_ends_python_3_11_is_named(tmp_path: Path) -> None:
    wheel(tmp_path, "PySide6-Essentials", "6.12.0")
    assert "'PySide6-Essentials<6.12'" in examined(tmp_path)[1]["Qt"][1]


def test_a_foreign_room_is_broken(tmp_path: Path) -> None:
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "__init__.py").write_text("")
    code, found = examined(tmp_path)
    assert (code, found["training"][0]) == (1, "broken")
    assert str(tmp_path / "training") in found["training"][1]


def test_a_cache_that_cannot_be_written_is_broken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, found = examined(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "file" / "cache"))
    assert (code, found["numba cache"][0]) == (1, "broken")
