"""The one focal loss against the printed equations, torchvision, and what must hold of any of them."""

from __future__ import annotations

import ast
import dataclasses
import typing

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torchvision.ops import sigmoid_focal_loss

from gta_head_tools.maps.heat import mask_focal_heat
from test_architecture import ROOT, imports
from test_training import reference_focal as reference
from training.losses.focal import PRESETS, TARGETS, FocalSettings, LossName, mask_focal_loss

relaxed = settings(max_examples=40)


def same(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-14)


@st.composite
def every_setting(draw: st.DrawFn) -> FocalSettings:
    alphas, betas = st.floats(0.1, 3), st.sampled_from([0.0, 0.25, 0.5, 1.0, 4.0])
    return FocalSettings(
        draw(alphas), draw(alphas), draw(st.sampled_from([1.0, 1.5, 2.0, 4.0, 6.0])), draw(betas), draw(betas),
        draw(st.floats(0, 2)), draw(st.sampled_from(["poly", "all"])),
    )  # fmt: skip


def loss_and_gradient(logits: Tensor, target: Tensor, mask: Tensor, **more: typing.Any) -> tuple[Tensor, Tensor]:
    free = logits.detach().clone().requires_grad_()
    loss = mask_focal_loss(free, target, mask, **more)
    loss.backward()  # type: ignore[no-untyped-call]  # torch declares it without types
    assert free.grad is not None
    return loss.detach(), free.grad


