#!/usr/bin/python3
"""scikit-image's denoise_tv_chambolle on the images of bench_denoising, and one report of both.

usage: denoising_baselines.py FOLDER     reads FOLDER/denoising_ours.json and FOLDER/denoising/, writes FOLDER/denoising.json

Both minimise ||x - y||^2 / 2 + weight TV(x), isotropic, with forward differences; the objective is computed here, for both.
scikit-image runs at its defaults and at smaller tolerances with more iterations. For each of its runs the report says how
long we need for the same objective or a lower one, from the row of ours that first has it.
"""
import json
import sys
import time
from pathlib import Path

try:
    import numpy as np
    from skimage.restoration import denoise_tv_chambolle
except ImportError:
    sys.exit("denoising_baselines: scikit-image is missing; apt-get install python3-skimage and use /usr/bin/python3")

SETTINGS = ((2e-4, 200), (1e-5, 200), (1e-5, 1000), (1e-6, 3000))  # eps and max_num_iter; the first are the defaults


def objective(x, y, weight):
    down, right = np.zeros_like(x), np.zeros_like(x)
    down[:-1] = np.diff(x, axis=0)
    right[:, :-1] = np.diff(x, axis=1)
    return float(np.sum((x - y) ** 2) / 2 + weight * np.sum(np.hypot(down, right)))


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "results/bench")
    ours = json.loads((folder / "denoising_ours.json").read_text())
    weight, rows = ours["weight"], ours["rows"]
    for side in sorted({row["side"] for row in rows}):
        noisy = np.fromfile(folder / "denoising" / f"{side}.bin").reshape(side, side, order="F")
        mine = [row for row in rows if row["side"] == side]
        for eps, most in SETTINGS:
            shortest = float("inf")
            for _ in range(3 if most <= 1000 else 1):
                begin = time.perf_counter()
                x = denoise_tv_chambolle(noisy, weight=weight, eps=eps, max_num_iter=most)
                shortest = min(shortest, time.perf_counter() - begin)
            value = objective(x, noisy, weight)
            as_good = [row["seconds"] for row in mine if row["objective"] <= value]
            rows.append({"side": side, "solver": "scikit-image denoise_tv_chambolle", "setting": eps, "max_num_iter": most,
                         "seconds": shortest, "objective": value,
                         "bregman_seconds_to_it": min(as_good) if as_good else None})
            print(f"{side:4} scikit-image eps {eps:7.0e}, at most {most:4} iterations: {shortest:7.3f} s, objective "
                  f"{value:.4f}; bregman is there in {min(as_good) if as_good else float('nan'):.3f} s", flush=True)
    (folder / "denoising.json").write_text(json.dumps({"weight": weight, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
