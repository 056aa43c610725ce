#!/usr/bin/env python3
"""Objectives of scikit-learn on the problems of penalised_references_test.cpp, as data/penalised_references.inc.

usage: /usr/bin/python3 tests/solvers/make_penalised_references.py     (Debian: python3-sklearn; 1.2.1 made the file)

The problems are made here as there, from splitmix64 by position (base/random.hpp), so that only objectives are stored. The
scalings: scikit-learn divides quadratic losses by n, lambda = n alpha; lambda = 1 / C; rows of k coefficients weigh sqrt(k).
"""
import math
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, MultiTaskLasso, PoissonRegressor

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def uniform(stream, position, seed=2026):
    key = mix(mix((seed + GOLDEN) & MASK) ^ ((stream * GOLDEN + 1) & MASK))
    return (mix((key + GOLDEN * (position + 1)) & MASK) >> 11) * 2.0**-53


def numbers(stream, rows, columns):
    """Uniform on [-1, 1), column by column."""
    return np.array([[2 * uniform(stream, j * rows + i) - 1 for j in range(columns)] for i in range(rows)])


m, n, k = 40, 80, 3
A = numbers(0, m, n)
x = np.zeros(n)
x[::16] = [1.5, -2, 1, -0.5, 2.5]
b = A @ x + 0.3 * numbers(1, m, 1)[:, 0] + 0.7
B = np.stack([b, 2 * b[::-1], numbers(2, m, 1)[:, 0]], axis=1)
labels = (numbers(3, m, 1)[:, 0] + b > 0.5).astype(float)
counts = np.floor(np.exp(0.5 * b + 0.5))


def quadratic(w, c, lam, ratio=0.0):
    r = A @ w + c - b
    return r @ r / 2 + lam * (np.abs(w).sum() + ratio / 2 * w @ w)


def logistic(w, c, lam):
    return np.logaddexp(0, -(2 * labels - 1) * (A @ w + c)).sum() + lam * np.abs(w).sum()


def poisson(w, c, lam, ratio):
    """Only ||w||^2, which is all that PoissonRegressor has."""
    p = A @ w + c
    entropy = sum(v * math.log(v) - v for v in counts if v > 0)
    return np.exp(p).sum() - counts @ p + entropy + lam * ratio / 2 * w @ w


warnings.simplefilter("error")  # a fit that did not converge is no reference
tight = {"tol": 1e-14, "max_iter": 1000000}
rows = []


def reference(name, value):
    rows.append((name, value))
    print(name, value, flush=True)


for lam in (8.0, 1.0, 0.1):
    for intercept in (False, True):
        fit = Lasso(alpha=lam / m, fit_intercept=intercept, **tight).fit(A, b)
        reference(f"lasso {lam} {int(intercept)}", quadratic(fit.coef_, fit.intercept_, lam))
for lam, ratio in ((2.0, 0.5), (0.5, 3.0)):
    alpha, share = lam * (1 + ratio) / m, 1 / (1 + ratio)
    fit = ElasticNet(alpha=alpha, l1_ratio=share, **tight).fit(A, b)
    reference(f"elastic_net {lam} {ratio}", quadratic(fit.coef_, fit.intercept_, lam, ratio))
for lam in (4.0, 0.5):
    fit = MultiTaskLasso(alpha=lam * math.sqrt(k) / m, fit_intercept=False, **tight).fit(A, B)
    R = A @ fit.coef_.T - B
    value = (R * R).sum() / 2 + lam * math.sqrt(k) * np.linalg.norm(fit.coef_, axis=0).sum()
    reference(f"multi_task {lam}", value)
for lam in (1.0, 0.1):
    for intercept in (False, True):
        fit = LogisticRegression(penalty="l1", C=1 / lam, solver="saga", fit_intercept=intercept, tol=1e-13,
                                 max_iter=1000000, random_state=0).fit(A, labels)
        reference(f"logistic {lam} {int(intercept)}", logistic(fit.coef_[0], float(np.ravel(fit.intercept_)[0]), lam))
fit = PoissonRegressor(alpha=2.0 / m, tol=1e-12, max_iter=100000).fit(A, counts)
reference("poisson 2", poisson(fit.coef_, fit.intercept_, 2.0, 1.0))

path = pathlib.Path(__file__).parent / "data" / "penalised_references.inc"
path.parent.mkdir(exist_ok=True)
with open(path, "w") as out:
    out.write(f"// Made by tests/solvers/make_penalised_references.py with scikit-learn {sklearn.__version__}: name, objective.\n")
    for name, value in rows:
        out.write(f'{{"{name}", {value:.17g}}},\n')
print(path.read_text())
