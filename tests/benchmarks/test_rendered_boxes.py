"""Boxes from six anchors on rendered crowds of every place, against the exact ones: README's table.

`OMP_NUM_THREADS=1 pytest -n 0 -s tests/benchmarks/test_rendered_boxes.py`

Anchors are exact boxes with 5 % noise on each side, of visible heads: those that `suggest-anchor` names, asked again
after every anchor, or random ones. Points are rounded to pixels as by the GCC Labeler. Both rules use the offset of the
anchors, so that they differ only in the sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.anchors.anchors import Anchor, AnchorSet
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.geometry import around, centres, overlap, sizes
from gta_head_tools.interpolation.scene_boxes import fit_scene
from gta_head_tools.interpolation.scene_input import SceneInput, SizeSettings, gather_scene
from gta_head_tools.interpolation.suggestions import suggest_anchors
from gta_head_tools.synthesis.generate import LAYOUTS, CrowdSettings, draw_scene, render_image

SCENES, ANCHORS, NOISE, SHOWN = 6, 6, 0.05, 0.6
RULES = ("auto", "two-nearest")
HERE = Path("anchors.json")
Float = NDArray[np.float64]


def render(settings: CrowdSettings, number: int) -> list[ImageAnnotations]:
    """The points of a scene as the GCC Labeler gives them, with the exact boxes."""
    scene = draw_scene(settings, number)
    images = []
    for at in range(settings.images):
        made = render_image(scene, at)
        info = ImageInfo(f"{at}.jpg", *settings.size, scene=str(number), camera=scene.stage.camera)
        extra = {"visibility": made.visibility}
        images.append(ImageAnnotations(info, np.rint(made.points), boxes=made.boxes, extra=extra))
    return images


def gathered(images: Sequence[ImageAnnotations], drawn: Sequence[Anchor], rule: str = "auto") -> SceneInput:
    settings = SizeSettings(rule, offset=True)
    return gather_scene("scene", images, AnchorSet(images[0].info.size, tuple(drawn)), settings, path=HERE)


def suggested(images: Sequence[ImageAnnotations], drawn: Sequence[Anchor]) -> tuple[int, int]:
    """Image and head of the most useful next anchor, among the heads that a person could box."""
    scene = gathered(images, drawn)
    free = [i.extra["visibility"][rows] > SHOWN for i, rows in zip(images, scene.rows, strict=True)]
    for at, row in zip(scene.matched.images, scene.matched.rows, strict=True):
        free[at][scene.rows[at] == row] = False
    (best,) = suggest_anchors(scene.matched.points, scene.matched.sizes, scene.view, allowed=free)
    return best.image, int(scene.rows[best.image][best.head])


def drawn_box(image: ImageAnnotations, head: int, rng: np.random.Generator) -> Anchor:
    box = image.boxes[[head]]
    sides = (box[:, 2:] - box[:, :2]) * np.exp(NOISE * rng.standard_normal((1, 2)))
    x0, y0, x1, y1 = around(centres(box), *sides.T)[0].tolist()
    x, y = image.points[head].tolist()
    return Anchor(image.info.name, (x, y), (x0, y0, x1, y1))


def by_suggestion(images: Sequence[ImageAnnotations], rng: np.random.Generator) -> list[Anchor]:
    drawn: list[Anchor] = []
    for _ in range(ANCHORS):
        at, head = suggested(images, drawn)
        drawn.append(drawn_box(images[at], head, rng))
    return drawn


def by_chance(images: Sequence[ImageAnnotations], rng: np.random.Generator) -> list[Anchor]:
    shown = [(at, head) for at, i in enumerate(images) for head in np.flatnonzero(i.extra["visibility"] > SHOWN)]
    return [drawn_box(images[shown[k][0]], int(shown[k][1]), rng) for k in rng.choice(len(shown), ANCHORS, False)]


def score(images: Sequence[ImageAnnotations], drawn: Sequence[Anchor], rule: str) -> tuple[float, float]:
    """Median size error and mean overlap over all heads."""
    fit = fit_scene(gathered(images, drawn, rule))
    exact = np.concatenate([image.boxes for image in images])
    found = np.concatenate([fit.boxes(image)[0].boxes for image in images])
    return float(np.median(np.abs(sizes(found) / sizes(exact) - 1))), float(overlap(found, exact).mean())


DRAW = {"suggested": by_suggestion, "random": by_chance}


def cells(scores: Float) -> str:
    """Means over scenes of scores (scenes, ways to draw, rules, 2) as cells of a table."""
    return " | ".join(f"{100 * error:.1f} %, {shared:.2f}" for error, shared in scores.mean(axis=0).reshape(-1, 2))


def test_boxes_of_rendered_crowds_of_every_place() -> None:
    names = [f"`{rule}`, {ANCHORS} {way}" for way in DRAW for rule in RULES]
    print("\n| place | " + " | ".join(names) + " |\n| --- |" + " --- |" * len(names))
    every: list[Float] = []
    for layout in LAYOUTS:
        settings = CrowdSettings(scenes=SCENES, images=4, people=200, layout=layout)
        found = []
        for number in range(SCENES):
            images = render(settings, number)
            ways = [draw(images, np.random.default_rng(number)) for draw in DRAW.values()]
            found.append([[score(images, drawn, rule) for rule in RULES] for drawn in ways])
        every.append(np.array(found))
        print(f"| {layout} | {cells(every[-1])} |", flush=True)
    print(f"| all | {cells(np.concatenate(every))} |")
    errors = np.concatenate(every).mean(axis=0)[..., 0]
    assert (errors[:, 0] < 0.8 * errors[:, 1]).all()
