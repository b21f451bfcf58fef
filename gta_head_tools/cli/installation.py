"""What is installed, what this machine offers and what is broken: the checks of `ghtools doctor`.

Versions come from the metadata of the installed packages. Only OpenCV is imported here. Qt and torch are tried in
separate processes, because a broken Qt or torch ends the process that loads it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gta_head_tools import __version__

State = Literal["ok", "absent", "warning", "broken"]

DEPENDENCIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "opencv-python-headless",
    "pillow",
    "numba",
    "msgspec",
    "pycocotools",
    "h5py",
    "matplotlib",
    "joblib",
    "typer",
    "rich",
    "defusedxml",
    "pyyaml",
)
NOT_USED_YET = frozenset({"scikit-learn"})
"""Dependencies that no verb imports so far: without them everything works."""
EXTRAS = {
    "gui": ("PySide6-Essentials",),
    "train": ("torch", "torchvision", "timm", "accelerate", "safetensors", "tensorboard"),
    "cluster": ("dask", "distributed"),
}
OPENCV_WHEELS = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
ROOMS = ("converters", "annotator_gui", "training")
_CORE = Path(__file__).parent.parent
"""Folder of `gta_head_tools`."""

_TRY_QT = "from PySide6 import QtWidgets; QtWidgets.QApplication([]); print('windows can be opened')"
_TRY_TORCH = """
import torch, torchvision
torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
print(torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none; torch runs on the CPU")
"""
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the examination.

    Attributes:
        name: what was looked at.
        state: ok; absent = an optional part that is not installed; warning = works, with a risk; broken.
        detail: what was found, and what to do unless it is ok.
    """

    name: str
    state: State
    detail: str


def examine() -> list[Check]:
    """All checks, in the order they are shown."""
    return [
        *_system(),
        *map(check_dependency, DEPENDENCIES),
        *(_extra(name, packages) for name, packages in EXTRAS.items()),
        *filter(None, (_qt(), _gpu())),
        _opencv(),
        *(
            Check(room, "broken", f"Python finds {place} under this name; take it off PYTHONPATH")
            for room, place in foreign_rooms().items()
        ),
        *_places(),
    ]


def _system() -> Iterator[Check]:
    import joblib

    yield Check("ghtools", "ok", f"{__version__} in {_CORE}")
    yield Check("Python", "ok", f"{platform.python_version()} {sys.executable}")
    yield Check("platform", "ok", platform.platform())
    yield Check("cores", "ok", str(joblib.cpu_count()))


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_dependency(package: str) -> Check:
    """Whether a package that ghtools depends on is installed."""
    version = _version(package)
    # The GUI build of OpenCV brings the same module; `_opencv` reports what is wrong with that.
    if version is None and package == "opencv-python-headless" and any(map(_version, OPENCV_WHEELS)):
        return Check(package, "warning", "another build of OpenCV is in its place")
    if version is None and package in NOT_USED_YET:
        return Check(package, "absent", f"not installed, and not needed by this version: pip install {package}")
    if version is None:
        return Check(package, "broken", f"not installed: pip install {package}")
    return Check(package, "ok", version)


def _extra(name: str, packages: tuple[str, ...]) -> Check:
    missing = [package for package in packages if _version(package) is None]
    if missing:
        found = f"{', '.join(missing)} not installed" if len(missing) < len(packages) else "not installed"
        return Check(f"extra {name}", "absent", f"{found}: pip install 'gta-head-tools[{name}]'")
    return Check(f"extra {name}", "ok", ", ".join(f"{package} {_version(package)}" for package in packages))


def _try(program: str, **environment: str) -> tuple[bool, str]:
    """Whether a Python program runs in a separate process, and the last line that it printed."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
            env={**os.environ, **environment},
        )
    except subprocess.TimeoutExpired:
        return False, f"no answer within {_PATIENCE:.0f} s"
    said = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return done.returncode == 0, said[-1] if said else f"the process ended with code {done.returncode}"


def _qt() -> Check | None:
    version = _version("PySide6-Essentials")
    if version is None:
        return None
    if sys.version_info < (3, 12) and version.startswith("6.12."):
        return Check("Qt", "broken", f"PySide6 {version} ends Python 3.11: pip install 'PySide6-Essentials<6.12'")
    works, said = _try(_TRY_QT, QT_QPA_PLATFORM="offscreen")
    if works:
        return Check("Qt", "ok", said)
    advice = "on Debian: apt install libegl1 libgl1 libglib2.0-0 libxkbcommon0 libdbus-1-3 libfontconfig1"
    return Check("Qt", "broken", f"{said}; {advice}")


def _gpu() -> Check | None:
    if _version("torch") is None:
        return None
    works, said = _try(_TRY_TORCH)
    advice = "; torch and torchvision must come from the same build, see pytorch.org"
    return Check("GPU", "ok" if works else "broken", said if works else said + advice)


def _opencv() -> Check:
    found = [wheel for wheel in OPENCV_WHEELS if _version(wheel)]
    remedy = f"pip uninstall -y {' '.join(found)} && pip install opencv-python-headless"
    try:
        import cv2

        cv2.getTickCount()
    except (ImportError, AttributeError) as error:
        return Check("OpenCV", "broken", f"cannot be imported ({error}): {remedy}")
    if len(found) > 1:
        return Check("OpenCV", "warning", f"{' and '.join(found)} share one folder: {remedy}")
    return Check("OpenCV", "ok", f"cv2 {cv2.__version__}")


def foreign_rooms() -> dict[str, str]:
    """Packages of other projects that Python finds under our names: name to place."""
    ours = _CORE.parent.resolve()
    found: dict[str, str] = {}
    for room in ROOMS:
        spec = importlib.util.find_spec(room)
        places = [place for place in (*(spec.submodule_search_locations or ()), spec.origin) if place] if spec else []
        if places and all(Path(place).resolve().parent != ours for place in places):
            found[room] = places[0]
    return found


def _places() -> Iterator[Check]:
    here, temporary = Path.cwd(), Path(tempfile.gettempdir())
    yield _writable("current folder", here, "warning")
    yield _writable("temporary folder", temporary, "broken")
    yield _compiler_cache()
    free = shutil.disk_usage(here).free / 2**30
    yield Check("free disk", "ok" if free > 1 else "warning", f"{free:.1f} GiB in {here}")


def _writable(name: str, folder: Path, otherwise: State) -> Check:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Check(name, "ok", f"{folder} can be written")
    except OSError as error:
        return Check(name, otherwise, f"{folder} cannot be written ({error.strerror})")


def _compiler_cache() -> Check:
    """Whether numba can store compiled code: in NUMBA_CACHE_DIR, else beside our source, else in the user's cache."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "numba"
    for folder in [Path(chosen)] if chosen else [_CORE, home]:
        there = next((place for place in (folder, *folder.parents) if place.exists()), folder)
        if _writable("", there, "broken").state == "ok":
            return Check("numba cache", "ok", str(folder))
    return Check("numba cache", "broken", f"{chosen or _CORE} cannot be written: set NUMBA_CACHE_DIR to a folder")
