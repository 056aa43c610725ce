#!/usr/bin/python3
"""The judge of scripts/settling-on-speech (benchmarks/settling_on_speech.py): by hand, as compare_laws' own measures are tested."""
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import settling_on_speech as judge  # noqa: E402


class Judge(unittest.TestCase):
    def row(self, sparsity, target=.9):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        run = Path(scratch.name) / "run"
        run.mkdir()
        (run / "done").write_text(f"adabreg|settling|1e-6|{target}\n")
        lines = [{"step": k, "loss": 1.0, "sparsity": s} for k, s in enumerate(sparsity, 1)]
        lines += [{"validation_accuracy": .25, "step": len(sparsity)}, {"validation_accuracy": .75, "step": len(sparsity)}]
        (run / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return judge.row_of(run)

    def test_who_arrives_and_stays_holds(self):
        row = self.row([0.0] * 10 + [.905] * 30 + [.9] * 160)
        self.assertEqual((row["to_1_percent"], row["to_01_percent"], row["overshoots"], row["steps"]), (11, 41, 0, 200))
        self.assertEqual((row["verdict"], row["quality"], row["lambda0"]), ("holds", .75, 1e-6))
        self.assertAlmostEqual(row["steady_error"], 0)

    def test_who_comes_late_or_never_fails(self):
        late = self.row([0.0] * 21 + [.9] * 179)
        self.assertEqual((late["to_1_percent"], late["verdict"]), (22, "fails: 1 %"))
        never = self.row([.5] * 200)
        self.assertEqual((never["to_1_percent"], never["verdict"]), (None, "fails: 1 %, 0.1 %, steady error"))
        self.assertAlmostEqual(never["steady_error"], .4)
        brief = self.row([.9] * 19 + [.5] + [.9] * 180)
        self.assertEqual(brief["to_1_percent"], 21)

    def test_ringing_is_counted_in_the_second_half_and_beyond_a_fifth_of_a_percent(self):
        swing = [.9025, .8975]
        self.assertEqual(self.row([.9] * 196 + swing * 2)["overshoots"], 3)
        self.assertEqual(self.row(swing * 50 + [.9] * 100)["overshoots"], 0)
        self.assertEqual(self.row([.9] * 100 + [.9015, .8985] * 50)["overshoots"], 0)
        self.assertIn("rings", self.row([.9] * 196 + swing * 2)["verdict"])

    def test_no_finished_run_is_said(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(SystemExit, "no finished run"):
            judge.main(folder, "demo-")

    def test_report_is_written_beside_the_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / "speech" / "demo-1"
            run.mkdir(parents=True)
            (run / "done").write_text("linbreg|paper|0|.5\n")
            (run / "log.jsonl").write_text('{"loss": 1, "sparsity": 0.5, "step": 1}\n')
            judge.main(run.parent, "demo-")
            self.assertEqual(json.loads((Path(folder) / "speech.json").read_text())["rows"][0]["target"], .5)
            self.assertIn("| linbreg | 0.5 | paper | default | - | - | 0 | 0.000 | - |", (Path(folder) / "speech.md").read_text())


if __name__ == "__main__":
    unittest.main()
