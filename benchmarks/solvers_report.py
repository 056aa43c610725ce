#!/usr/bin/python3
"""Judges the answers of bench_solvers and solvers_peers.py, all by the same rules, prints a table and writes solvers.json.

usage: solvers_report.py FOLDER [--command TEXT]    reads FOLDER/solvers/, writes FOLDER/solvers.json

Solved, x_0 being the signal that b was made from and e the norm of x - x_0:
  noise            e <= 2 times that of least squares on the true support
  sparse           A x = b has one solution that is sparse enough: e <= 1e-4 ||x_0||
  consistent       it has others: ||A x - b|| <= 1e-4 ||b||, and e <= 1e-4 ||x_0|| or ||x||_1 within 1e-4 of the least known
  inconsistent     ||A x - b|| within 1e-4 of least squares, or e as with noise
Wrongly claimed: the solver says that it succeeded, the problem is not solved, and neither is what was asked of it:
  lasso            its x is not optimal at its lambda: a duality gap above 1 % of the objective
  least squares    its x is not that of its support: |A^T (A x - b)| above 1e-4 of |A^T b| there
  noise            ||A x - b|| is above 1.02 times the norm of the noise
  pursuit of ours  min lambda ||x||_1 + ||x||^2 / (2 delta) where A x = b, with the lambda, delta and dual variable of its
                   certificate: ||A x - b|| > 1e-4 ||b||, or a duality gap above 1e-4 of the objective
"""
import datetime
import json
import platform
import sys
from pathlib import Path
from statistics import median

try:
    import numpy as np
except ImportError:
    sys.exit("solvers_report: this Python has no numpy; apt-get install python3-sklearn")

ACCURATE = 1e-4
NOISE_FACTOR = 2.0
NEAR_NOISE = 1.02
LASSO_GAP = 1e-2


class Judge:
    """One problem and what is known of its right answer."""

    def __init__(self, A, b, truth, known, noise_norm):
        self.A, self.b, self.truth, self.known, self.noise = A, b, truth, known, noise_norm
        self.size = np.linalg.norm(b) or 1.0
        self.signal = np.linalg.norm(truth) or 1.0
        self.least_l1 = np.abs(truth).sum()
        support = np.flatnonzero(truth)
        if noise_norm or known == "inconsistent":
            oracle = np.zeros_like(truth)
            if len(support):
                oracle[support] = np.linalg.lstsq(A[:, support], b, rcond=None)[0]
            self.oracle_error = np.linalg.norm(oracle - truth)
        if known == "inconsistent":
            self.least_residual = self.residual(np.linalg.lstsq(A, b, rcond=None)[0])

    def residual(self, x):
        return np.linalg.norm(self.A @ x - self.b)

    def error(self, x):
        return np.linalg.norm(x - self.truth)

    def learn(self, x):
        """Lowers the least ||x||_1 known, by an answer with A x = b."""
        if self.known == "consistent" and not self.noise and np.isfinite(x).all() and self.residual(x) <= 1e-6 * self.size:
            self.least_l1 = min(self.least_l1, np.abs(x).sum())

    def solved(self, x):
        if not np.isfinite(x).all():
            return False
        if self.noise:
            return self.error(x) <= NOISE_FACTOR * self.oracle_error
        near = self.error(x) <= ACCURATE * self.signal
        if self.known == "sparse":
            return near
        if self.known == "consistent":
            return self.residual(x) <= ACCURATE * self.size and (
                near or np.abs(x).sum() <= (1 + ACCURATE) * self.least_l1)
        return self.residual(x) <= (1 + ACCURATE) * self.least_residual or self.error(x) <= NOISE_FACTOR * self.oracle_error

    def lasso_gap(self, x, of_lasso):
        """Of ||A x - b||^2 / 2 + lambda ||x||_1, relative to it."""
        r = self.b - self.A @ x
        objective = r @ r / 2 + of_lasso * np.abs(x).sum()
        polar = np.abs(self.A.T @ r).max()
        y = r * min(1.0, of_lasso / polar) if polar > 0 else r
        return (objective - (y @ self.b - y @ y / 2)) / objective if objective > 0 else 0.0

    def pursuit_gap(self, x, y, weight, delta):
        """Of weight ||x||_1 + ||x||^2 / (2 delta) where A x = b, relative to it; delta None is infinite."""
        z = self.A.T @ y
        objective, dual = weight * np.abs(x).sum(), y @ self.b
        if delta is None:
            dual *= min(1.0, weight / max(np.abs(z).max(), 1e-300))
        else:
            objective += x @ x / (2 * delta)
            dual -= delta / 2 * (np.maximum(np.abs(z) - weight, 0) ** 2).sum()
        return abs(objective - dual) / objective if objective > 0 else 0.0

    def claim_is_wrong(self, x, row, y=None):
        """Of an x that does not solve the problem."""
        if not np.isfinite(x).all():
            return True
        if row.get("lasso_lambda") is not None:
            return self.lasso_gap(x, row["lasso_lambda"]) > LASSO_GAP
        if row.get("certificate_of") == "least_squares":
            gradient = np.abs(self.A.T @ (self.A @ x - self.b))[x != 0]
            return gradient.size > 0 and gradient.max() > ACCURATE * np.abs(self.A.T @ self.b).max()
        if self.noise:
            return self.residual(x) > NEAR_NOISE * self.noise
        if row.get("certificate_of") == "constrained" and y is not None and np.isfinite(y).all():
            return (self.residual(x) > ACCURATE * self.size
                    or self.pursuit_gap(x, y, row["lambda"], row["delta"]) > ACCURATE)
        return True


