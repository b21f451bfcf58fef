"""What the default rule expects of its sizes against what they are: the size field, single heads, the overlap, green.

`OMP_NUM_THREADS=1 pytest -n 0 -s tests/benchmarks/test_size_calibration.py`

Simulated scenes of every family, and rendered crowds of every place as in `test_rendered_boxes.py`, on scenes that
nothing was tuned on. The truth of the field is the size of an average head at the place, known for simulated scenes; on
rendered crowds it is that of a median over neighbours, in which the differences between people cancel out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.test_rendered_boxes import SCENES as PLACES
from benchmarks.test_rendered_boxes import by_chance, gathered, render
from gta_head_tools.geometry import around, centres, overlap, sizes
from gta_head_tools.interpolation.diagnosis import GREEN, Diagnosis, diagnose
from gta_head_tools.interpolation.scene_boxes import fit_scene
from gta_head_tools.synthesis.generate import LAYOUTS, CrowdSettings
from test_core.simulator import FAMILIES, PLACEMENTS
from test_core.trials import Trial, fit

FIRST, LAST = 3000, 3020
"""Numbers of the simulated scenes."""
NEIGHBOURS = 15


@dataclass(frozen=True)
class Case:
    """Expected and true median errors of field and heads, expected and true overlap, and whether the scene is green."""

    field: tuple[float, float]
    heads: tuple[float, float]
    overlap: tuple[float, float]
    green: bool


def case(judged: Diagnosis, field: float, heads: float, shared: float) -> Case:
    expected = judged.expected
    assert expected is not None
    return Case(
        (expected.field, field), (expected.heads, heads), (expected.overlap, shared), green=judged.grade == "green"
    )


def simulated(trial: Trial, number: int) -> Case:
    one = fit(trial, number)
    found, exact = one.model.predict(one.crowd.points), np.sqrt(one.crowd.sizes.prod(axis=1))
    shared = overlap(around(one.crowd.points, found.widths, found.heights), one.crowd.boxes).mean()
    judged = diagnose(one.model, one.view, one.points, one.sizes)
    heads = float(np.median(np.abs(found.sizes / exact - 1)))
    return case(judged, float(np.median(one.field_errors())), heads, float(shared))


def rendered(layout: str, number: int) -> Case:
    images = render(CrowdSettings(scenes=PLACES, images=2, people=200, layout=layout), number)
    made = fit_scene(gathered(images, by_chance(images, np.random.default_rng(number))))
    exact = np.concatenate([image.boxes for image in images])
    found = np.concatenate([made.boxes(image)[0].boxes for image in images])
    ratios, middles = sizes(found) / sizes(exact), centres(exact)
    near = cKDTree(middles).query(middles, k=NEIGHBOURS)[1]
    field = np.median(np.abs(np.median(ratios[near], axis=1) - 1))
    return case(made.diagnosis, float(field), float(np.median(np.abs(ratios - 1))), float(overlap(found, exact).mean()))


def told(name: str, cases: list[Case]) -> str:
    """A row: expected / true, and of the green scenes how many there are, their true error, and how many are right."""
    pairs = np.array([[each.field, each.heads, each.overlap] for each in cases]).mean(axis=0)
    green = np.array([each.field[1] for each in cases if each.green])
    right = f"{100 * green.mean():.1f} % | {100 * np.mean(green <= GREEN):.0f} %" if len(green) else "- | -"
    errors = " | ".join(f"{100 * expected:.1f} / {100 * true:.1f} %" for expected, true in pairs[:2])
    return f"| {name} | {errors} | {pairs[2, 0]:.2f} / {pairs[2, 1]:.2f} | {len(green)} of {len(cases)} | {right} |"


def test_expected_errors_are_those_that_are_made() -> None:
    print("\n| scenes | sizes | single heads | overlap | green | true error of green | of these within 6 % |")
    print("|" + " --- |" * 7)
    every: list[Case] = []
    for count in (4, 6, 12):
        for placement in PLACEMENTS[:2]:
            trials = [Trial(family, placement, count) for family in FAMILIES]
            cases = [simulated(trial, number) for trial in trials for number in range(FIRST, LAST)]
            every += cases
            print(told(f"simulated, {count} {placement}", cases), flush=True)
    for layout in LAYOUTS:
        cases = [rendered(layout, number) for number in range(PLACES)]
        every += cases
        print(told(f"rendered, 6 random, {layout}", cases), flush=True)
    print(told("all", every))
    field = np.array([each.field for each in every]).mean(axis=0)
    assert 0.75 < field[0] / field[1] < 1.35
    assert np.mean([each.field[1] for each in every if each.green]) <= GREEN
