"""The table "How much noise" of docs/solvers/index.md: what recover_sparse finds, told sigma sqrt(m) or noise_deviation=sigma.

usage: noise_told.py     prints a line for each size and each way to say it: 200 draws, half a minute
"""
import numpy as np

import bregman

SIGMA = 0.1

for m, n, k in ((60, 200, 5), (200, 400, 10), (400, 300, 10)):
    for told in ({"noise_norm": SIGMA * m**0.5}, {"noise_deviation": SIGMA}):
        right, ratios = 0, []
        for seed in range(200):
            random = np.random.default_rng(seed)
            A, x = random.standard_normal((m, n)), np.zeros(n)
            support = random.choice(n, k, False)
            x[support] = random.choice([-1, 1], k) * (1 + random.random(k))
            b = A @ x + SIGMA * random.standard_normal(m)
            found = bregman.recover_sparse(A, b, max_iterations=2000, **told)
            best = np.zeros(n)
            best[support] = np.linalg.lstsq(A[:, support], b, rcond=None)[0]
            right += found.solved and set(np.flatnonzero(found.x)) == set(support)
            ratios.append(np.linalg.norm(found.x - x) / np.linalg.norm(best - x))
        print(f"{m} x {n}, {k}, {next(iter(told))}: {right} of 200 right, error over the best: mean {np.mean(ratios):.2f}, "
              f"95 % {np.quantile(ratios, 0.95):.2f}, worst {max(ratios):.1f}")
