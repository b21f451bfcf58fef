"""Conversions of the published size, end to end, each in a process of its own; with other programs beside them.

`OMP_NUM_THREADS=1 pytest -n 0 -s --basetemp /dev/shm/ghtools tests/benchmarks/test_conversion_speed.py`

1,732,043 boxes in 5,096 images, one core, no picture is placed, everything lies in a file system in memory: on a disk,
making 5,096 files takes the system 0.8 s more. CPU seconds, the less of two, and their ratio to a bare msgspec typed
decode of the same COCO file, the least of five, measured before and after. Peaks are those of the whole process.
Imports and compiled code are loaded before the clock starts: that takes 1 to 2 s, once in a process, and a minute's
first compilation at most once after an installation.

All keep the bounds that were asked for. Of hotcoco and panlabel, which are Rust, those are run that are found in
`tests/others/.venv`; they write whole-pixel VOC.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from benchmarks.test_format_speed import crowd
from converters.datasets.write import find_writer, write_scenes

ONE = Path(__file__).with_name("one_conversion.py")
OTHERS = Path(__file__).parents[1] / "others" / ".venv" / "bin"
PEAK = 350
"""Most MB of a process."""
BOUNDS = {
    ("coco", "columns"): 2.3,
    ("csv", "columns"): 2.3,
    ("coco", "coco"): 4.0,
    ("coco", "yolo"): 3.0,
    ("yolo", "coco"): 3.0,
    ("coco", "voc"): 4.0,
    ("mot", "coco"): 3.0,
}
"""Source and target to the most CPU time, in bare typed decodes."""
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print()
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3)
sys.exit(code)
"""
"""Starts a command from a small process: a command that the large one starts has its peak from the beginning."""
HOTCOCO = """
import sys, hotcoco
source, target, to = sys.argv[1:]
data = hotcoco.COCO(source)
if to == "coco":
    data.save(target)
elif to != "columns":
    getattr(data, f"to_{to}")(target)
"""


class _Head(msgspec.Struct, gc=False):
    image_id: int
    bbox: tuple[float, float, float, float]


class _File(msgspec.Struct):
    annotations: list[_Head]


def decode(text: bytes) -> float:
    began = time.process_time()
    msgspec.json.decode(text, type=_File)
    return time.process_time() - began


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same crowd in each format that is read, with pictures where their sizes are needed.

    What is compiled is compiled before: the first compilation, once after an installation, takes 50 MB more.
    """
    code = "import one_conversion; one_conversion.load_compiled()"
    subprocess.run([sys.executable, "-c", code], cwd=ONE.parent, check=True)
    folder = tmp_path_factory.mktemp("sources")
    heads = crowd()
    found = {"coco": folder / "heads.json", "csv": folder / "heads.csv", "mot": folder / "mot", "yolo": folder / "yolo"}
    Image.new("L", (1920, 1080)).save(folder / "blank.jpg")
    for name, path in found.items():
        write_scenes(heads, name, path, find_writer(name).options(), "none", jobs=1)
    for info in (info for scene in heads.scenes for info in scene.images):
        picture = found["yolo"] / "images" / (info.split or "") / info.path
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.hardlink_to(folder / "blank.jpg")
    return found


def measured(command: list[str]) -> tuple[float, float, list[str]]:
    """CPU seconds and peak MB of a command, and the lines that it printed."""
    done = subprocess.run([sys.executable, "-c", LAUNCHER, *command], stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, command
    *lines, last = done.stdout.splitlines()
    seconds, peak = map(float, last.split())
    return seconds, peak, lines


def of_others(source: Path, to: str, target: Path) -> str:
    """Seconds and peak of the other programs, their start included."""
    commands = {"hotcoco": [str(OTHERS / "python"), "-c", HOTCOCO, str(source), str(target / "hotcoco"), to]}
    if to != "columns":
        commands["panlabel"] = [str(OTHERS / "panlabel"), "convert", "--from", "coco", "--to", to]
        commands["panlabel"] += ["--input", str(source), "--output", str(target / "panlabel"), "--allow-lossy"]
    told = []
    for name, command in commands.items():
        if not Path(command[0]).exists():
            told.append(f"{name} not installed")
            continue
        try:
            seconds, peak, _ = measured(command)
            told.append(f"{name} {seconds:.1f} s {peak:.0f} MB")
        except AssertionError:
            told.append(f"{name} failed")
    return ", ".join(told)


@pytest.mark.parametrize(("source", "to"), BOUNDS)
def test_a_conversion_of_the_published_size(source: str, to: str, sources: dict[str, Path], tmp_path: Path) -> None:
    text = sources["coco"].read_bytes()
    floor = min(decode(text) for _ in range(3))
    seconds, peak = np.inf, 0.0
    for _ in range(2):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        _, high, printed = measured([sys.executable, str(ONE), str(sources[source]), to, str(tmp_path / "out")])
        seconds, peak = min(seconds, float(next(line for line in printed if line))), max(peak, high)
    floor = min(floor, *(decode(text) for _ in range(2)))
    del text
    ratio = seconds / floor
    most = BOUNDS[source, to]
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    beside = of_others(sources[source], to, tmp_path) if source == "coco" else ""
    print(f"\n{source} to {to}: {seconds:.2f} s = {ratio:.2f} decodes (at most {most:g}),", end="")
    print(f" {peak:.0f} MB; {beside}")
    assert ratio <= most
    assert peak <= PEAK
