#!/usr/bin/python3
"""The judge of the public comparison of solvers (benchmarks/solvers_report.py): what is solved, and what is wrongly claimed."""
import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import solvers_report as report  # noqa: E402

RANDOM = np.random.default_rng(0)
A = RANDOM.standard_normal((20, 40)) / np.sqrt(20)
TRUTH = np.zeros(40)
TRUTH[[3, 17, 30]] = 1.0, -2.0, 0.5
B = A @ TRUTH
LAMBDA = 0.1


def lasso_answer():
    """ISTA, far enough."""
    x, step = np.zeros(40), 1 / np.linalg.norm(A, 2) ** 2
    for _ in range(20000):
        x = x - step * (A.T @ (A @ x - B))
        x = np.sign(x) * np.maximum(np.abs(x) - step * LAMBDA, 0)
    return x


def dense_answer():
    return np.linalg.lstsq(A, B, rcond=None)[0]


class Solved(unittest.TestCase):
    def test_sparse_by_the_error(self):
        judge = report.Judge(A, B, TRUTH, "sparse", 0)
        self.assertTrue(judge.solved(TRUTH))
        self.assertTrue(judge.solved(TRUTH * (1 + 0.9e-4)))
        self.assertFalse(judge.solved(TRUTH * (1 + 1.1e-4)))
        self.assertFalse(judge.solved(dense_answer()), "A x = b holds, but the x is another")
        self.assertFalse(judge.solved(np.full(40, np.nan)))

    def test_the_zero_signal(self):
        judge = report.Judge(A, np.zeros(20), np.zeros(40), "sparse", 0)
        self.assertTrue(judge.solved(np.zeros(40)))
        self.assertFalse(judge.solved(TRUTH))

    def test_noise_by_least_squares_on_the_true_support(self):
        noise = 0.01 * RANDOM.standard_normal(20)
        judge = report.Judge(A, B + noise, TRUTH, "sparse", np.linalg.norm(noise))
        support = np.flatnonzero(TRUTH)
        oracle = np.zeros(40)
        oracle[support] = np.linalg.lstsq(A[:, support], B + noise, rcond=None)[0]
        self.assertTrue(judge.solved(oracle))
        self.assertTrue(judge.solved(TRUTH + 1.9 * (oracle - TRUTH)))
        self.assertFalse(judge.solved(TRUTH + 2.1 * (oracle - TRUTH)))

    def test_another_solution_with_the_least_norm_known(self):
        doubled = np.hstack([A, -A])
        truth = np.concatenate([TRUTH, np.zeros(40)])
        twin = np.concatenate([np.zeros(40), -TRUTH])
        judge = report.Judge(doubled, B, truth, "consistent", 0)
        self.assertTrue(judge.solved(twin))
        self.assertFalse(judge.solved(1.001 * twin), "A x = b does not hold")
        self.assertFalse(judge.solved(0.5 * twin), "nor here, though the norm is less")
        self.assertFalse(judge.solved(np.concatenate([dense_answer(), np.zeros(40)])), "its norm is larger")
        larger = np.concatenate([3 * TRUTH, 2 * TRUTH])
        judge = report.Judge(doubled, B, larger, "consistent", 0)
        self.assertTrue(judge.solved(larger), "the signal itself, as long as nothing better is known")
        judge.learn(twin)
        self.assertAlmostEqual(judge.least_l1, np.abs(TRUTH).sum())

    def test_no_solution(self):
        tall, off = A.T, RANDOM.standard_normal(40)
        judge = report.Judge(tall, tall @ TRUTH[:20] + off, TRUTH[:20], "inconsistent", 0)
        self.assertTrue(judge.solved(np.linalg.lstsq(tall, judge.b, rcond=None)[0]))
        self.assertTrue(judge.solved(TRUTH[:20]))
        self.assertFalse(judge.solved(np.full(20, 10.0)))


