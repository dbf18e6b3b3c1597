"""The logistic fit against values worked out by hand."""

import math

import numpy as np
import pytest

from eval.logistic import balanced, fit


def test_without_features_the_intercept_is_the_weighted_log_odds() -> None:
    # 3 of 4 positive, each of weight 1: log(3 / 1)
    beta = fit(np.zeros((4, 1)), np.array([1.0, 1.0, 1.0, 0.0]), np.ones(4), 5.0)
    assert beta[0] == pytest.approx(math.log(3))
    assert beta[1] == pytest.approx(0)


def test_the_gradient_vanishes_at_the_fit() -> None:
    x, y, w = np.array([[-1.0], [1.0]]), np.array([0.0, 1.0]), np.ones(2)
    beta = fit(x, y, w, 5.0)
    assert beta[0] == pytest.approx(0, abs=1e-9)  # the two cases mirror one another
    # slope b solves 2 * (1 - sigmoid(b)) = 5 * b
    assert 2 * (1 - 1 / (1 + math.exp(-beta[1]))) == pytest.approx(5.0 * beta[1])


def test_both_kinds_weigh_the_same_and_one_on_average() -> None:
    weights = balanced(np.array([1.0, 0.0, 0.0, 0.0]))
    assert weights.tolist() == pytest.approx([2.0, 2 / 3, 2 / 3, 2 / 3])
