"""Rendered crowds in 1080p: milliseconds of CPU by stage of the work, and the memory they take."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest

from gta_head_tools.synthesis import generate
from gta_head_tools.synthesis.generate import CrowdSettings, draw_scene, render_image
from gta_head_tools.synthesis.painting import draws
from gta_head_tools.synthesis.painting.painter import paint
from gta_head_tools.synthesis.painting.sensor import expose
from gta_head_tools.synthesis.painting.shadows import dimmed, ground_shadows
from gta_head_tools.synthesis.people.crowd import draw_crowd

_R = TypeVar("_R")
LIMIT = {300: 30, 1000: 48, 4000: 130}
"""Milliseconds for a whole image, files apart, that a busy machine may take."""


class Watch:
    """Median CPU milliseconds of each named piece of work."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}

    def __call__(self, name: str, work: Callable[[], _R]) -> _R:
        result, rounds = work(), []
        for _ in range(9):
            began = time.process_time()
            result = work()
            rounds.append(1000 * (time.process_time() - began))
        self.times[name] = float(np.median(rounds))
        return result


@pytest.mark.parametrize("people", LIMIT)
def test_images_a_second(people: int) -> None:
    scene = draw_scene(CrowdSettings(1, 1, people, "plane", "clear", (12, 13)), 0)
    first = time.process_time()
    render_image(scene, 0)
    first = time.process_time() - first
    shared, lit, watch, atlas = scene.shared(), scene.lit(0), Watch(), generate._atlas()
    stage = scene.stage

    def chance() -> np.random.Generator:
        return np.random.default_rng(0)

    crowd = watch(
        "crowd",
        lambda: draw_crowd(stage, shared.ground, shared.cast, people, depth=lit.depth, rain=0.0, rng=chance()),
    )
    seen = watch("see", lambda: draws.see(stage, crowd.spots, crowd.middles))
    placed = watch("place", lambda: draws.place(atlas, draws.people_lots(crowd, seen), seen))
    dim = watch("neighbours", lambda: dimmed(crowd, lit.light))
    bright = watch("light", lambda: draws.bright(stage, seen, crowd.spots, lit.sunlit, dim))
    watch("rows", lambda: draws.illuminate(placed.draws, seen, bright))
    looks = watch("colours", lambda: draws.colours(atlas, lit.rows, crowd.palettes, seen, lit.light))
    painting = watch("paint", lambda: paint(placed.draws, looks, shared.buffers, len(crowd.spots)))
    sunlit, depth = lit.half
    dark = watch("shadows", lambda: ground_shadows(stage, crowd, lit.light, sunlit=sunlit, depth=depth))
    shadow, sensor = lit.light.shadow, generate._sensor(lit.light)
    picture = watch("expose", lambda: expose(lit.planes, painting.paint, dark, shadow, sensor=sensor, rng=chance()))
    watch("labels", lambda: generate._labelled(scene, lit, crowd, picture, painting, placed.boxes))
    parts = dict(watch.times)
    watch("whole", lambda: render_image(scene, 0))
    whole = watch.times["whole"]
    shares = "  ".join(f"{name} {value:.1f} ({value / whole:.0%})" for name, value in parts.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{people} people: {whole:.1f} ms, {1000 / whole:.0f} images/s, first {first:.1f} s, peak {peak:.0f} MiB")
    print(f"  {shares}; atlas {atlas.texels.nbytes / 2**20:.0f} MiB")
    assert whole <= LIMIT[people]