class Claims(unittest.TestCase):
    def wrong(self, judge, x, y=None, **row):
        return judge.claim_is_wrong(x, row, y)

    def test_of_a_lasso_its_own_optimum(self):
        judge = report.Judge(A, B, TRUTH, "sparse", 0)
        x = lasso_answer()
        self.assertFalse(judge.solved(x), "too large a lambda for the signal")
        self.assertLess(abs(judge.lasso_gap(x, LAMBDA)), 1e-8)
        self.assertFalse(self.wrong(judge, x, lasso_lambda=LAMBDA))
        self.assertTrue(self.wrong(judge, x, lasso_lambda=LAMBDA / 2))
        self.assertTrue(self.wrong(judge, np.zeros(40), lasso_lambda=LAMBDA))

    def test_of_a_pursuit_its_lambda_delta_and_dual_variable(self):
        judge = report.Judge(A, B, TRUTH, "sparse", 0)
        delta, weight = 0.5, 0.7
        y = RANDOM.standard_normal(20)
        z = A.T @ y
        x = delta * np.sign(z) * np.maximum(np.abs(z) - weight, 0)
        judge.b, judge.size = A @ x, np.linalg.norm(A @ x)  # of which x is the answer
        self.assertLess(judge.pursuit_gap(x, y, weight, delta), 1e-12)
        stated = {"certificate_of": "constrained", "lambda": weight, "delta": delta}
        self.assertFalse(self.wrong(judge, x, y, **stated))
        self.assertTrue(self.wrong(judge, x, 1.1 * y, **stated))
        self.assertTrue(self.wrong(judge, x, y, **{**stated, "delta": 2 * delta}))
        self.assertTrue(self.wrong(judge, x, y, certificate_of="feasibility"), "which says nothing of what x is")
        across = RANDOM.standard_normal(20)
        judge.b = judge.b + across - y * (across @ y) / (y @ y)
        self.assertLess(judge.pursuit_gap(x, y, weight, delta), 1e-12)
        self.assertTrue(self.wrong(judge, x, y, **stated), "A x = b does not hold")

    def test_in_noise_the_residual(self):
        noise = np.full(20, 0.01)
        judge = report.Judge(A, B + noise, TRUTH, "sparse", np.linalg.norm(noise))
        self.assertFalse(self.wrong(judge, dense_answer()))
        self.assertTrue(self.wrong(judge, np.zeros(40)))

    def test_of_least_squares_its_gradient(self):
        judge = report.Judge(A, B, TRUTH, "sparse", 0)
        x = np.zeros(40)
        x[:5] = np.linalg.lstsq(A[:, :5], B, rcond=None)[0]
        self.assertFalse(self.wrong(judge, x, certificate_of="least_squares"))
        self.assertTrue(self.wrong(judge, 1.01 * x, certificate_of="least_squares"))

    def test_what_is_not_a_number(self):
        self.assertTrue(self.wrong(report.Judge(A, B, TRUTH, "sparse", 0), np.full(40, np.nan), lasso_lambda=LAMBDA))


def row(problem, solver, seconds, solved=True, wrongly_claimed=False, library="bregman"):
    return {"problem": problem, "library": library, "solver": solver, "seconds": seconds, "solved": solved,
            "wrongly_claimed": wrongly_claimed, "decibels": None, "size_name": "large", "operator_pairs": None,
            "family": "gaussian"}


class Summary(unittest.TestCase):
    ROWS = [row("p", "ours", 2.0), row("p", "theirs", 1.0, library="peer"), row("p", "fast", 0.1, False, True, "peer"),
            row("q", "ours", 1.0), row("q", "theirs", 3.0, library="peer"), row("q", "fast", 4.0, library="peer")]

    def test_shares_places_and_times(self):
        lines = {line["solver"]: line for line in report.summary_of(self.ROWS)}
        self.assertEqual(lines["ours"]["share_solved"], 1)
        self.assertEqual(lines["ours"]["first_places"], 1)
        self.assertEqual(lines["ours"]["median_time_over_best"], 1.5)
        self.assertEqual(lines["theirs"]["median_time_over_best"], 2)
        self.assertEqual(lines["fast"]["share_solved"], 0.5)
        self.assertEqual(lines["fast"]["wrongly_claimed"], 1)
        self.assertEqual(lines["fast"]["first_places"], 0, "who does not solve a problem is not first")

    def test_lost_places(self):
        (line,) = report.lost_places(self.ROWS)
        self.assertEqual((line["lost"], line["winners"]), (1, {"peer theirs": 1}))
        self.assertEqual(line["median_time_of_ours_over_winner"], 2)


if __name__ == "__main__":
    unittest.main()
