"""Settings of a training: one frozen dataclass a method, unknown names refused with the nearest known."""

from __future__ import annotations

import dataclasses
import math
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from gta_head_tools.errors import ConfigError, UnknownNameError
from gta_head_tools.json_words import KINDS

Count = Annotated[int, msgspec.Meta(ge=1)]
Number = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
_MEANT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("learning_rate", "base_lr", "lr0", "max_lr"), ("lr",)),
    **dict.fromkeys(("min_lr", "lr_min", "eta_min", "final_lr"), ("lr_end",)),
    **dict.fromkeys(("scheduler", "lr_scheduler", "lr_policy"), ("schedule",)),
    **dict.fromkeys(("batch_size", "bs", "train_batch_size", "samples_per_gpu"), ("batch",)),
    **dict.fromkeys(("gradient_accumulation_steps", "grad_accum", "accumulation_steps"), ("accumulate",)),
    **dict.fromkeys(("num_workers", "n_workers", "jobs", "dataloader_workers"), ("workers",)),
    **dict.fromkeys(("num_epochs", "n_epochs", "max_epochs", "epoch_num"), ("epochs",)),
    **dict.fromkeys(("wd", "decay", "l2", "weightdecay"), ("weight_decay",)),
    **dict.fromkeys(("image_size", "img_size", "imgsz", "input_size", "crop_size", "size"), ("width", "height")),
    **dict.fromkeys(("grad_clip", "clip_grad", "clip_norm", "max_norm", "max_grad_norm"), ("clip",)),
    **dict.fromkeys(("amp", "dtype", "fp16", "bf16", "mixed_precision"), ("precision",)),
    **dict.fromkeys(("ema", "ema_decay", "model_ema"), ("average",)),
    **dict.fromkeys(("pretrained", "weights", "backbone_checkpoint"), ("backbone_weights",)),
    **dict.fromkeys(("hflip", "mirror", "horizontal_flip"), ("flip",)),
    **dict.fromkeys(("val_split", "validation_share"), ("val_share",)),
    "test_split": ("test_share",),
}
"""Names that other programs have for settings, and ours."""
_KINDS = KINDS | {"object": "a table", "null": "nothing"}
"""The words of TOML where they differ from those of JSON."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The settings that all methods share. The defaults are the recipe of the Mask Focal Loss paper (section 4).

    Attributes:
        epochs: passes over the training images.
        batch: images of one step, over all processes.
        accumulate: micro-batches that a step is cut into, to save memory; the gradient is that of the whole step.
        optimizer: adam, adamw or sgd.
        lr: highest learning rate, for the batch as given; never rescaled.
        lr_end: learning rate at the end.
        schedule: of the learning rate by step: cosine or poly from `lr` to `lr_end`, step (times `decay_rate` every
            `decay_epochs` epochs) or constant; plateau = times `decay_rate` once the MAE on the validation split has
            not fallen in more than `decay_epochs` validations, without warm-up.
        decay_epochs: see `schedule`.
        decay_rate: see `schedule`.
        poly_power: exponent of poly.
        warmup: steps of linear rise to `lr`, at most a tenth of all steps.
        weight_decay: of the optimiser.
        momentum: of sgd.
        clip: largest norm of the gradient; 0 = no clipping.
        precision: of the network; auto = bf16 on a GPU that has it, float32 elsewhere.
        width: of the network's input, pixels.
        height: of the network's input, pixels.
        fit: letterbox = the whole picture is scaled into the input, in training and prediction; crop = the network
            learns from parts of the picture at its own scale, and predicts the whole picture; whole = it learns from
            whole pictures at their own scale, padded to the largest one of a step.
        near_heads: share of the crops that are placed over a head, the others lie anywhere. Above 0, sparse scenes
            teach a detector more, but crops show more heads than the pictures do, and a density is learned too high.
        scale_low: smallest factor of the random scale of a sample, unless `fit` is letterbox.
        scale_high: largest factor of it.
        flip: share of mirrored samples.
        jitter: strength of random brightness, contrast and saturation.
        noise: largest standard deviation of random grain, grey levels.
        tone: strength of a random gamma curve, whose exponent is 1 / (1 + tone) to 1 + tone.
        tint: strength of the random gain of each colour channel.
        grey: share of samples without colours.
        blur: largest standard deviation of a Gaussian blur, pixels; of half of the samples, as are the next two.
        shrink: smallest factor by which samples are made smaller and then large again; 1 = never.
        jpeg: lowest quality of JPEG compression; 100 = none.
        threshold_by: error of the counts on the validation split that the threshold makes smallest: mae, or nae, in
            which a few pictures with many heads do not decide alone.
        change_val: pictures for validation get the same changes of colours and quality as samples, so that the
            threshold fits pictures that are less clear than those of the data.
        holdout: what is held out where the data have no splits: whole scenes, or images.
        val_share: share of the data that is held out to choose the threshold.
        test_share: share of the data that is held out for the scores.
        cache: keep decoded pictures in memory.
        workers: processes that prepare samples; None = chosen by the machine. The result does not depend on it.
        compile: compile the network.
        channels_last: memory layout of the network, faster on most GPUs.
        backbone_weights: file of pretrained weights of the backbone; "" = none. Nothing is downloaded.
        average: decay of the moving average of the weights, which is then what is kept and used; 0 = none.
        keep: weights of the last epoch, or of the validation with the lowest MAE.
        validate_every: epochs between scores on the validation split; 0 = only at the end.
        seed: of weights, order and augmentation.
    """

    epochs: Count = 36
    batch: Count = 8
    accumulate: Count = 1
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    lr: Positive = 1e-2
    lr_end: NotNegative = 1e-4
    schedule: Literal["cosine", "constant", "step", "poly", "plateau"] = "cosine"
    decay_epochs: Positive = 30.0
    decay_rate: Share = 0.1
    poly_power: Positive = 0.9
    warmup: Number = 500
    weight_decay: NotNegative = 0.0
    momentum: NotNegative = 0.9
    clip: NotNegative = 10.0
    precision: Literal["auto", "no", "bf16", "fp16"] = "auto"
    width: Count = 1088
    height: Count = 608
    fit: Literal["letterbox", "crop", "whole"] = "letterbox"
    near_heads: Share = 0.0
    scale_low: Positive = 1.0
    scale_high: Positive = 1.0
    flip: Share = 0.5
    jitter: Share = 0.1
    noise: NotNegative = 0.0
    tone: NotNegative = 0.0
    tint: Share = 0.0
    grey: Share = 0.0
    blur: NotNegative = 0.0
    shrink: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    jpeg: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100
    threshold_by: Literal["mae", "nae"] = "mae"
    change_val: bool = False
    holdout: Literal["scene", "image"] = "scene"
    val_share: Share = 0.15
    test_share: Share = 0.15
    cache: bool = False
    workers: Number | None = None
    compile: bool = False
    channels_last: bool = True
    backbone_weights: str = ""
    average: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0
    keep: Literal["last", "best"] = "last"
    validate_every: Number = 0
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = {} if self.optimizer == "sgd" else {"momentum": f"optimizer = {self.optimizer} has none"}
        if self.fit != "crop":
            found["near_heads"] = f"fit = {self.fit} cuts no crops"
        if self.fit == "letterbox":
            found |= dict.fromkeys(("scale_low", "scale_high"), "fit = letterbox scales pictures into the input")
        if self.fit == "whole":
            found |= dict.fromkeys(("width", "height"), "fit = whole takes pictures at their own size")
        scheduled = {"step": {"decay_epochs", "decay_rate"}, "plateau": {"decay_epochs", "decay_rate", "lr_end"}}
        scheduled |= {"cosine": {"lr_end"}, "poly": {"lr_end", "poly_power"}, "constant": {"lr_end"}}
        others = {"decay_epochs", "decay_rate", "poly_power"} - scheduled[self.schedule]
        return found | dict.fromkeys(sorted(others), f"schedule = {self.schedule} does not use it")


