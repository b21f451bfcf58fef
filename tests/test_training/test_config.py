"""Settings: unknown names, wrong values and recipes, and a method of one's own."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path
from typing import Any

import pytest

from gta_head_tools.errors import ConfigError, DataFormatError, UnknownNameError
from test_training.tiny import TinyConfig
from training.asked_settings import gather_settings, parse_loss, parse_settings, read_recipe
from training.config import _MEANT, TrainConfig, build_config
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
    ("name", "hint"),
    [
        ("learning_rate", "did you mean 'lr'?"),
        ("Batch-Size", "did you mean 'batch'?"),
        ("num_workers", "did you mean 'workers'?"),
        ("wd", "did you mean 'weight_decay'?"),
        ("image_size", "did you mean 'width' and 'height'?"),
        ("LR", "did you mean 'lr'?"),
    ],
)
def test_names_of_other_programs_are_understood(name: str, hint: str) -> None:
    with pytest.raises(UnknownNameError) as told:
        build_config(TrainConfig, {name: 1})
    assert f"unknown setting {name!r}: {hint} known: epochs, " in str(told.value)
    assert str(pickle.loads(pickle.dumps(told.value))) == str(told.value)


def test_every_setting_that_is_offered_is_one() -> None:
    known = {field.name for field in dataclasses.fields(TrainConfig)}
    assert {ours for names in _MEANT.values() for ours in names} <= known
    assert not known & _MEANT.keys()


@pytest.mark.parametrize(
    ("text", "value"),
    [(".5", 0.5), ("-.5", -0.5), ("5.", 5.0), ("+2.e-3", 0.002), (".1e1", 1.0), ("0.5", 0.5), ("1e-3", 1e-3), ("3", 3),
     ("true", True), ("[1, 2]", [1, 2]), ("'.5'", ".5"), (".", "."), ("e5", "e5"), ("Infinity", "Infinity"),
     ("1.2.3", "1.2.3"), ("./a.pt", "./a.pt")],
)  # fmt: skip
def test_numbers_are_written_as_people_do(text: str, value: Any) -> None:
    found = parse_settings([f"a={text}"])["a"]
    assert (found, type(found)) == (value, type(value))


def test_a_setting_of_a_loss_without_a_zero_before_the_point() -> None:
    loss, own = parse_loss("mfl_p1:gamma=.5")
    assert build_config(CenterNetConfig, {"loss": loss, **own}).gamma == 0.5


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("lr=.1e999", "lr = inf: expected a finite number"),
        ("lr=Infinity", "lr = 'Infinity': expected a number, got a text"),
        ("epochs=.5", "epochs = 0.5: expected a whole number, got a number"),
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
        *("momentum", "near_heads", "scale_low", "scale_high", "predict_scale", "radius", "eta", "head_weight"),
        *("decay_epochs", "decay_rate", "poly_power"),
    }
    assert not {"radius", "scale_low"} & build_config(CenterNetConfig, {"fit": "crop"}).without_effect().keys()
    whole = build_config(CenterNetConfig, {"fit": "whole"}).without_effect()
    assert whole["width"] == whole["height"] == "fit = whole takes pictures at their own size"
    assert "scale_low" not in whole
