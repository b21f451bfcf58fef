"""Errors to expect, against a crowd of boxes drawn with these errors, and the words that tell them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gta_head_tools.geometry import around, overlap
from gta_head_tools.interpolation.expectation import Expectation, expect, joined

TOLD = Expectation(field=0.031, field_p95=0.08, heads=0.112, overlap=0.714)


def test_errors_and_overlap_are_those_of_boxes_that_err_so() -> None:
    rng = np.random.default_rng(0)
    aspects, shifts = np.exp(0.15 * rng.standard_normal(4000)), 0.1 * rng.standard_normal((4000, 2))
    expected = expect(np.full(9, 0.06), np.full(9, 0.12), aspects=aspects, shifts=shifts)
    sizes = 20 * np.exp(0.12 * rng.standard_normal(4000))
    made = around(20 * shifts, sizes * np.sqrt(aspects), sizes / np.sqrt(aspects))
    exact = np.tile([-10.0, -10.0, 10.0, 10.0], (4000, 1))
    assert expected.overlap == pytest.approx(overlap(made, exact).mean(), abs=0.01)
    assert expected.heads == pytest.approx(np.median(np.abs(sizes / 20 - 1)), rel=0.05)
    assert expected.field == pytest.approx(expected.heads / 2)


def test_without_an_anchor_boxes_are_not_taken_for_sure() -> None:
    nothing = expect(np.full(9, 0.3), np.full(9, 0.3), aspects=np.empty(0), shifts=np.empty((0, 2)))
    exact = expect(np.zeros(1), np.zeros(1), aspects=np.ones(1000), shifts=np.zeros((1000, 2)))
    assert 0.4 < nothing.overlap < 0.8
    lost = expect(np.full(9, 500.0), np.full(9, 500.0), aspects=np.ones(1), shifts=np.zeros((1, 2)))
    assert 0 < lost.overlap < 0.2
    assert exact.overlap == pytest.approx(1, abs=0.01)


def test_the_words_are_the_same_in_a_sentence_and_in_a_table() -> None:
    assert str(TOLD) == "sizes ±3.1 %, single heads ±11 %, expected overlap 0.71"
    assert replace(TOLD, at_least=True).cells == ("at least ±3.1 %", "at least ±11 %", "at most 0.71")


def test_parts_count_by_their_heads() -> None:
    whole = joined([(TOLD, 300), (replace(TOLD, field=0.071, field_p95=0.2, overlap=0.314, at_least=True), 100)])
    assert (whole.field, whole.overlap) == pytest.approx((0.041, 0.614))
    assert (whole.field_p95, whole.at_least) == (0.2, True)
