"""The focal loss where floating point runs out, under autocast, and compiled."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from test_training import reference_focal as reference
from test_training.test_losses.test_focal import loss_and_gradient
from training.losses.focal import PRESETS, FocalSettings, LossName, mask_focal_loss

LOGITS = (-6e4, -100.0, -81.0, -79.0, -20.0, 0.0, 20.0, 79.0, 81.0, 100.0, 6e4)
NAMES: tuple[LossName, ...] = ("focal", "cornernet", "mfl", "mfl_p1")


def exact(z: float, p: float, settings: FocalSettings) -> tuple[float, float]:
    """One cell's loss and gradient in Python's own numbers, from logarithms; the mask is p > 0."""
    q, background = (math.exp(-math.log1p(math.exp(-s))) if s > -700 else 0.0 for s in (z, -z))
    d = {0.0: q, 1.0: background}.get(p, abs(p - q))
    if p in (0.0, 1.0):
        wrong = z if p == 0 else -z
        near = wrong + math.log1p(math.exp(-wrong)) if wrong > 0 else math.log1p(math.exp(wrong))
        slope = q if p == 0 else background  # q (1 - q) / (1 - d)
    else:
        rest = 1 - p + q if q <= p else background + p
        near, slope = -math.log(rest), q * background / rest
    alpha = settings.alpha_pos if p > 0 else settings.alpha_neg
    weight = p**settings.beta_pos if p > 0 else 1.0
    outer = weight if settings.beta_on == "all" else 1.0
    g, eps1 = settings.gamma, settings.eps1
    by_d = outer * (g * d ** (g - 1) * near * q * background + d**g * slope)
    by_d += eps1 * weight * (g + 1) * d**g * q * background
    return alpha * (outer * d**g * near + eps1 * weight * d ** (g + 1)), alpha * by_d * (1 if q > p else -1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("p", [0.0, 1e-20, 1e-8, 1e-4, 0.3, 0.999, 1.0])
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_far_logits_have_their_exact_loss_and_gradient(kind: torch.dtype, p: float, name: LossName) -> None:
    logits = torch.tensor(LOGITS, dtype=kind)
    target = torch.full_like(logits, p, dtype=torch.float64)
    for one in range(len(LOGITS)):
        cell = slice(one, one + 1)
        found = loss_and_gradient(logits[cell], target[cell], target[cell] > 0, settings=PRESETS[name], normalizer=1)
        wanted = exact(float(logits[one]), p, PRESETS[name])
        rtol = {torch.float16: 1e-3, torch.bfloat16: 8e-3}.get(kind, 1e-5)
        assert float(found[0]) == pytest.approx(wanted[0], rel=1e-5, abs=1e-6)
        assert float(found[1]) == pytest.approx(wanted[1], rel=rtol, abs=1e-6)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
def test_confident_errors_are_not_clipped(kind: torch.dtype) -> None:
    """Two of them, on the background: their logits, and the poly term for each."""
    logits = torch.tensor([20.0, 100.0], dtype=kind)
    nothing = torch.zeros(2)
    for name, wanted in (("mfl", 120.0), ("mfl_p1", 122.0)):
        assert mask_focal_loss(logits, nothing, nothing > 0, PRESETS[name]).item() == pytest.approx(wanted, rel=1e-5)  # type: ignore[index]  # two of them


@pytest.mark.parametrize("name", NAMES)
def test_single_precision_agrees_with_double(name: LossName) -> None:
    logits, target, mask, _ = reference.maps(shape=(2, 1, 152, 272))
    double, single = (
        loss_and_gradient(logits.to(kind), target, mask, settings=PRESETS[name])
        for kind in (torch.float64, torch.float32)
    )
    torch.testing.assert_close(single[0].double(), double[0], rtol=1e-6, atol=0)
    torch.testing.assert_close(single[1].double(), double[1], rtol=1e-4, atol=1e-6 * float(double[1].abs().max()))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("gamma", [1.0, 2.5, 4.0])
def test_gradients_pass_the_check_of_torch(name: LossName, gamma: float) -> None:
    logits, target, mask, _ = reference.maps(shape=(1, 1, 4, 6))
    settings = dataclasses.replace(PRESETS[name], gamma=gamma)

    def loss(free: Tensor) -> Tensor:
        return mask_focal_loss(free, target, mask, settings)

    assert torch.autograd.gradcheck(loss, (logits.requires_grad_(),))


def test_autocast_changes_nothing() -> None:
    logits, target, mask, _ = reference.maps()
    plain = loss_and_gradient(logits.float(), target, mask)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = loss_and_gradient(logits.float(), target, mask)
        half = mask_focal_loss(logits.bfloat16(), target.bfloat16(), mask)
    assert torch.equal(cast[0], plain[0])
    assert torch.equal(cast[1], plain[1])
    assert half.dtype == torch.float32


def test_the_gradient_can_be_asked_for_twice_and_scaled() -> None:
    logits, target, mask, _ = reference.maps()
    free = logits.requires_grad_()
    loss = mask_focal_loss(free, target, mask)
    once, again = (torch.autograd.grad(scale * loss, free, retain_graph=True)[0] for scale in (1, 3))
    torch.testing.assert_close(again, 3 * once, rtol=1e-14, atol=0)


def test_without_a_gradient_none_is_kept() -> None:
    logits, target, mask, _ = reference.maps()
    assert not mask_focal_loss(logits, target, mask).requires_grad
    with torch.no_grad():
        assert mask_focal_loss(logits.requires_grad_(), target, mask).grad_fn is None


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_compiled_it_is_the_same(name: LossName) -> None:
    logits, target, mask, _ = reference.maps()

    def loss(free: Tensor, valid: Tensor) -> Tensor:
        return mask_focal_loss(free, target.float(), mask, PRESETS[name], valid=valid)

    valid = torch.arange(16).expand_as(mask) < 14
    results = []
    for function in (loss, torch.compile(loss, fullgraph=True)):
        free = logits.float().requires_grad_()
        value = function(free, valid)
        value.backward()  # type: ignore[no-untyped-call]  # torch declares it without types
        assert free.grad is not None
        results.append((value.detach(), free.grad))
    torch.testing.assert_close(results[1][0], results[0][0], rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(results[1][1], results[0][1], rtol=1e-4, atol=1e-7)
