"""What every recipe that ships must be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gta_head_tools.errors import UnknownNameError
from training.asked_settings import gather_settings, read_recipe
from training.catalogue import RECIPES, find_recipe
from training.config import TrainConfig, build_config
from training.registry import find_method

SHIPPED = sorted(RECIPES.glob("*.toml"))


def config_of(path: Path) -> TrainConfig:
    method, settings = gather_settings(read_recipe(path))
    assert method is not None
    return build_config(find_method(method).Config, settings)


def header(path: Path) -> str:
    lines = path.read_text("utf-8").splitlines()
    return "\n".join(lines[: next(number for number, line in enumerate(lines) if not line.startswith("#"))])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_recipe_is_flat_and_builds_its_method(path: Path) -> None:
    assert not any(isinstance(value, dict) for value in read_recipe(path).values())
    assert config_of(path) == config_of(find_recipe(Path(path.stem)))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_its_header_tells_command_time_score_and_source(path: Path) -> None:
    told = header(path)
    assert f"ghtools baseline train --recipe {path.stem}" in told
    assert all(f"# {word}:" in told for word in ("Command", "Time", "Score", "Source"))


def test_the_recipe_of_the_paper() -> None:
    config = config_of(RECIPES / "centernet_gta_head.toml")
    found = (config.width, config.height, config.lr, config.lr_end, config.batch, config.epochs, config.optimizer)
    assert found == (1088, 608, 1e-2, 1e-4, 8, 36, "adam")
    gentle = config_of(RECIPES / "centernet_gta_head_gentle.toml")
    assert (gentle.lr, gentle.batch) == (1e-3, 8)


def test_all_networks_of_the_paper_share_its_schedule() -> None:
    names = ["width", "height", "fit", "optimizer", "lr", "lr_end", "schedule", "warmup", "clip", "batch", "epochs"]
    names += ["flip", "jitter", "weight_decay", "backbone_weights"]
    shared = [
        [getattr(config_of(RECIPES / f"{method}_gta_head.toml"), name) for name in names]
        for method in ("centernet", "csrnet", "cannet")
    ]
    assert shared[0] == shared[1] == shared[2]


@pytest.mark.parametrize("method", ["csrnet", "cannet"])
def test_the_defaults_are_the_recipe_of_their_own_paper(method: str) -> None:
    own = config_of(RECIPES / f"{method}_paper.toml")
    kept: dict[str, Any] = {"form": "shared", "quarters": False} if method == "cannet" else {}
    assert replace(own, **kept) == build_config(find_method(method).Config, {})


def test_the_verification_has_the_scenes_and_steps_that_its_header_says() -> None:
    config = config_of(RECIPES / "mfl_verification.toml")
    assert (round(130 * config.val_share), round(130 * config.test_share)) == (10, 20)
    assert 100 * 20 // config.batch * config.epochs == 5000


def test_a_recipe_is_a_file_or_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_recipe(Path("centernet_gta_head")) == RECIPES / "centernet_gta_head.toml"
    Path("centernet_gta_head").write_text("epochs = 1")
    assert find_recipe(Path("centernet_gta_head")) == Path("centernet_gta_head")
    assert find_recipe(Path("my.toml")) == Path("my.toml")
    with pytest.raises(UnknownNameError, match="did you mean 'mfl_verification'"):
        find_recipe(Path("mfl_verificaton"))
