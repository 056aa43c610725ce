#!/usr/bin/python3
"""Puts what scripts/what-sparsity-buys has measured into one table, prints it and draws it.

usage: what_sparsity_buys.py FOLDER    reads FOLDER/s*/{summary,score,sparse}.json; writes FOLDER/rows.json and, from rows.dat by
                                       rows.gp, rows.svg and rows.png

A row: {name, target, sparsity (of the weights), parameters, nonzeros, steps, eer: {LIST: {eer, low, high}} in shares, bytes of the
file, dense_bytes, ms_per_crop and real_time_factor of the exported network, libtorch_ms_per_crop, dense, of the same crops}. Times
are of one thread, its own processor time. Energy is not measured.
"""
import json
import subprocess
import sys
from pathlib import Path

import report_files

SCRIPT = """# Draws rows.dat: gnuplot rows.gp
set logscale y
set y2tics
set ytics nomirror
set key outside bottom center horizontal noenhanced
set bmargin 6
set xlabel 'zeros, %'
set ylabel 'times smaller, times faster than dense'
set y2label 'EER, %'
set y2range [0:*]
do for [kind in 'svg png'] {
    if (kind eq 'svg') { set terminal svg size 900,520 font 'sans,13' } else { set terminal pngcairo size 900,520 font 'sans,11' }
    set output 'rows.'.kind
    plot 'rows.dat' using 1:2 with linespoints lw 2 title 'smaller', \\
         'rows.dat' using 1:3 with linespoints lw 2 title 'faster', \\
         for [c=4:COLUMNS] 'rows.dat' using 1:c axes x1y2 with linespoints dt 2 title columnheader(c)
}
"""


def row_of(run):
    summary, score, sparse = (json.loads((run / f"{name}.json").read_text()) for name in ("summary", "score", "sparse"))
    return {
        "name": run.name,
        "target": 0 if summary["optimizer"] == "adamw" else summary["target"],
        "sparsity": summary["sparsity_of_counted"],
        "parameters": summary["parameters"],
        "nonzeros": summary["nonzeros"],
        "steps": summary["steps"],
        "eer": {name: {"eer": each["eer"], "low": each["eer_low"], "high": each["eer_high"]}
                for name, each in score["lists"].items() if "/" not in name},  # not the parts of a list
        "bytes": sparse["sparse"]["bytes"],
        "dense_bytes": sparse["dense"]["bytes"],
        "ms_per_crop": sparse["sparse"]["ms_per_crop"],
        "libtorch_ms_per_crop": sparse["dense"]["ms_per_crop"],
        "real_time_factor": sparse["sparse"]["real_time_factor"],
    }


def table_of(rows):
    lists = list(rows[0]["eer"])
    lines = ["| zeros | " + " | ".join(f"EER, {name}" for name in lists) +
             " | bytes | ms a crop | of real time | dense LibTorch, ms |", "|---" * (len(lists) + 5) + "|"]
    for row in rows:
        rates = " | ".join(f"{100 * e['eer']:.1f} [{100 * e['low']:.1f}, {100 * e['high']:.1f}]" for e in row["eer"].values())
        lines.append(f"| {100 * row['sparsity']:.1f} % | {rates} | {row['bytes']:,} | {row['ms_per_crop']:.3f} | "
                     f"{row['real_time_factor']:.6f} | {row['libtorch_ms_per_crop']:.3f} |")
    return "\n".join(lines)


def write_data(rows, folder):
    """Beside the first row's network on the same layers: what its zeros alone buy."""
    lists, dense = list(rows[0]["eer"]), rows[0]
    with open(folder / "rows.dat", "w", encoding="utf-8") as data:
        print("zeros smaller faster", *(f'"EER {name}"' for name in lists), file=data)
        for row in rows:
            print(100 * row["sparsity"], dense["bytes"] / row["bytes"], dense["ms_per_crop"] / row["ms_per_crop"],
                  *(100 * e["eer"] for e in row["eer"].values()), file=data)


def draw(rows, folder):
    write_data(rows, folder)
    lists = list(rows[0]["eer"])
    (folder / "rows.gp").write_text(SCRIPT.replace("COLUMNS", str(3 + len(lists))), encoding="utf-8")
    subprocess.run(["gnuplot", "rows.gp"], cwd=folder, check=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    runs = sorted(run.parent for run in folder.glob("s*/summary.json"))
    if not runs:
        sys.exit(f"what_sparsity_buys.py: '{folder}' has no network that is done: run scripts/what-sparsity-buys")
    rows = [row_of(run) for run in runs]
    report_files.tell(rows, table_of(rows), draw, folder)


if __name__ == "__main__":
    main()
