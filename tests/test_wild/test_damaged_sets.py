"""A file of a data set is damaged: the heads are as the file stands, or there is one clear error. Over all formats.

The default run makes 200 trials of each format. The long one makes 2,000 more:

    pytest -m slow tests/test_wild/test_damaged_sets.py
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from converters.datasets.read import read_dataset
from converters.formats.registry import detect_format
from gta_head_tools.errors import GtaHeadError
from test_wild.mutated import damaged
from test_wild.plain.plain import Heads, Plain
from test_wild.plain.registry import PLAIN

SEEDS = [range(200), pytest.param(range(200, 2200), marks=pytest.mark.slow)]


def read(folder: Path, name: str, plain: Plain) -> tuple[dict[str, NDArray[np.float64]], int]:
    """The heads of a data set as its oracle gives them, by name of the image, and the number of its notes."""
    dataset = read_dataset(folder, format_name=name, options=plain.options)[1]
    found = {}
    for image in dataset:
        columns = [image.boxes, image.ids[:, None], image.ignore[:, None], image.points]
        found[image.info.name] = np.hstack([np.asarray(column, dtype=np.float64) for column in columns])
    return found, len(dataset.notes)


def same(found: dict[str, NDArray[np.float64]], expected: Heads) -> bool:
    """True for the same images with the same heads in the same order."""
    if found.keys() != expected.keys():
        return False
    for name, heads in expected.items():
        width = len(heads[0]) if heads else 0
        rows = found[name][:, 6:] if width == 2 else found[name][:, :width]
        if len(found[name]) != len(heads) or not np.allclose(
            rows, np.reshape(heads, (len(heads), width)), rtol=1e-9, atol=1e-5
        ):
            return False
    return True


def damage(file: Path, characters: str | None, random_: random.Random) -> None:
    """A few accidents in a file."""
    if characters is not None:
        file.write_bytes(damaged(file.read_text(), characters, random_).encode())
        return
    content = bytearray(file.read_bytes())
    for _ in range(random_.choice([1, 1, 2, 3])):
        at = random_.randrange(len(content))
        content[at] = random_.choice([0, 1, 255, content[at] ^ 1 << random_.randrange(8)])
    file.write_bytes(content[: random_.randrange(len(content))] if random_.random() < 0.1 else content)


def oracle(plain: Plain, folder: Path) -> Heads | None:
    """The heads as the strict reader gives them; None = the files have no plain meaning."""
    try:
        return plain.heads(folder)
    except Exception:  # Parsers of many kinds refuse a file with errors of their own.
        return None


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_set_is_detected_and_read_as_its_oracle_reads_it(name: str, tmp_path: Path) -> None:
    assert PLAIN[name].put(tmp_path)
    assert detect_format(tmp_path) == name
    assert same(read(tmp_path, name, PLAIN[name])[0], PLAIN[name].heads(tmp_path))


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("name", PLAIN)
def test_a_damaged_set_is_refused_or_read_as_it_stands(name: str, seeds: range, tmp_path: Path) -> None:
    plain, compared = PLAIN[name], 0
    whole, folder = tmp_path / "whole", tmp_path / "set"
    names = sorted(file.relative_to(whole) for file in plain.put(whole))
    shutil.copytree(whole, folder)
    for seed in seeds:
        random_ = random.Random(f"{name}{seed}")
        file = random_.choice(names)
        damage(folder / file, plain.characters, random_)
        try:
            found, noted = read(folder, name, plain)
        except GtaHeadError as error:
            assert str(error).count("\n") == 0, seed
            assert str(folder) in str(error), (seed, error)
        else:
            expected = oracle(plain, folder)
            if expected is not None and not noted:
                assert same(found, expected), (seed, (folder / file).read_bytes())
                compared += 1
        shutil.copyfile(whole / file, folder / file)
    assert compared >= plain.accepts * len(seeds)
