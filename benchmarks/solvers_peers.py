#!/usr/bin/python3
"""Other people's solvers on the problems of bench_solvers.

usage: solvers_peers.py FOLDER     reads FOLDER/solvers/problems.json and its data, writes peers.json and peers_x.f64 there

What is not installed is left out, and a line says so. One thread, the accuracy and the longest time of problems.json, the
shortest of three runs for short ones, after a first run of everything that is not timed. Nothing is judged here.

What each is asked for, all knowing the norm of the noise and not the number of non-zeros:
  pursuit (OMP, HiGHS, spgl1)   A x = b to the accuracy, or to the norm of the noise
  lasso without noise           a path of 30 lambdas from the one at which x is 0 down to least_lambda of it; the last
  lasso with noise              a path of 30 down to a tenth of the noise; the first whose residual is at the noise
"""
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import functools
import importlib
import json
import logging
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

try:
    import numpy as np
except ImportError:
    sys.exit("solvers_peers: this Python has no numpy; apt-get install python3-sklearn")

DISCREPANCY = 1.01  # that of stop_rule


class Problem:
    def __init__(self, folder, described, settings):
        self.id, self.noise = described["id"], described["noise_norm"]
        m, n = described["rows"], described["columns"]
        self.A = np.fromfile(folder / f"{self.id}_A.f64").reshape((m, n), order="F")
        self.b = np.fromfile(folder / f"{self.id}_b.f64")
        self.accuracy = settings["accuracy"]
        size = np.linalg.norm(self.b) or 1.0
        self.enough = DISCREPANCY * self.noise if self.noise else self.accuracy * size
        largest = np.abs(self.A.T @ self.b).max() or 1.0
        least = 0.1 * self.noise / size if self.noise else settings["least_lambda"]
        self.lambdas = largest * np.geomspace(1, least, settings["path_length"])
        # Of the duality gap, over ||b||^2: about a thousandth of the objective at the least lambda.
        self.tolerance = 1e-3 * least
        self.threshold = 1e-6 * self.tolerance  # of a change of the objective: as small leaves a gap of a few thousandths

    def chosen(self, path):
        """The column of a path that is asked for, and which it is."""
        if not self.noise:
            return path[:, -1], path.shape[1] - 1
        near = np.linalg.norm(self.A @ path - self.b[:, None], axis=0) <= self.enough
        at = int(np.argmax(near)) if near.any() else path.shape[1] - 1
        return path[:, at], at


# Each returns x, whether it says to have succeeded, its own words, and the lambda of the lasso that x is to solve or None.

def matching_pursuit(p):
    from sklearn.linear_model import orthogonal_mp
    return orthogonal_mp(p.A, p.b, tol=p.enough ** 2), True, "no warning", None


def highs(p):
    if p.noise:
        return None
    from scipy.optimize import linprog
    m, n = p.A.shape
    found = linprog(np.ones(2 * n), A_eq=np.hstack([p.A, -p.A]), b_eq=p.b, bounds=(0, None), method="highs")
    x = np.full(n, np.nan) if found.x is None else found.x[:n] - found.x[n:]
    return x, found.status == 0, found.message.split("(HiGHS")[0].strip(), None


def sklearn_lasso(p):
    from sklearn.linear_model import lasso_path
    m = len(p.b)
    _, path, _ = lasso_path(p.A, p.b, alphas=p.lambdas / m, tol=p.tolerance, max_iter=100000)
    x, at = p.chosen(path)
    return x, True, "no warning", p.lambdas[at]


def lars(p):
    from sklearn.linear_model import lars_path
    alphas, _, path = lars_path(p.A, p.b, method="lasso", alpha_min=0, max_iter=10 * max(p.A.shape))
    x, at = p.chosen(path)
    return x, True, "no warning", alphas[at] * len(p.b) if p.noise else None  # without noise to alpha 0: A x = b


def spgl1(p):
    import spgl1 as package
    options = {"opt_tol": p.accuracy, "bp_tol": p.accuracy, "ls_tol": p.accuracy, "dec_tol": p.accuracy, "iter_lim": 100000}
    x, _, _, info = package.spg_bpdn(p.A, p.b, p.noise, **options) if p.noise else package.spg_bp(p.A, p.b, **options)
    said = {1: "root found", 2: "basis pursuit solved", 3: "least squares", 4: "optimal", 7: "suboptimal"}
    return x, info["stat"] in (1, 2, 4), said.get(info["stat"], f"stat {info['stat']}"), None


