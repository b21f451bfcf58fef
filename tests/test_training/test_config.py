"""Settings: unknown names, wrong values and recipes, and a method of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gta_head_tools.errors import ConfigError, DataFormatError, UnknownNameError
from test_training.tiny import TinyConfig
from training.config import TrainConfig, build_config, gather_settings, parse_loss, parse_settings, read_recipe
from training.methods.centernet import CenterNetConfig
from training.registry import find_method


def test_settings_are_typed() -> None:
    config = build_config(TrainConfig, parse_settings(["lr=1e-3", "channels-last=false", "fit=crop", "epochs=2"]))
    assert (config.lr, config.channels_last, config.fit, config.epochs) == (1e-3, False, "crop", 2)


def test_whole_numbers_do_for_numbers() -> None:
    assert build_config(TrainConfig, {"clip": 5}).clip == 5.0


def test_the_nearest_setting_is_named() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'epochs'"):
        build_config(TrainConfig, {"epoch": 3})


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("epochs=0", "epochs = 0: expected a whole number >= 1"),
        ("epochs=many", "epochs = 'many': expected a whole number, got a text"),
        ("flip=2", "flip = 2: expected a number <= 1"),
        ("scale_low=3", "low <= high"),
        ("lr=nan", "lr = nan: expected a finite number"),
        ("lr=0", "lr = 0: expected a number > 0"),
        (f"seed={2**63}", "expected a whole number <= 9223372036854775807"),
        ("seed=-1", "seed = -1: expected a whole number >= 0"),
        ("workers=-2", "workers = -2"),
        ("clip=nan", "clip = nan"),
        ("accumulate=3", "does not divide"),
        ("workers=many", "workers = 'many': expected a whole number or nothing, got a text"),
        ("fit=letterbx", "did you mean 'letterbox'"),
        ("epochs", "expected key=value"),
    ],
)
def test_wrong_values_are_told(pair: str, message: str) -> None:
    with pytest.raises((ConfigError, UnknownNameError), match=message):
        build_config(TrainConfig, parse_settings([pair]))


def test_ranges_hold_for_settings_that_a_method_declares_anew() -> None:
    with pytest.raises(ConfigError, match="epochs = 0: expected a whole number >= 1"):
        build_config(TinyConfig, {"epochs": 0})


def test_a_loss_may_bring_settings() -> None:
    assert parse_loss("mfl-p1") == ("mfl_p1", {})
    assert parse_loss("focal:gamma=4, beta-on=all") == ("focal", {"gamma": 4, "beta_on": "all"})
    with pytest.raises(ConfigError, match="setting 'gamma': expected key=value"):
        parse_loss("focal:gamma")


def test_what_is_asked_for_replaces_what_a_recipe_says() -> None:
    recipe = {"method": "centernet", "loss": "mfl:beta_pos=0.25", "epochs": 3, "channels-last": False}
    told = gather_settings(recipe, pairs=["lr=0.1"], epochs=9, seed=None)
    wanted = {"loss": "mfl", "beta_pos": 0.25, "epochs": 9, "lr": 0.1, "channels_last": False}
    assert told == ("centernet", wanted)
    assert gather_settings(recipe, loss="focal:gamma=4")[1] == {
        "loss": "focal", "gamma": 4, "epochs": 3, "channels_last": False,
    }  # fmt: skip
    assert gather_settings({}, method="mcnn") == ("mcnn", {})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"pairs": ["epochs=3"], "epochs": 9}, "epochs is given twice"),
        ({"loss": "focal:gamma=4", "pairs": ["gamma=2"]}, "gamma is given twice"),
        ({"method": "mcnn"}, "the recipe is for centernet"),
    ],
)
def test_nothing_is_asked_for_twice(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        gather_settings({"method": "centernet"}, **asked)


def test_a_broken_recipe_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("epochs = ", encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"a\.toml"):
        read_recipe(tmp_path / "a.toml")


def test_a_recipe_is_text_in_any_encoding_with_a_mark(tmp_path: Path) -> None:
    text = "# Größe\r\nepochs = 3\r\n"
    (tmp_path / "a.toml").write_bytes(text.encode("utf-16"))
    assert read_recipe(tmp_path / "a.toml") == {"epochs": 3}
    (tmp_path / "a.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataFormatError, match=r"a\.toml:1: no UTF-8 text: '# Größe' if it is Windows-1252"):
        read_recipe(tmp_path / "a.toml")


@pytest.mark.parametrize("recipe", [{"method": 3}, {"loss": {"name": "mfl"}}])
def test_names_in_a_recipe_are_texts(recipe: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="expected a name in quotation marks"):
        gather_settings(recipe)


def test_a_method_of_ones_own_is_found(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("from training.base import Method\nclass MyNet(Method):\n    pass\n", encoding="utf-8")
    assert find_method(f"{file}:MyNet").__name__ == "MyNet"
    with pytest.raises(ConfigError, match="known: MyNet"):
        find_method(f"{file}:YourNet")


@pytest.mark.parametrize("text", ["raise SystemExit(4)", "import nowhere_to_be_found", "def ("])
def test_a_file_that_cannot_be_loaded_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.py: cannot be loaded"):
        find_method(f"{tmp_path / 'mine.py'}:Net")
    with pytest.raises(ConfigError, match=r"given as path/file\.py:Class"):
        find_method(f"{tmp_path / 'mine.py'}")


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="centernet"):
        find_method("centrenet")


def test_settings_without_effect_are_told_with_the_reason() -> None:
    config = build_config(CenterNetConfig, {"loss": "cornernet", "radius": "iou", "fit": "letterbox"})
    found = config.without_effect()
    assert found["radius"] == "loss = cornernet has no mask of boxes"
    assert found.keys() == {
        *("momentum", "scale_low", "scale_high", "predict_scale", "radius", "eta", "head_weight"),
        *("decay_epochs", "decay_rate", "poly_power"),
    }
    assert not {"radius", "scale_low"} & build_config(CenterNetConfig, {"fit": "crop"}).without_effect().keys()
