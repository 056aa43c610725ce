#!/usr/bin/python3
"""Other people's solvers on the Gaussian problem of bench_recovery, and one report of all.

usage: recovery_baselines.py FOLDER     reads FOLDER/recovery_ours.json and FOLDER/recovery/, writes FOLDER/recovery.json

The stop rule is that of bench_recovery: the first time that the relative error is at most 1e-2, 1e-3, 1e-5. Orthogonal
matching pursuit is given the number of atoms that reaches a level (it could not know it), the lasso paths the lambda.
The threads of BLAS come from OMP_NUM_THREADS, as those of our solvers do. The DCT problem has no baseline: as a dense
matrix it would take 55 GB.
"""
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

try:
    import numpy as np
except ImportError:
    sys.exit("recovery_baselines: Debian's Python has no numpy; apt-get install python3-sklearn")

LEVELS = (1e-2, 1e-3, 1e-5)
LONGEST = float(os.environ.get("BENCH_LONGEST_SECONDS", "180"))


def row(solver, level, seconds, error):
    reached = error <= level
    print(f"gaussian     {solver:34s} {level:7.0e} {'reached' if reached else 'MISSED':8s} {seconds:9.3f} s {error:9.2e}", flush=True)
    return {"problem": "gaussian", "solver": solver, "level": level, "reached": bool(reached),
            "seconds": seconds, "relative_error": float(error), "kkt": None, "operator_pairs": None}


def best_time(function, repetitions=2):
    """The shortest of a few runs, and the result of the last."""
    shortest = float("inf")
    for _ in range(repetitions):
        begin = time.perf_counter()
        result = function()
        shortest = min(shortest, time.perf_counter() - begin)
        if shortest > 30:
            break
    return shortest, result


def matching_pursuit(A, b, x):
    from sklearn.linear_model import orthogonal_mp
    k = int(np.count_nonzero(x))
    path = orthogonal_mp(A, b, n_nonzero_coefs=k, return_path=True)
    errors = np.linalg.norm(path - x[:, None], axis=0) / np.linalg.norm(x)
    rows = []
    for name, precompute in (("scikit-learn OMP", False), ("scikit-learn OMP, Gram matrix", True)):
        for level in LEVELS:
            atoms = int(np.argmax(errors <= level)) + 1 if (errors <= level).any() else k
            seconds, found = best_time(lambda: orthogonal_mp(A, b, n_nonzero_coefs=atoms, precompute=precompute))
            rows.append(row(name, level, seconds, np.linalg.norm(found - x) / np.linalg.norm(x)))
    return rows


def lasso(A, b, x):
    """The path from the largest lambda down to the first that reaches the level."""
    from sklearn.linear_model import lasso_path
    largest = np.abs(A.T @ b).max() / len(b)
    rows = []
    for level in LEVELS:
        alphas = largest * np.geomspace(1, level / 6, 20)
        seconds, (_, path, _) = best_time(
            lambda: lasso_path(A, b, alphas=alphas, tol=min(1e-4, level ** 2), max_iter=2000), repetitions=1)
        rows.append(row("scikit-learn lasso path", level, seconds, np.linalg.norm(path[:, -1] - x) / np.linalg.norm(x)))
        if not rows[-1]["reached"] or seconds > LONGEST:
            break
    return rows


GLMNET = r"""
suppressMessages(library(glmnet))
arguments <- commandArgs(TRUE); folder <- arguments[1]; m <- as.integer(arguments[2]); n <- as.integer(arguments[3])
A <- matrix(readBin(file.path(folder, "gaussian_A.f64"), "double", m * n), m, n)
b <- readBin(file.path(folder, "gaussian_b.f64"), "double", m)
x <- readBin(file.path(folder, "gaussian_x.f64"), "double", n)
largest <- max(abs(crossprod(A, b))) / m
for (level in c(1e-2, 1e-3, 1e-5)) {
    lambda <- largest * exp(seq(0, log(level / 6), length.out = 20))
    time <- system.time(fit <- glmnet(A, b, lambda = lambda, intercept = FALSE, standardize = FALSE,
                                      thresh = min(1e-7, level^2 / 100), maxit = 1e6))[["elapsed"]]
    found <- as.numeric(fit$beta[, ncol(fit$beta)])
    cat(level, time, sqrt(sum((found - x)^2) / sum(x^2)), "\n")
}
"""


def glmnet(data, m, n):
    if not shutil.which("Rscript"):
        print("glmnet: not measured, there is no Rscript; apt-get install r-cran-glmnet")
        return []
    try:
        done = subprocess.run(["Rscript", "-", str(data), str(m), str(n)], input=GLMNET, capture_output=True, text=True,
                              timeout=4 * LONGEST)
    except subprocess.TimeoutExpired:
        print(f"glmnet: not measured, it took more than {4 * LONGEST:.0f} s")
        return []
    if done.returncode != 0:
        print("glmnet: not measured,", done.stderr.strip().splitlines()[-1:] or "it failed")
        return []
    return [row("glmnet lasso path", *(float(field) for field in line.split()))
            for line in done.stdout.strip().splitlines()]


def main():
    if len(sys.argv) != 2:
        sys.exit("recovery_baselines: expects one folder; run: recovery_baselines.py results/bench")
    folder = Path(sys.argv[1])
    data = folder / "recovery"
    try:
        report = json.loads((folder / "recovery_ours.json").read_text())
    except OSError as error:
        sys.exit(f"recovery_baselines: {error}; run bench_recovery first")
    n, m = report["gaussian"]["n"], report["gaussian"]["m"]
    A = np.fromfile(data / "gaussian_A.f64").reshape((m, n), order="F")
    b, x = np.fromfile(data / "gaussian_b.f64"), np.fromfile(data / "gaussian_x.f64")
    try:
        report["rows"] += matching_pursuit(A, b, x) + lasso(A, b, x)
    except ImportError as error:
        print(f"scikit-learn: not measured, {error}; apt-get install python3-sklearn")
    report["rows"] += glmnet(data, m, n)
    report["threads"] = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))
    temporary = folder / "recovery.json.part"
    temporary.write_text(json.dumps(report, indent=2) + "\n")
    temporary.rename(folder / "recovery.json")


if __name__ == "__main__":
    main()
