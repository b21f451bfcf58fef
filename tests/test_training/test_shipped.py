"""The model that ships: whole, small enough, of its recipe, and good for something."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.evaluation.localization import NwpuScores
from gta_head_tools.synthesis.generate import CrowdSettings, draw_scene, render_image
from training.asked_settings import read_recipe
from training.catalogue import find_recipe
from training.config import build_config
from training.predict import shipped_model
from training.registry import find_method
from training.runs.checkpoint import load_method
from training.scores.score import score_method


def test_it_is_small_and_its_hash_stands_beside_it() -> None:
    weights = shipped_model().read_bytes()
    told = json.loads(shipped_model().with_suffix(".json").read_text("utf-8"))
    assert len(weights) <= 8e6
    assert told["sha256"] == hashlib.sha256(weights).hexdigest()


def test_its_recipe_is_what_it_was_trained_with() -> None:
    recipe = read_recipe(find_recipe(shipped_model().with_suffix(".toml")))
    kind = find_method(recipe.pop("method"))
    assert asdict(load_method(shipped_model(), "cpu").config) == asdict(build_config(kind.Config, recipe))


def test_it_finds_heads_in_a_place_it_never_saw() -> None:
    rendered = render_image(
        draw_scene(CrowdSettings(1, 1, 60, "plane", "clear", (12, 12), size=(960, 540), seed=99), 0), 0
    )
    seen = rendered.visibility >= 0.2
    true = ImageAnnotations(ImageInfo("x.png", 960, 540), rendered.points[seen], boxes=rendered.boxes[seen])
    scores = score_method(load_method(shipped_model(), "cpu"), [(rendered.picture, true)])
    places = scores.protocols["nwpu"]
    assert isinstance(places, NwpuScores)
    assert places.sigma_l.f1 > 0.7
