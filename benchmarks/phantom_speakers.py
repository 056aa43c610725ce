"""The table of scripts/phantom-speakers: usage: phantom_speakers.py FOLDER SET PHANTOMS RUN..."""

import json
import pathlib
import sys

import report_files


def row_of(run, phantoms):
    """Head, optimizer and the numbers of the last validation of a run."""
    head, optimizer = (run / "done").read_text().strip().split("|")
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    validations = [line for line in lines if "phantoms_dead" in line]
    steps = [line for line in lines if "sparsity" in line and "loss" in line]
    if not validations or not steps:
        sys.exit(f"phantom_speakers: {run}/log.jsonl tells of no step or no validation; give scripts/phantom-speakers --steps 10 or "
                 "more, which is how often train writes a line")
    validation, training = validations[-1], steps[-1]
    return {"head": head, "optimizer": optimizer, "phantoms": phantoms,
            "phantoms_dead": validation["phantoms_dead"] / phantoms,
            "validation_accuracy": validation["validation_accuracy"],
            "sparsity": training["sparsity"], "lambda": training["lambda"], "steps": training["step"]}


def main(folder, speech, phantoms, *runs):
    folder = pathlib.Path(folder)
    rows = [row_of(folder / run, int(phantoms)) for run in runs]
    table = ["| head | optimizer | phantom speakers dead, % | accuracy, % | s, % |", "|---|---|---|---|---|"]
    table += [f"| {r['head']} | {r['optimizer']} | {100 * r['phantoms_dead']:.1f} | {100 * r['validation_accuracy']:.1f} | "
              f"{100 * r['sparsity']:.2f} |" for r in rows]
    report_files.write(folder / "table.json", json.dumps({"set": speech, "rows": rows}, indent=1) + "\n")
    report_files.write(folder / "table.md", "\n".join(table) + "\n")
    print("\n".join(table))


main(*sys.argv[1:])