@functools.cache
def skglm_parts():
    """What skglm compiles, which is not timed: the first run makes it."""
    from skglm.datafits import Quadratic
    from skglm.penalties import L1
    from skglm.solvers import AndersonCD
    from skglm.utils.jit_compilation import compiled_clone
    return AndersonCD, compiled_clone(Quadratic()), compiled_clone(L1(1.0))


def skglm(p):
    solver, datafit, penalty = skglm_parts()
    alphas = p.lambdas / len(p.b)
    path = solver(tol=1e-3 * alphas[-1], fit_intercept=False, max_iter=200).path(p.A, p.b, datafit, penalty, alphas)[1]
    x, at = p.chosen(path)
    return x, True, "no warning", p.lambdas[at]


def celer(p):
    from celer import celer_path
    _, path, _ = celer_path(p.A, p.b, pb="lasso", alphas=p.lambdas / len(p.b), tol=1e-2 * p.tolerance,
                            max_iter=200)  # at the tolerance itself its error without noise is just above 1e-4
    x, at = p.chosen(path)
    return x, True, "no warning", p.lambdas[at]


def adelie(p):
    import adelie as package
    state = package.grpnet(p.A, package.glm.gaussian(p.b), lmda_path=p.lambdas / len(p.b), intercept=False,
                           early_exit=False, tol=p.threshold, progress_bar=False)
    all_of_it = state.betas.shape[0] == len(p.lambdas)
    x, at = p.chosen(state.betas.toarray().T)
    return x, all_of_it, "the whole path" if all_of_it else "a part of the path", p.lambdas[at]


PEERS = [  # library, module, how to install it, [(solver, function)]
    ("scikit-learn", "sklearn", "apt-get install python3-sklearn",
     [("OMP", matching_pursuit), ("lasso path", sklearn_lasso), ("LARS lasso path", lars)]),
    ("SciPy", "scipy", "apt-get install python3-scipy", [("HiGHS, basis pursuit", highs)]),
    ("spgl1", "spgl1", "pip install spgl1", [("spg_bp, spg_bpdn", spgl1)]),
    ("skglm", "skglm", "pip install skglm", [("lasso path", skglm)]),
    ("celer", "celer", "pip install celer", [("lasso path", celer)]),
    ("adelie", "adelie", "pip install adelie", [("lasso path", adelie)]),
]


class TooLong(Exception):
    pass


def over_time(*_):
    raise TooLong


def solve(function, p, settings, runs=3):
    """One row without its names, and x; None where this solver is not for this problem."""
    limit = settings["longest_seconds"]
    shortest, answer, said = float("inf"), None, []
    try:
        for _ in range(runs):
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                signal.setitimer(signal.ITIMER_REAL, limit)
                begin = time.perf_counter()
                answer = function(p)
                seconds = time.perf_counter() - begin
                signal.setitimer(signal.ITIMER_REAL, 0)
            if answer is None:
                return None
            shortest = min(shortest, seconds)
            if seconds > settings["worth_repeating"]:
                break
    except TooLong:
        return {"claimed": False, "says": "over time", "seconds": limit}, None
    except Exception as error:  # whatever a library throws is its answer
        return {"claimed": False, "says": f"{type(error).__name__}: {error}"[:200], "seconds": None}, None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    x, claimed, words, of_lasso = answer
    about_success = [w for w in said if issubclass(w.category, (UserWarning, RuntimeWarning))]  # ConvergenceWarning too
    if about_success:
        claimed, words = False, str(about_success[0].message).strip().splitlines()[0][:200]
    return {"claimed": bool(claimed), "says": words, "seconds": shortest,
            "lasso_lambda": None if of_lasso is None else float(of_lasso)}, np.ravel(x).astype(float)


def show_progress(done, everything, begin):
    left = (time.time() - begin) * (everything - done) / done
    print(f"\rpeers: {done} of {everything} problems, {left:.0f} s left   ", end="\n" if done == everything else "",
          file=sys.stderr, flush=True)


