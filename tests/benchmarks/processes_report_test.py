#!/usr/bin/python3
"""The model of a data-parallel step (benchmarks/processes_report.py): its bytes are those of a ring, and it finds again what it
was told."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import processes_report as report  # noqa: E402

LATENCY, RATE, GATHER_RATE = 1e-4, 1e9, 2e8
PARAMETERS, GRADIENTS, SPARSITY = 4_000_000, 16_000_400, 0.9
APART, OPTIMIZER, ARITHMETIC, CALLS, UNEVENNESS = 1.5, 0.2, 1e-8, 7, 1.5


def ring_sum(processes, size):
    """Messages one after another, and bytes, that a process sends: blocks go round once to be added up, once to be told."""
    block = size / processes
    messages = [block for _ in ("adding", "telling") for _ in range(processes - 1)]
    return len(messages), sum(messages)


def run_of(processes):
    """What bench_processes would write, were everything as the model says."""
    def row(way):
        averaging = report.sum_seconds(processes, GRADIENTS, LATENCY, RATE) if way != "apart" else 0
        share = report.share_bytes(processes, PARAMETERS, SPARSITY, UNEVENNESS)
        sums = [2048 * 8] * 3 + [0] * (CALLS - 5)
        telling = (sum(report.sum_seconds(processes, size, LATENCY, RATE) for size in sums) +
                   sum(report.gather_seconds(processes, size, LATENCY, GATHER_RATE) for size in (share, 4)))
        telling = telling if way == "sharded" else 0
        optimizer = (OPTIMIZER / processes + ARITHMETIC * PARAMETERS + telling if way == "sharded" else OPTIMIZER)
        return {"seconds": APART - OPTIMIZER + averaging + optimizer, "network_seconds": APART - OPTIMIZER,
                "averaging_seconds": averaging, "optimizer_seconds": optimizer, "telling_seconds": telling,
                "theta_bytes": share, "sent_bytes": 0, "calls": CALLS,
                "cpu_seconds": 0}
    def messages(seconds, rate):
        return [{"bytes": size, "seconds": seconds(processes, size, LATENCY, rate)} for size in (8, 1 << 20, 25 << 20)]
    small = [{"bytes": 8, "seconds": 2 * (processes - 1) * LATENCY}]
    return {"processes": processes, "parameters": PARAMETERS, "crops": 8, "frames": 200, "sparsity": SPARSITY,
            "gradient_bytes": GRADIENTS if processes > 1 else 0, "buckets": 1 if processes > 1 else 0,
            "ways": {way: [row(way)] * 3 for way in ("apart", "replicated", "sharded")},
            "messages": {"add_up": small + messages(report.sum_seconds, RATE)[1:],
                         "gather": messages(report.gather_seconds, GATHER_RATE)}}


class Bytes(unittest.TestCase):
    def test_a_sum_is_that_of_a_ring(self):
        for processes in (1, 2, 3, 4, 1000):
            messages, sent = ring_sum(processes, 6000)
            self.assertAlmostEqual(report.sum_bytes(processes, 6000), sent)
            self.assertAlmostEqual(report.sum_seconds(processes, 6000, LATENCY, RATE), messages * LATENCY + sent / RATE)

    def test_a_share_has_the_shortest_form(self):
        self.assertEqual(report.share_bytes(1, 1 << 20, 0), 4 << 20)                       # all values
        self.assertAlmostEqual(report.share_bytes(1, 1000, 0.9), 125 + 400)                # a bit for each, and 100 values
        self.assertAlmostEqual(report.share_bytes(1, 100_000, 0.99), 8 * 1000)             # numbers and values
        self.assertAlmostEqual(report.share_bytes(1, 1000, 0.9, unevenness=2), 2 * 525)
        self.assertEqual(report.share_bytes(1, 1000, 0.9, unevenness=20), 4000)            # no more than all values
        self.assertAlmostEqual(report.share_bytes(1000, 1 << 20, 0), 4 * 16384, msg="no share is less than a chunk")


class Model(unittest.TestCase):
    def setUp(self):
        self.report = report.report_of({n: run_of(n) for n in (1, 2, 4)})

    def test_finds_what_it_was_told(self):
        for row in self.report["measured"]:
            if row["predicted"]:
                self.assertAlmostEqual(row["predicted"]["seconds"] / row["seconds"], 1, delta=1e-6)

    def test_waits_are_shares_of_the_step(self):
        for row in self.report["measured"]:
            self.assertTrue(0 <= row["share_averaging"] <= row["share_communicating"] < 1)
            self.assertEqual(row["share_communicating"] > 0, row["processes"] > 1)

    def test_bytes_of_many_come_near_a_bound(self):
        sent = {(row["processes"], row["way"]): row["sent_bytes"] for row in self.report["model"]}
        self.assertAlmostEqual(sent[2, "replicated"], GRADIENTS)
        self.assertAlmostEqual(sent[1000, "replicated"], 2 * GRADIENTS, delta=GRADIENTS / 400)
        self.assertGreater(sent[1000, "sharded"], sent[1000, "replicated"])


if __name__ == "__main__":
    unittest.main()
