#!/usr/bin/python3
"""Whether steps have become slower since another commit: runs this commit's benchmark of steps and the other's in turn, who goes first
alternating, and compares the cases that both have. One thread, the steps of the library alone.

usage: steps_against.py RESULTS HERE THERE COMMIT [--quick]
  HERE, THERE   folders with bench_steps_native and bench_steps_O2, of this tree and of the other
  COMMIT        what THERE was built from, for the report
Writes RESULTS/steps_against.json: for each case and flags the ns per parameter of both, medians of the rounds, and the ratio here over
there, the median and the range of the rounds' own. axpy is among the cases, and is no code of ours: its ratio is the machine's.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import report_files

CASES = "^(axpy|(linbreg|momentum|adabreg)(_check_finite|_streaming)?)/.*/threads:1"
ROUNDS = 4


def times_of(program, quick):
    """ns per parameter of each case of a benchmark program."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [str(program), f"--benchmark_filter={CASES}", f"--benchmark_out={out.name}", "--benchmark_out_format=json"]
        done = subprocess.run(command + ["--quick"] * quick, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"steps_against: {program} failed: {done.stderr.strip()[-300:]}")
        cases = json.load(open(out.name, encoding="utf-8"))["benchmarks"]
    return {case["name"].split("/iterations")[0]: case["ns_per_parameter"] for case in cases if "ns_per_parameter" in case}


def compare(rounds):
    """A row for each case that stands in all rounds, each a pair of times_of here and there."""
    shared = [name for name in rounds[0][0] if all(name in times for pair in rounds for times in pair)]
    rows = []
    for name in shared:
        ratios = [here[name] / there[name] for here, there in rounds]
        rows.append({"case": name, "here": median(here[name] for here, _ in rounds),
                     "there": median(there[name] for _, there in rounds), "ratio": median(ratios), "least": min(ratios),
                     "most": max(ratios)})
    return rows


def main(results, here, there, commit, *options):
    quick = "--quick" in options
    rows = []
    for flags in ("native", "O2"):
        rounds = []
        for turn in range(1 if quick else ROUNDS):
            programs = [Path(folder) / f"bench_steps_{flags}" for folder in (here, there)]
            order = (0, 1) if turn % 2 == 0 else (1, 0)
            times = {i: times_of(programs[i], quick) for i in order}
            rounds.append((times[0], times[1]))
            print(f"steps_against: {flags}, round {turn + 1} of {1 if quick else ROUNDS}", file=sys.stderr)
        rows += [{"flags": flags, **row} for row in compare(rounds)]
    report_files.write(Path(results) / "steps_against.json", json.dumps({"commit": commit, "quick": quick, "rows": rows}, indent=1) + "\n")
    print(f"{'case, one thread':<48} {'flags':<7} {'ns here':>8} {'there':>7} {'ratio':>6}")
    for row in rows:
        print(f"{row['case'].removesuffix('/threads:1'):<48} {row['flags']:<7} {row['here']:8.3f} {row['there']:7.3f} "
              f"{row['ratio']:6.2f} [{row['least']:.2f}, {row['most']:.2f}]")


if __name__ == "__main__":
    main(*sys.argv[1:])