Config = TypeVar("Config", bound=TrainConfig)


def build_config(kind: type[Config], settings: Mapping[str, Any]) -> Config:
    """A configuration from settings by name; a `-` in a name is a `_`.

    Args:
        kind: configuration of the method.
        settings: whole numbers are accepted for numbers.

    Raises:
        UnknownNameError: no such setting; the message names the nearest.
        ConfigError: a value of another type or outside its range.
    """
    hints = typing.get_type_hints(kind, include_extras=True)
    known = [field.name for field in dataclasses.fields(kind)]
    chosen: dict[str, Any] = {}
    for name, value in settings.items():
        key = name.replace("-", "_")
        if key not in known:
            raise UnknownNameError("setting", name, known, _meant(key.lower(), known))
        chosen[key] = _convert(key, value, hints[key])
    config = kind(**chosen)
    # A class of a user's own may declare `epochs: int` anew, without the range.
    for key, hint in typing.get_type_hints(TrainConfig, include_extras=True).items():
        _convert(key, getattr(config, key), hint)
    if config.scale_low > config.scale_high:
        raise ConfigError(f"scale_low = {config.scale_low}, scale_high = {config.scale_high}: expected 0 < low <= high")
    if not config.validate_every and (config.keep == "best" or config.schedule == "plateau"):
        asked = "keep = best" if config.keep == "best" else "schedule = plateau"
        raise ConfigError(f"{asked}: needs scores in the course of the training; say --set validate_every=1 as well")
    if config.batch % config.accumulate:
        raise ConfigError(f"accumulate = {config.accumulate}: does not divide batch = {config.batch}")
    return config


def _meant(key: str, known: list[str]) -> tuple[str, ...]:
    """The settings that somebody means who is used to another program; () = unknown."""
    return (key,) if key in known else _MEANT.get(key, ())


def _convert(key: str, value: Any, hint: Any) -> Any:
    choices = _choices(hint)
    if isinstance(value, str) and choices and value not in choices:
        raise UnknownNameError(f"value of {key}", value, choices)
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{key} = {value!r}: expected a finite number")
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        text = re.sub("`([^`]*)`", _in_words, str(error))
        raise ConfigError(f"{key} = {value!r}: {text[0].lower()}{text[1:]}") from error


def _in_words(types_of_msgspec: re.Match[str]) -> str:
    return " or ".join(_KINDS.get(kind, kind) for kind in types_of_msgspec[1].split(" | "))


def _choices(hint: Any) -> tuple[str, ...]:
    """The texts that a setting may have; () where it may have any."""
    parts = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    return next((typing.get_args(part) for part in parts if typing.get_origin(part) is Literal), ())