@relaxed
@given(every_setting(), st.integers(0, 99))
def test_value_and_gradient_are_those_of_the_plain_form(chosen: FocalSettings, seed: int) -> None:
    logits, target, mask, _ = reference.maps(seed)
    free = logits.clone().requires_grad_()
    plain = reference.general(free.sigmoid(), target, mask, chosen).sum() / 7
    plain.backward()  # type: ignore[no-untyped-call]  # torch declares it without types
    loss, gradient = loss_and_gradient(logits, target, mask, settings=chosen, normalizer=7)
    same(loss, plain.detach())
    assert free.grad is not None
    torch.testing.assert_close(gradient, free.grad, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("gamma", [2.0, 4.0])
@pytest.mark.parametrize("beta", [0.0, 0.5, 2.0])
def test_presets_are_the_printed_equations(gamma: float, beta: float) -> None:
    logits, target, mask, key = reference.maps()
    q, n = logits.sigmoid(), key.sum()

    def ours(name: LossName, where: Tensor, **fields: typing.Any) -> Tensor:
        return mask_focal_loss(logits, target, where, dataclasses.replace(PRESETS[name], gamma=gamma, **fields))

    binary = key.double()
    focal = mask_focal_loss(logits, binary, key, dataclasses.replace(PRESETS["focal"], gamma=gamma))
    same(focal, reference.focal(q, binary, (0.25, 0.75), gamma) / n)
    same(
        ours("cornernet", key, beta_neg=beta),
        reference.cornernet(q, target, gamma, beta) / n,
    )
    same(
        ours("mfl", mask, beta_pos=beta),
        reference.mfl(q, target, mask, gamma, beta) / n,
    )
    same(
        ours("mfl_p1", mask, beta_pos=beta),
        reference.mfl_p1(q, target, mask, gamma, beta) / n,
    )


@pytest.mark.parametrize(("kind", "rtol"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
@pytest.mark.parametrize("beta", [0.0, 0.5, 2.0])
def test_on_binary_maps_all_three_losses_are_one(kind: torch.dtype, rtol: float, beta: float) -> None:
    logits, target, mask, key = reference.maps(binary=True)
    focal = FocalSettings(gamma=2.0)
    expected = mask_focal_loss(logits.to(kind), target, mask, focal)
    for other in (dataclasses.replace(focal, beta_pos=beta), dataclasses.replace(focal, beta_neg=beta)):
        found = mask_focal_loss(logits.to(kind), target, key, other)
        torch.testing.assert_close(found, expected, rtol=rtol, atol=0)
    printed = reference.focal(logits.sigmoid(), target, (1, 1), 2.0) / key.sum()
    torch.testing.assert_close(expected.double(), printed, rtol=rtol, atol=0)


@pytest.mark.parametrize(("kind", "rtol"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
@pytest.mark.parametrize(("alpha", "pair"), [(0.25, (0.25, 0.75)), (0.6, (0.6, 0.4)), (-1, (1.0, 1.0))])
@pytest.mark.parametrize("gamma", [1.5, 2.0, 4.0])
def test_focal_is_torchvisions(
    kind: torch.dtype, rtol: float, alpha: float, pair: tuple[float, float], gamma: float
) -> None:
    logits, target, mask, _ = (each.to(kind) for each in reference.maps(3, binary=True))
    free = logits.clone().requires_grad_()
    theirs = sigmoid_focal_loss(free, target, alpha=alpha, gamma=gamma, reduction="sum")
    theirs.backward()
    ours, gradient = loss_and_gradient(
        logits, target, mask.bool(), settings=FocalSettings(*pair, gamma=gamma), normalizer=1
    )
    torch.testing.assert_close(ours, theirs.detach(), rtol=rtol, atol=0)
    torch.testing.assert_close(gradient, free.grad, rtol=10 * rtol, atol=rtol)


def test_keys_as_the_mask_are_cornernets_loss_with_its_weight_alone() -> None:
    """The paper says that L_m is L_h where the mask is the key points. It lacks (1 - p)^beta there."""
    logits, target, _, key = reference.maps()
    printed = reference.cornernet(logits.sigmoid(), target, 4.0, 4.0) / key.sum()
    without = mask_focal_loss(logits, target, key, FocalSettings(gamma=4.0, beta_pos=0.5))
    assert without > 1.05 * printed
    with_weight = mask_focal_loss(logits, target, key, FocalSettings(gamma=4.0, beta_pos=0.5, beta_neg=4.0))
    same(with_weight, printed)


def test_gaussians_that_are_not_cut_are_positive_beside_the_mask() -> None:
    """The paper says that the mask is the box and where p > 0: both are true of Gaussians cut to their boxes alone."""
    box, size = [[40.0, 40.0, 60.0, 60.0]], (100, 100)
    cut = mask_focal_heat(box, size, radius="literal", widening=10)
    sigma = 11 * (1 + 10 * np.exp(-11.0)) / 6
    column, row = np.meshgrid(np.arange(25), np.arange(25))
    printed = np.exp(-((column - 12) ** 2 + (row - 12) ** 2) / (2 * sigma**2))
    assert printed[cut == 0].max() > 0.2
    assert ((printed > 0.01) & (cut == 0)).sum() > 2 * (cut > 0).sum()
    np.testing.assert_allclose(cut[cut > 0], printed[cut > 0], rtol=1e-6)


def test_where_beta_stands_matters_with_beta_and_soft_targets_alone() -> None:
    poly = PRESETS["mfl_p1"]
    every = dataclasses.replace(poly, beta_on="all")
    for binary in (True, False):
        logits, target, mask, _ = reference.maps(binary=binary)
        with_beta, flat = (
            [mask_focal_loss(logits, target, mask, dataclasses.replace(each, beta_pos=beta)) for each in (poly, every)]
            for beta in (0.5, 0.0)
        )
        assert flat[0] == flat[1]
        assert with_beta[0] == with_beta[1] if binary else with_beta[0] > 1.01 * with_beta[1]


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_the_target_itself_costs_nothing_but_for_cornernet(kind: torch.dtype) -> None:
    _, target, mask, key = reference.maps()
    exact = torch.logit(target, eps=1e-7).to(kind)
    for masked in (PRESETS["mfl"], PRESETS["mfl_p1"]):
        loss, gradient = loss_and_gradient(exact, target, mask, settings=masked)
        assert loss < 1e-6
        assert gradient.abs().max() < 1e-6
    loss, gradient = loss_and_gradient(exact, target, key, settings=PRESETS["cornernet"])
    assert loss > 1e-2
    assert gradient.abs().max() > 1e-4


@relaxed
@given(every_setting(), st.sampled_from([(0.0, 1), (1e-3, 1), (1e-3, -1), (0.3, 1), (0.3, -1), (0.9, -1), (1.0, -1)]))
def test_the_loss_grows_with_the_distance(chosen: FocalSettings, away: tuple[float, int]) -> None:
    target = torch.full((1,), away[0], dtype=torch.float64)
    middle = torch.logit(target, eps=1e-9)
    losses = [
        float(mask_focal_loss(middle + away[1] * step, target, target > 0, chosen)) for step in (0, 0.5, 1, 4, 30)
    ]
    assert losses == sorted(losses)


def test_cells_have_no_order_and_images_add_up() -> None:
    logits, target, mask, _ = reference.maps()
    whole = mask_focal_loss(logits, target, mask, normalizer=3)
    order = torch.randperm(logits.numel(), generator=torch.Generator().manual_seed(1))
    flat = [each.flatten()[order] for each in (logits, target, mask)]
    shuffled = mask_focal_loss(flat[0], flat[1], flat[2], normalizer=3)
    same(shuffled, whole)
    parts = [mask_focal_loss(logits[i], target[i], mask[i], normalizer=3) for i in range(2)]
    same(parts[0] + parts[1], whole)


def test_without_heads_the_background_still_teaches() -> None:
    logits = reference.maps()[0]
    nothing = torch.zeros_like(logits)
    loss, gradient = loss_and_gradient(logits, nothing, nothing > 0)
    assert loss.isfinite()
    assert (gradient > 0).all()
    same(loss, mask_focal_loss(logits, nothing, nothing > 0, normalizer=1))


def test_the_normalizer_is_the_key_cells_or_what_is_handed_in() -> None:
    logits, target, mask, key = reference.maps()
    loss = mask_focal_loss(logits, target, mask)
    for n in (int(key.sum()), torch.tensor(float(key.sum())), key.sum()):
        same(mask_focal_loss(logits, target, mask, normalizer=n), loss)
    assert mask_focal_loss(logits.float(), target, mask, normalizer=key.sum().double()).dtype == torch.float32


def test_invalid_cells_are_as_if_they_were_not() -> None:
    logits, target, mask, key = reference.maps()
    valid = ~key | (torch.arange(16) < 8)
    left_out = loss_and_gradient(logits, target, mask, valid=valid)
    expected = mask_focal_loss(logits[valid], target[valid], mask[valid])
    same(left_out[0], expected)
    assert (left_out[1][~valid] == 0).all()
    assert (left_out[1][valid] != 0).all()
    broken = torch.where(valid, logits, torch.nan), torch.where(valid, target, torch.nan), mask
    for found, wanted in zip(loss_and_gradient(*broken, valid=valid), left_out, strict=True):
        assert torch.equal(found, wanted)


def test_misuse_is_refused() -> None:
    logits, target, mask, _ = reference.maps()
    with pytest.raises(ValueError, match=r"target is \(2, 12, 16\), logits are \(2, 1, 12, 16\)"):
        mask_focal_loss(logits, target[:, 0], mask)
    with pytest.raises(ValueError, match=r"mask is bool, not torch\.float32"):
        mask_focal_loss(logits, target, mask.float())
    with pytest.raises(ValueError, match="valid is bool"):
        mask_focal_loss(logits, target, mask, valid=mask.int())
    with pytest.raises(ValueError, match="normalizer is a number above 0, not 0"):
        mask_focal_loss(logits, target, mask, normalizer=0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"gamma": 0.5}, "gamma = 0.5: expected a finite number >= 1"),
        ({"gamma": float("nan")}, "gamma"),
        ({"alpha_pos": -1.0}, "alpha_pos = -1.0: expected a finite number >= 0"),
        ({"beta_neg": float("inf")}, "beta_neg"),
        ({"beta_on": "focal"}, "expected poly or all"),
    ],
)
def test_settings_out_of_range_are_refused(fields: dict[str, typing.Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FocalSettings(**fields)


def test_every_loss_has_a_preset_and_a_target() -> None:
    assert set(PRESETS) == set(TARGETS) == set(typing.get_args(LossName))


def test_the_loss_needs_torch_alone() -> None:
    source = ROOT / "training" / "losses" / "focal.py"
    found = {name.partition(".")[0] for name in imports(ast.parse(source.read_text("utf-8")), "training")}
    assert found == {"__future__", "dataclasses", "typing", "torch"}


def test_a_weight_multiplies_the_cells_of_the_mask_alone() -> None:
    torch.manual_seed(0)
    logits, target = torch.randn(4, 5, dtype=torch.float64), torch.rand(4, 5, dtype=torch.float64)
    mask = target > 0.5
    whole = mask_focal_loss(logits, target, mask, normalizer=1)
    none = mask_focal_loss(logits, target, mask, normalizer=1, weight=torch.zeros(4, 5))
    half = mask_focal_loss(logits, target, mask, normalizer=1, weight=torch.full((4, 5), 0.5))
    assert none == mask_focal_loss(logits, target, mask, normalizer=1, valid=~mask)
    torch.testing.assert_close(half, (whole + none) / 2)
    assert mask_focal_loss(logits, target, mask, normalizer=1, weight=torch.ones(4, 5)) == whole