def judged(row, judge, x, y, described):
    """The row of the report."""
    solved = bool(judge.solved(x))
    wrong = bool(row["claimed"] and not solved and judge.claim_is_wrong(x, row, y))
    finite = np.isfinite(x).all()
    size = f"{described['rows']}x{described['columns']}"
    return {"problem": described["name"], "size": size, "library": row["library"], "solver": row["solver"],
            "solved": solved, "claimed": row["claimed"], "wrongly_claimed": wrong, "seconds": row["seconds"],
            "operator_pairs": row.get("operator_pairs"),
            "relative_error": float(judge.error(x) / judge.signal) if finite else None,
            "relative_residual": float(judge.residual(x) / judge.size) if finite else None,
            "says": row["says"], "size_name": described["size"], "family": described["family"], "signal": described["signal"],
            "decibels": described["decibels"]}


def read_vectors(path, rows, sizes):
    """The numbers of a file, cut into a vector for each row."""
    numbers, ends = np.fromfile(path), np.cumsum([sizes[row["problem"]] for row in rows])
    if len(numbers) != (ends[-1] if len(ends) else 0):
        sys.exit(f"solvers_report: {path} does not hold what its rows speak of; run bench_solvers and solvers_peers.py again")
    return np.split(numbers, ends[:-1]) if len(ends) else []


def read_answers(folder, problems):
    """The report of the peers, and (row, x, y or None) of everybody."""
    sizes = {what: {d["id"]: d[what] for d in problems} for what in ("rows", "columns")}
    ours, peers = (json.loads((folder / f"{name}.json").read_text()) for name in ("ours", "peers"))
    own = zip(ours["rows"], read_vectors(folder / "ours_x.f64", ours["rows"], sizes["columns"]),
              read_vectors(folder / "ours_y.f64", ours["rows"], sizes["rows"]))
    others = zip(peers["rows"], read_vectors(folder / "peers_x.f64", peers["rows"], sizes["columns"]))
    return peers, [*own, *((row, x, None) for row, x in others)]


def summary_of(rows):
    """A line per solver, the best first."""
    best = {}
    for row in rows:
        if row["solved"] and row["seconds"] is not None:
            best[row["problem"]] = min(best.get(row["problem"], float("inf")), row["seconds"])
    lines = []
    for key in dict.fromkeys((row["library"], row["solver"]) for row in rows):
        own = [row for row in rows if (row["library"], row["solver"]) == key]
        solved = [row for row in own if row["solved"]]
        ratios = [row["seconds"] / best[row["problem"]] for row in solved]
        of_large = [row["seconds"] / best[row["problem"]] for row in solved if row["size_name"] == "large"]
        pairs = [row["operator_pairs"] for row in solved if row["operator_pairs"] is not None]

        def share(chosen):
            return sum(row["solved"] for row in chosen) / len(chosen) if chosen else None
        lines.append({
            "library": key[0], "solver": key[1], "problems": len(own), "share_solved": share(own),
            "share_solved_without_noise": share([row for row in own if row["decibels"] is None]),
            "share_solved_with_noise": share([row for row in own if row["decibels"] is not None]),
            "wrongly_claimed": sum(row["wrongly_claimed"] for row in own),
            "share_wrongly_claimed": sum(row["wrongly_claimed"] for row in own) / len(own),
            "first_places": sum(ratio == 1 for ratio in ratios),
            "median_time_over_best": median(ratios) if ratios else None,
            "median_time_over_best_large": median(of_large) if of_large else None,
            "median_operator_pairs": median(pairs) if pairs else None})
    return sorted(lines, key=lambda line: (-line["share_solved"], -line["first_places"]))


