#!/usr/bin/python3
"""Puts what scripts/structured-zeros has measured into one table, prints it and draws it.

usage: structured_zeros.py FOLDER    reads FOLDER/*/{summary,score,sparse}.json and network.onnx; writes FOLDER/rows.json and, from
                                     rows.dat by rows.gp, rows.svg and rows.png

A row: {name, zeros (none, weights or channels), target, sparsity (of the deployed weights), steps, accuracy (of naming the training
speakers' held-out utterances), eer: {LIST: {eer, low, high}} in shares, bytes of the sparse file, dense_bytes of the dense ONNX file
without dead channels, rows and rows_left of all layers, ms_per_crop of the exported network, libtorch_ms_per_crop, and onnx_ms of
that dense file by onnxruntime where Python has it}. Times are of one thread; onnx_ms is the least of 60 calls on 300 frames, the
networks one after the other in each round.
"""
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import report_files

try:
    import numpy
    import onnxruntime
except ImportError:
    onnxruntime = None

SCRIPT = """# Draws rows.dat: gnuplot rows.gp
set key outside bottom center horizontal noenhanced
set bmargin 6
set xrange [0:*]
set offsets 0, .1, .3, 0
set xlabel 'ms a crop, one thread'
set ylabel 'EER, mean of the lists, %'
set style data linespoints
do for [kind in 'svg png'] {
    if (kind eq 'svg') { set terminal svg size 900,520 font 'sans,13' } else { set terminal pngcairo size 900,520 font 'sans,11' }
    set output 'rows.'.kind
    plot for [i=0:KINDS-1] 'rows.dat' index i using 2:3 lw 2 title columnheader(1), \\
         for [i=0:KINDS-1] 'rows.dat' index i using 2:3:4 with labels offset 0,1 notitle
}
"""
KINDS = {"none": "no zeros", "weights": "zeros of single weights and kernels", "channels": "zeros of whole channels"}


def rows_of(text):
    """What `export --dead_channels removed` has printed."""
    found = re.search(r"of (\d+) rows of its layers (\d+) are", text)
    return int(found[1]), int(found[1]) - int(found[2])


def row_of(run):
    summary, score, sparse = (json.loads((run / f"{name}.json").read_text()) for name in ("summary", "score", "sparse"))
    kind = "none" if summary["optimizer"] == "adamw" else run.name.split("_")[0]
    rows, left = rows_of((run / "onnx.txt").read_text())
    return {
        "name": run.name,
        "zeros": kind,
        "target": 0 if kind == "none" else summary["target"],
        "sparsity": summary["sparsity_of_counted"] if kind != "none" else 0,
        "steps": summary["steps"],
        "accuracy": score["closed_set"]["accuracy"],
        "eer": {name: {"eer": each["eer"], "low": each["eer_low"], "high": each["eer_high"]}
                for name, each in score["lists"].items() if "/" not in name},  # not the parts of a list
        "bytes": sparse["sparse"]["bytes"],
        "dense_bytes": (run / "network.onnx").stat().st_size,
        "rows": rows,
        "rows_left": left,
        "ms_per_crop": sparse["sparse"]["ms_per_crop"],
        "libtorch_ms_per_crop": sparse["dense"]["ms_per_crop"],
    }


def add_onnx_times(rows, folder):
    if onnxruntime is None:
        return
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    calls = []
    for row in rows:
        session = onnxruntime.InferenceSession(str(folder / row["name"] / "network.onnx"), options,
                                               providers=["CPUExecutionProvider"])
        bands = session.get_inputs()[0].shape[2]
        calls.append((row, session, numpy.random.default_rng(1).standard_normal((1, 300, bands)).astype(numpy.float32)))
    for _ in range(60):
        for row, session, feats in calls:
            begin = time.perf_counter()
            session.run(["embs"], {"feats": feats})
            row["onnx_ms"] = min(row.get("onnx_ms", 1e9), 1e3 * (time.perf_counter() - begin))


def mean_eer(row):
    return sum(each["eer"] for each in row["eer"].values()) / len(row["eer"])


def table_of(rows):
    lists = list(rows[0]["eer"])
    lines = ["| zeros | s | named, % | EER, % " + ", ".join(lists) +
             " | bytes: sparse file, dense without dead channels | rows left | ms a crop | LibTorch, dense | onnxruntime, dense "
             "without dead channels |", "|---" * 9 + "|"]
    for row in rows:
        rates = ", ".join(f"{100 * each['eer']:.1f}" for each in row["eer"].values())
        onnx = f"{row['onnx_ms']:.3f}" if "onnx_ms" in row else "-"
        lines.append(f"| {row['zeros']} | {100 * row['sparsity']:.1f} % | {100 * row['accuracy']:.1f} | {rates} | "
                     f"{row['bytes']:,}, {row['dense_bytes']:,} | {row['rows_left']} of {row['rows']} | "
                     f"{row['ms_per_crop']:.3f} | {row['libtorch_ms_per_crop']:.2f} | {onnx} |")
    return "\n".join(lines)


def draw(rows, folder):
    present = [kind for kind in KINDS if any(row["zeros"] == kind for row in rows)]
    with open(folder / "rows.dat", "w", encoding="utf-8") as data:
        for kind in present:
            print(f'"{KINDS[kind]}" ms eer s', file=data)
            for row in (row for row in rows if row["zeros"] == kind):
                print(kind, row["ms_per_crop"], 100 * mean_eer(row), f"{row['sparsity']:.2f}", file=data)
            print("\n", file=data)
    (folder / "rows.gp").write_text(SCRIPT.replace("KINDS", str(len(present))), encoding="utf-8")
    subprocess.run(["gnuplot", "rows.gp"], cwd=folder, check=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    rows = [row_of(run.parent) for run in folder.glob("*/summary.json")]
    if not rows:
        sys.exit(f"structured_zeros.py: '{folder}' has no network that is done: run scripts/structured-zeros")
    rows.sort(key=lambda row: (list(KINDS).index(row["zeros"]), row["target"]))
    add_onnx_times(rows, folder)
    report_files.tell(rows, table_of(rows), draw, folder)


if __name__ == "__main__":
    main()
