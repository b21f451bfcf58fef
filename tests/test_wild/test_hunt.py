"""A hunt for wrong results without an error: files in many spellings, damaged files, and scores that are known.

The default run makes a few trials of each kind; the long hunt makes thousands:

    pytest -m slow tests/test_wild/test_hunt.py
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from converters.datasets.read import read_dataset
from converters.evaluate import ScoreOptions, evaluate
from converters.pairing import read_pair
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import GtaHeadError
from test_wild.messy import WRITERS
from test_wild.mutated import FILES, mutated, plain
from test_wild.oracles import READERS, Heads, image_stem
from test_wild.scored import PREDICTED, TRUE, known

DAMAGED = [range(200), pytest.param(range(200, 3000), marks=pytest.mark.slow)]
SEEDS = [range(25), pytest.param(range(25, 3000), marks=pytest.mark.slow)]


def heads_of(image: ImageAnnotations) -> list[tuple[float, ...]]:
    """Heads as the oracles give them: boxes with track and flag, or points."""
    if not image.has_box.all():
        return [*map(tuple, image.points.tolist())]
    columns = zip(image.boxes.tolist(), image.ids.tolist(), image.ignore.tolist(), strict=True)
    return [(*box, track, int(ignore)) for box, track, ignore in columns]


def read(path: Path, name: str | None = None) -> tuple[str, Heads]:
    """Format and heads of a label file, by name of the image without suffix."""
    found, images = read_dataset(path, format_name=name)
    heads: Heads = {}
    for image in images:
        frame = image.info.frame
        stem = f"{frame:06d}" if found == "mot" else image_stem(image.info.path.removeprefix("images/"))
        heads[stem] = heads_of(image)
    return found, heads


def same(found: Heads, expected: Heads) -> bool:
    """True when both hold the same heads, in any order."""
    if found.keys() != expected.keys():
        return False
    sides = [(sorted(found[name]), sorted(expected[name])) for name in expected]
    return all(len(one) == len(two) and np.allclose(one, two, rtol=1e-9, atol=1e-5) for one, two in sides)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("name", WRITERS)
def test_every_spelling_is_read_as_what_it_means(name: str, seeds: range, tmp_path: Path) -> None:
    for seed in seeds:
        written = WRITERS[name](random.Random(f"{name}{seed}"), tmp_path / str(seed))
        boxes, points = (
            {
                stem: [(*h.box, h.track, int(h.ignore)) if form else (h.x + h.w / 2, h.y + h.h / 2) for h in part]
                for stem, part in written.heads.items()
            }
            for form in (True, False)
        )
        found, heads = read(written.path)
        assert found == name, (seed, written.how)
        assert same(heads, boxes if written.boxes else points), (seed, written.how)


@pytest.mark.parametrize("seeds", DAMAGED)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused_or_read_as_it_stands(name: str, seeds: range, tmp_path: Path) -> None:
    file, compared = tmp_path / FILES[name], 0
    for seed in seeds:
        random_ = random.Random(f"m{name}{seed}")
        file.write_bytes(mutated(plain(name, random_), name, random_).encode())
        try:
            _, heads = read(file, name)
        except GtaHeadError as error:
            assert str(error).count("\n") == 0
            continue
        try:
            expected = READERS[name](file)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
            continue  # What the strict oracle refuses has no known meaning here.
        assert same(heads, expected), seed
        compared += 1
    assert compared > len(seeds) // 5


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("predicted", PREDICTED)
@pytest.mark.parametrize("true", TRUE)
def test_scores_are_the_known_ones_in_all_formats(true: str, predicted: str, seeds: range, tmp_path: Path) -> None:
    for seed in seeds[:: len(TRUE) * len(PREDICTED)]:
        random_ = random.Random(f"{true}{predicted}{seed}")
        made = known(random_)
        if not any(made.true.values()) or not any(made.predicted.values()):
            continue
        folder = tmp_path / str(seed)
        folder.mkdir()
        files = [
            PREDICTED[predicted](folder, "pred", made.predicted, random_),
            TRUE[true](folder, "true", made.true, random_),
        ]
        counts = evaluate(read_pair(*files), ScoreOptions(), jobs=1).keys
        places = evaluate(read_pair(*files), ScoreOptions(protocol="nwpu"), jobs=1).keys["sigma_l"]
        assert counts["images"] == len(made.true), seed
        assert counts["mae"] == pytest.approx(np.mean(np.abs(made.errors))), seed
        assert [places[key] for key in ("tp", "fp", "fn")] == [made.found, made.false, made.missed], seed
