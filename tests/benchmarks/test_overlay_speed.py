"""Overlays cost no more than a plain loop of Pillow over the same boxes and dots."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw
from pytest_benchmark.fixture import BenchmarkFixture

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.geometry import around
from gta_head_tools.overlays.head_overlay import draw_heads


def crowd(count: int) -> ImageAnnotations:
    rng = np.random.default_rng(0)
    points = rng.uniform((0, 300), (1920, 1080), (count, 2))
    sizes = 4 + 0.06 * (points[:, 1] - 290)
    return ImageAnnotations(ImageInfo("x"), points, boxes=around(points, 0.85 * sizes, sizes))


def with_pillow(picture: Image.Image, heads: ImageAnnotations) -> None:
    pen = ImageDraw.Draw(picture.copy())
    for (x, y), box in zip(heads.points.tolist(), heads.boxes.tolist(), strict=True):
        pen.rectangle(box, outline=(255, 125, 80))
        pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill="white", outline="black")


def cpu_seconds(work: Callable[[], object]) -> float:
    rounds = []
    for _ in range(9):
        began = time.process_time()
        work()
        rounds.append(time.process_time() - began)
    return min(rounds)


def test_4000_heads_cost_no_more_than_pillow(benchmark: BenchmarkFixture) -> None:
    heads, picture = crowd(4000), np.full((1080, 1920, 3), 128, np.uint8)
    plain = Image.fromarray(picture)
    ours, theirs = cpu_seconds(lambda: draw_heads(picture, heads)), cpu_seconds(lambda: with_pillow(plain, heads))
    assert ours <= 1.1 * theirs, f"{1000 * ours:.1f} ms against {1000 * theirs:.1f} ms"
    benchmark(draw_heads, picture, heads)
