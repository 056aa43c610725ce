#!/usr/bin/python3
"""Judges the runs of scripts/settling-on-speech as examples/teaching/compare_laws judges its own, and prints a table.

usage: settling_on_speech.py FOLDER PREFIX    reads FOLDER/PREFIX*/{done,log.jsonl,summary.json}; writes FOLDER/../speech.json, speech.md

A row: {problem, optimizer, law, lambda0 (0: the optimizer's default), target, steps, to_1_percent, to_01_percent (the step from which s
stays within so much of the target for HOLD steps; null: never), overshoots (sign changes beyond .2 % in the second half),
steady_error (mean |s - target| of the last quarter), quality (accuracy on held-out utterances), verdict}.
"""
import json
import sys
from pathlib import Path

import report_files

HOLD = 20  # compare_laws' --hold
ROUNDING = 5e-7  # sparsities are floats


def steps_to_within(sparsity, target, tolerance):
    inside = 0
    for k, s in enumerate(sparsity, 1):
        inside = inside + 1 if abs(s - target) <= tolerance + ROUNDING else 0
        if inside == HOLD:
            return k + 1 - HOLD
    return None


def sign_changes(sparsity, target, tolerance, first):
    signs = [1 if s > target else -1 for s in sparsity[first:] if abs(s - target) > tolerance + ROUNDING]
    return sum(a != b for a, b in zip(signs, signs[1:]))


def steady_error(sparsity, target):
    last = sparsity[-max(1, len(sparsity) // 4):]
    return sum(abs(s - target) for s in last) / len(last)


def verdict_of(row):
    fails = []
    if row["to_1_percent"] is None or row["to_1_percent"] > max(1, row["steps"] // 10):
        fails.append("1 %")
    if row["to_01_percent"] is None or row["to_01_percent"] > max(1, row["steps"] // 2):
        fails.append("0.1 %")
    if row["overshoots"] > 2:
        fails.append("rings")
    if row["steady_error"] > .001:
        fails.append("steady error")
    return "fails: " + ", ".join(fails) if fails else "holds"


def row_of(run):
    optimizer, law, lambda0, target = (run / "done").read_text().strip().split("|")
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    sparsity = [line["sparsity"] for line in lines if "loss" in line and "sparsity" in line]
    accuracy = [line["validation_accuracy"] for line in lines if "validation_accuracy" in line]
    target = float(target)
    row = {"problem": "ECAPA-TDNN of the demo", "optimizer": optimizer, "law": law, "lambda0": float(lambda0), "target": target,
           "steps": len(sparsity), "to_1_percent": steps_to_within(sparsity, target, .01),
           "to_01_percent": steps_to_within(sparsity, target, .001),
           "overshoots": sign_changes(sparsity, target, .002, len(sparsity) // 2), "steady_error": steady_error(sparsity, target),
           "quality": accuracy[-1] if accuracy else None}
    return row | {"verdict": verdict_of(row)}


def table_of(rows):
    lines = ["| optimizer | target | law | lambda0 | within 1 % | within .1 % | overshoots | steady error, % | accuracy, % | verdict |",
             "|---" * 10 + "|"]
    for r in rows:
        step = lambda reached: "-" if reached is None else str(reached)  # noqa: E731
        lines.append(f"| {r['optimizer']} | {r['target']:g} | {r['law']} | {r['lambda0'] or 'default'} | {step(r['to_1_percent'])} | "
                     f"{step(r['to_01_percent'])} | {r['overshoots']} | {100 * r['steady_error']:.3f} | "
                     f"{'-' if r['quality'] is None else format(100 * r['quality'], '.1f')} | {r['verdict']} |")
    return "\n".join(lines) + "\n"


def main(folder, prefix):
    runs = sorted((run.parent for run in Path(folder).glob(prefix + "*/done")), key=lambda run: (run / "done").stat().st_mtime)
    if not runs:
        sys.exit(f"settling_on_speech: there is no finished run {folder}/{prefix}*; run scripts/settling-on-speech first")
    rows = [row_of(run) for run in runs]
    report_files.write(Path(folder).parent / "speech.json", json.dumps({"hold": HOLD, "rows": rows}, indent=1) + "\n")
    report_files.write(Path(folder).parent / "speech.md", table_of(rows))
    print(table_of(rows), end="")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
