#!/usr/bin/python3
"""The table of scripts/what-sparsity-buys (benchmarks/what_sparsity_buys.py): each number comes from the file that has it."""
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import what_sparsity_buys as report  # noqa: E402


def write_run(folder, name, optimizer, sparsity, size, milliseconds):
    run = folder / name
    run.mkdir()
    rates = {"eer": .25, "eer_low": .125, "eer_high": .5}
    summary = {"optimizer": optimizer, "sparsity_of_counted": sparsity, "parameters": 1000, "nonzeros": 100, "steps": 7}
    if optimizer != "adamw":
        summary["target"] = .9
    sparse = {"dense": {"bytes": 4000, "ms_per_crop": 8.0, "real_time_factor": .5},
              "sparse": {"bytes": size, "ms_per_crop": milliseconds, "real_time_factor": .0625}}
    for file, value in ("summary", summary), ("score", {"lists": {"a": rates, "a/part": {}, "b": rates}}), ("sparse", sparse):
        (run / f"{file}.json").write_text(json.dumps(value))
    return run


class Report(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.rows = [report.row_of(write_run(self.folder, "s00", "adamw", 0.0, 4100, 2.0)),
                     report.row_of(write_run(self.folder, "s90", "adabreg", .875, 800, .5))]

    def test_a_row_has_what_was_measured(self):
        dense, sparse = self.rows
        self.assertEqual((dense["target"], sparse["target"]), (0, .9))
        self.assertEqual((sparse["bytes"], sparse["dense_bytes"]), (800, 4000))
        self.assertEqual((sparse["ms_per_crop"], sparse["libtorch_ms_per_crop"]), (.5, 8))
        self.assertEqual(sparse["eer"], dict.fromkeys("ab", {"eer": .25, "low": .125, "high": .5}))

    def test_the_table_has_a_line_for_each_network(self):
        lines = report.table_of(self.rows).splitlines()
        self.assertEqual(len(lines), 4)
        self.assertIn("| 87.5 % | 25.0 [12.5, 50.0] | 25.0 [12.5, 50.0] | 800 | 0.500 | 0.062500 | 8.000 |", lines[3])
        self.assertEqual(len({line.count("|") for line in lines}), 1)

    def test_the_picture_compares_with_the_network_without_zeros(self):
        report.write_data(self.rows, self.folder)
        last = (self.folder / "rows.dat").read_text().splitlines()[-1].split()
        self.assertEqual([float(x) for x in last], [87.5, 4100 / 800, 4, 25, 25])


if __name__ == "__main__":
    unittest.main()
