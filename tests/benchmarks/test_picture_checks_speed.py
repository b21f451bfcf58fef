"""A look at a picture against a decode of it, and the search for near-same pictures among 100,000.

`OMP_NUM_THREADS=1 pytest -n 0 -s tests/benchmarks/test_picture_checks_speed.py`

CPU seconds. A look at a photograph took 0.75 of a full decode by Pillow, because a JPEG is decoded at an eighth of its
size; a PNG, which is decoded in full, 1.1. The search took 1.1 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gta_head_tools.checks.near_pictures import near_pairs
from gta_head_tools.picture_look import SIDE, Shown, look_at

MOST = {".jpg": 1.1, ".png": 1.4}
"""Full decodes that a look takes at most."""
SECONDS = 5.0


def photograph(seed: int) -> Image.Image:
    """Shapes of all sizes and the noise of a sensor, so that it packs like a photograph."""
    random = np.random.default_rng(seed)
    layers = [Image.fromarray(random.integers(0, 256, (9 * 4**n, 16 * 4**n, 3), dtype=np.uint8)) for n in range(4)]
    pixels = np.mean([np.asarray(layer.resize((1920, 1080)), dtype=np.float64) for layer in layers], axis=0)
    return Image.fromarray(np.clip(pixels + random.normal(0, 3, pixels.shape), 0, 255).astype(np.uint8))


def seconds(work: Callable[[Path], object], files: list[Path]) -> float:
    def once() -> float:
        began = time.process_time()
        for file in files:
            work(file)
        return time.process_time() - began

    return min(once() for _ in range(5))


def full_decode(file: Path) -> None:
    with Image.open(file) as picture:
        picture.load()


@pytest.mark.parametrize("suffix", MOST)
def test_a_look_takes_hardly_longer_than_a_decode(suffix: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{seed}{suffix}" for seed in range(3)]
    for seed, file in enumerate(files):
        photograph(seed).save(file, quality=90)
    look_at(files[0])
    ratio = seconds(look_at, files) / seconds(full_decode, files)
    print(f"\n{suffix}: {ratio:.2f} decodes, {seconds(look_at, files) / len(files) * 1e3:.1f} ms a look")
    assert ratio <= MOST[suffix]


def test_near_pictures_among_100000() -> None:
    random = np.random.default_rng(0)
    hashes = random.integers(0, 2**63, 100_000, dtype=np.uint64).tolist()
    grey = [bytes(random.integers(0, 256, SIDE * SIDE, dtype=np.uint8)) for _ in range(1000)]
    pictures = [Shown("colour", b"", hashed, grey[n % 1000], flat=False) for n, hashed in enumerate(hashes)]
    for place in range(0, 100_000, 1000):
        near = hashes[place] ^ sum(1 << int(bit) for bit in random.choice(64, 4, replace=False))
        pictures.append(Shown("colour", b"", near, pictures[place].thumbnail, flat=False))
    began = time.process_time()
    found = near_pairs(pictures, np.arange(len(pictures)))
    took = time.process_time() - began
    print(f"\n{took:.2f} s")
    assert found.tolist() == [[place, 100_000 + n] for n, place in enumerate(range(0, 100_000, 1000))]
    assert took <= SECONDS