def lost_places(rows, library="bregman"):
    """Where ours came in second or later, by family: who won and by how much; and what none of ours solved but others did."""
    lost = {}
    for problem in dict.fromkeys(row["problem"] for row in rows):
        solved = [row for row in rows if row["problem"] == problem and row["solved"]]
        if not solved:
            continue
        first = min(solved, key=lambda row: row["seconds"])
        ours = min((row for row in solved if row["library"] == library), key=lambda row: row["seconds"], default=None)
        if first["library"] == library:
            continue
        line = lost.setdefault(first["family"], {"family": first["family"], "lost": 0, "unsolved_by_ours": 0,
                                                 "winners": {}, "times": []})
        line["lost"] += 1
        name = f"{first['library']} {first['solver']}"
        line["winners"][name] = line["winners"].get(name, 0) + 1
        if ours is None:
            line["unsolved_by_ours"] += 1
        else:
            line["times"].append(ours["seconds"] / first["seconds"])
    for line in lost.values():
        times = line.pop("times")
        line["median_time_of_ours_over_winner"] = median(times) if times else None
    return list(lost.values())


def percent(share):
    return "-" if share is None else f"{100 * share:.0f} %"


def ratio(value):
    return "-" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def table(lines):
    """The table of docs/solvers/comparison.md."""
    text = ["| solver | problems | solved | without noise | with noise | wrongly claimed | first places | median time over the best | of the large |",
            "|---|---|---|---|---|---|---|---|---|"]
    for line in lines:
        name = f"`{line['solver']}`" if line["library"] == "bregman" else f"{line['library']}: {line['solver']}"
        text.append(f"| {name} | {line['problems']} | {percent(line['share_solved'])} | "
                    f"{percent(line['share_solved_without_noise'])} | {percent(line['share_solved_with_noise'])} | "
                    f"{line['wrongly_claimed']} | {line['first_places']} | {ratio(line['median_time_over_best'])} | "
                    f"{ratio(line['median_time_over_best_large'])} |")
    return "\n".join(text)


def processor():
    try:
        names = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                 if line.startswith("model name")]
        return f"{names[0]}, {len(names)} cores" if names else platform.machine()
    except OSError:
        return platform.machine()


def main():
    arguments = sys.argv[1:]
    command = "scripts/bench --only solvers"
    if len(arguments) == 3 and arguments[1] == "--command":
        command, arguments = arguments[2], arguments[:1]
    if len(arguments) != 1:
        sys.exit("solvers_report: expects one folder; run: solvers_report.py results/bench")
    results = Path(arguments[0])
    folder = results / "solvers"
    try:
        settings = json.loads((folder / "problems.json").read_text())
        peers_report, everybody = read_answers(folder, settings["problems"])
    except OSError as error:
        sys.exit(f"solvers_report: {error}; run bench_solvers and solvers_peers.py first")
    rows = []
    for described in settings["problems"]:
        def numbers(what):
            return np.fromfile(folder / f"{described['id']}_{what}.f64")
        A = numbers("A").reshape((described["rows"], described["columns"]), order="F")
        judge = Judge(A, numbers("b"), numbers("x"), described["known"], described["noise_norm"])
        answers = [answer for answer in everybody if answer[0]["problem"] == described["id"]]
        for _, x, _ in answers:
            judge.learn(x)
        rows += [judged(row, judge, x, y, described) for row, x, y in answers]
    lines = summary_of(rows)
    print(table(lines))
    wrong = [row for row in rows if row["wrongly_claimed"]]
    for row in wrong:
        if row["library"] == "bregman":
            print(f"WRONG: {row['solver']} says {row['says']} on {row['problem']}: relative error "
                  f"{row['relative_error']:.1e}, residual {row['relative_residual']:.1e}")
    report = {"date": datetime.date.today().isoformat(), "machine": processor(), "command": command, "threads": 1,
              "accuracy": settings["accuracy"], "longest_seconds": settings["longest_seconds"],
              "problems": len(settings["problems"]), "versions": peers_report["versions"],
              "not_installed": peers_report["missing"], "summary": lines,
              "wrongly_claimed_by_ours": sum(row["library"] == "bregman" for row in wrong),
              "lost_places": lost_places(rows), "rows": rows}
    temporary = results / "solvers.json.part"
    temporary.write_text(json.dumps(report, indent=1) + "\n")
    temporary.rename(results / "solvers.json")


if __name__ == "__main__":
    main()
