#!/usr/bin/env python3
"""Gives the data of magnetic_resonance to BART (Debian's package bart) and puts the numbers beside ours.

usage: compare_with_bart.py [FOLDER]     FOLDER: what magnetic_resonance wrote, results/magnetic_resonance by default

BART solves the same problem, total variation or l1 of Haar wavelets with the same coil and samples (`bart pics`), for a grid
of weights and numbers of iterations; its best error and the shortest time that comes within 1 % of it count, each the
best of three runs, with the start of the program and without the reading of its result. One thread each.
Writes FOLDER/bart.json. Without BART it says so in one line.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
except ImportError:
    sys.exit("compare_with_bart: needs Debian's package python3-numpy (and /usr/bin/python3)")


def read_cfl(stem):
    with open(stem + ".hdr") as header:
        extents = [int(extent) for extent in header.readlines()[1].split()]
    values = np.fromfile(stem + ".cfl", dtype=np.complex64)
    return values.reshape(extents, order="F").squeeze()


def run(folder, options, iterations, runs=1):
    """The image and the seconds of `bart pics`."""
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    with tempfile.TemporaryDirectory() as scratch:
        output = os.path.join(scratch, "image")
        # -w 1: no scaling of the data, so that a weight means what it means to us.
        command = ["bart", "pics", "-d", "0", "-w", "1", "-i", str(iterations), *options,
                   os.path.join(folder, "samples"), os.path.join(folder, "coil"), output]
        seconds = []
        for _ in range(runs):
            begin = time.perf_counter()
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - begin)
        return read_cfl(output), min(seconds)


def sweep(folder, truth, options_of, weights, iterations):
    trials = []
    for weight in weights:
        for count in iterations:
            image, seconds = run(folder, options_of(weight), count)
            error = float(np.linalg.norm(image - truth) / np.linalg.norm(truth))
            if np.isfinite(error):
                trials.append({"weight": weight, "iterations": count, "relative_error": error, "seconds": seconds})
    best = min(trial["relative_error"] for trial in trials)
    chosen = min((trial for trial in trials if trial["relative_error"] <= 1.01 * best), key=lambda trial: trial["seconds"])
    chosen["seconds"] = run(folder, options_of(chosen["weight"]), chosen["iterations"], runs=3)[1]
    return chosen


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "results/magnetic_resonance"
    if shutil.which("bart") is None:
        print("compare_with_bart: BART is not installed (apt-get install bart); nothing to compare with")
        return
    if not os.path.exists(os.path.join(folder, "summary.json")):
        sys.exit(f"compare_with_bart: {folder} has no summary.json; run magnetic_resonance first, or name its --out")
    with open(os.path.join(folder, "summary.json")) as file:
        ours = json.load(file)["results"]
    truth = read_cfl(os.path.join(folder, "truth"))
    weights = [float(weight) for weight in np.geomspace(1e-4, 1e-2, 9)]
    bart = {
        "total_variation": sweep(folder, truth, lambda weight: ["-R", f"T:3:0:{weight}"], weights, [30, 60, 100, 200, 400]),
        "wavelets": sweep(folder, truth, lambda weight: ["--wavelet", "haar", "-R", f"W:3:0:{weight}"], weights, [30, 100, 300]),
    }
    version = subprocess.run(["bart", "version"], capture_output=True, text=True).stdout.strip()
    with open(os.path.join(folder, "bart.json"), "w") as file:
        json.dump({"version": version, "bart": bart, "bregman": {name: ours[name] for name in bart}}, file, indent=2)
        file.write("\n")
    print(f"{'':16} {'bregman: error':>15} {'seconds':>8}   {'BART ' + version + ': error':>20} {'seconds':>8} {'weight':>9} {'iterations':>10}")
    for name, trial in bart.items():
        print(f"{name:16} {ours[name]['relative_error']:15.4f} {ours[name]['seconds']:8.3f}   {trial['relative_error']:20.4f}"
              f" {trial['seconds']:8.3f} {trial['weight']:9.2g} {trial['iterations']:10}")


if __name__ == "__main__":
    main()
