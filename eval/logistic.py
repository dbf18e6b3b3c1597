"""Logistic regression for the small combinations that are fitted here. numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np


def fit(x: Any, y: Any, weight: Any, penalty: float) -> Any:
    """Weights of a ridge-penalised logistic regression, intercept first, by Newton's method.

    ``x`` is float [n, features], ``y`` 0 or 1 [n], ``weight`` positive [n]. Source: Hastie, Tibshirani, Friedman, The
    Elements of Statistical Learning, 2nd ed., section 4.4.1; the intercept is not penalised.
    """
    design = np.column_stack([np.ones(len(x)), x])
    shrink = penalty * np.diag([0.0] + [1.0] * x.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (weight * (y - p)) - shrink @ beta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + shrink
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    return beta


def balanced(y: Any) -> Any:
    """Weights, float [n], that make the positive and the negative cases of ``y`` count the same in sum; mean 1."""
    share = max(float(y.mean()), 1e-6), max(1 - float(y.mean()), 1e-6)
    return np.where(y == 1, 0.5 / share[0], 0.5 / share[1])
