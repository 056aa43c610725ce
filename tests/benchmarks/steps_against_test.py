#!/usr/bin/python3
"""The comparison of two commits' steps (benchmarks/steps_against.py), by hand."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import steps_against


class Comparison(unittest.TestCase):
    def test_a_ratio_is_the_median_of_the_rounds_own(self):
        # The machine was three times as slow in the second round, for both.
        rounds = [({"a": 1.0}, {"a": 2.0}), ({"a": 3.6}, {"a": 6.0}), ({"a": 1.4}, {"a": 2.0})]
        (row,) = steps_against.compare(rounds)
        self.assertEqual(row, {"case": "a", "here": 1.4, "there": 2.0, "ratio": 0.6, "least": 0.5, "most": 0.7})

    def test_what_one_of_them_lacks_is_left_out(self):
        rows = steps_against.compare([({"a": 1.0, "new": 1.0}, {"a": 1.0, "old": 1.0})])
        self.assertEqual([row["case"] for row in rows], ["a"])


if __name__ == "__main__":
    unittest.main()