def glmnet(folder, described, problems, settings):
    """R's glmnet in one process for all problems; rows and answers."""
    if not shutil.which("Rscript"):
        print("glmnet is not installed: apt-get install r-cran-glmnet")
        return [], []
    with open(folder / "glmnet_problems.txt", "w") as out:
        for p in problems:
            print(p.id, *p.A.shape, repr(float(p.noise and p.enough)), repr(float(p.lambdas[0])),
                  repr(float(p.lambdas[-1])), p.threshold, file=out)
    here = Path(__file__).parent
    try:
        done = subprocess.run(["Rscript", str(here / "solvers_glmnet.R"), str(folder), str(settings["path_length"]),
                               str(settings["longest_seconds"]), str(settings["worth_repeating"])],
                              stdout=subprocess.PIPE, text=True)
    except OSError as error:
        print(f"glmnet: not measured, {error}")
        return [], []
    if done.returncode != 0:
        print("glmnet: not measured, its R script failed; the lines above say why")
        return [], []
    columns = {d["id"]: d["columns"] for d in described}
    numbers, rows, answers = np.fromfile(folder / "glmnet_x.f64"), [], []
    for line in (folder / "glmnet.txt").read_text().splitlines():
        identity, solver, claimed, seconds, of_lasso, says = line.split("\t")
        rows.append({"problem": identity, "library": "glmnet", "solver": solver, "claimed": claimed == "TRUE",
                     "says": says, "seconds": None if seconds == "NA" else float(seconds),
                     "lasso_lambda": None if of_lasso == "NA" else float(of_lasso),
                     "certificate_of": "least_squares" if solver.startswith("relaxed") else "penalised"})
        answers.append(numbers[:columns[identity]])
        numbers = numbers[columns[identity]:]
    return rows, answers


def main():
    if len(sys.argv) != 2:
        sys.exit("solvers_peers: expects one folder; run: solvers_peers.py results/bench")
    folder = Path(sys.argv[1]) / "solvers"
    try:
        settings = json.loads((folder / "problems.json").read_text())
    except OSError as error:
        sys.exit(f"solvers_peers: {error}; run bench_solvers first")
    solvers, versions, missing = [], {}, []
    for library, module, remedy, its in PEERS:
        try:
            versions[library] = getattr(importlib.import_module(module), "__version__", "unknown")
            solvers += [(library, name, function) for name, function in its]
        except Exception as error:  # a broken package may raise anything
            missing.append(library)
            print(f"{library} is not installed: {remedy}" if isinstance(error, ImportError)
                  else f"{library} cannot be used: {error}")
    signal.signal(signal.SIGALRM, over_time)
    logging.disable(logging.CRITICAL)  # spgl1 and adelie log what they return as well
    described = settings["problems"]
    problems = [Problem(folder, d, settings) for d in described]
    for _, _, function in solvers:  # compiles what compiles itself
        for p in problems[:1]:
            solve(function, p, {**settings, "longest_seconds": 300}, runs=1)
    rows, answers, begin = [], [], time.time()
    for done, (d, p) in enumerate(zip(described, problems), 1):
        for library, name, function in solvers:
            answer = solve(function, p, settings)
            if answer is None:
                continue
            row, x = answer
            rows.append({"problem": p.id, "library": library, "solver": name, **row})
            answers.append(np.full(p.A.shape[1], np.nan) if x is None else x)
        show_progress(done, len(problems), begin)
    its_rows, its_answers = glmnet(folder, described, problems, settings)
    if its_rows:
        versions["glmnet"] = (folder / "glmnet_version.txt").read_text().strip()
    else:
        missing.append("glmnet")
    rows += its_rows
    answers += its_answers
    np.concatenate([np.empty(0), *answers]).tofile(folder / "peers_x.f64.part")
    (folder / "peers_x.f64.part").rename(folder / "peers_x.f64")
    (folder / "peers.json.part").write_text(json.dumps({"rows": rows, "versions": versions, "missing": missing}, indent=2))
    (folder / "peers.json.part").rename(folder / "peers.json")


if __name__ == "__main__":
    main()
