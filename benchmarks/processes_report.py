#!/usr/bin/python3
"""Holds the model of a data-parallel step (docs/distributed.md) against what bench_processes measured, carries it on to 1,000
processes, prints both and writes processes.json.

usage: processes_report.py FOLDER [--command TEXT]    reads FOLDER/processes/N.json, writes FOLDER/processes.json

Of N processes, where sending one message takes `latency` seconds and a byte of it 1 / `rate`, all round a ring as Gloo does:
  a sum of b bytes       2 (N - 1) (latency + b / N / rate)         each sends 2 (N - 1) / N b bytes
  gathering b from each  (N - 1) (latency + b / rate) + a sum       each sends (N - 1) b bytes
The messages of two processes give latency and rate. A replicated step is the step apart plus the sum of the gradients; in a
sharded one the optimizer takes 1/N, theta is gathered, and what other arithmetic that needs, in seconds for each parameter, is
taken from two processes. All send as many bytes of theta as the densest share has: `unevenness` times the mean, the most that
was measured, and no more than all values.
"""
import datetime
import json
import os
import platform
import sys
from pathlib import Path
from statistics import median

FLOAT = 4
CHUNK = 16384  # elements: what a share is made of, at least one
SELECTION = 3 * 2048 * 8  # bytes of the counts by which the quantile law finds lambda
LATENCY_OF_NETWORK, RATE_OF_NETWORK = 30e-6, 1.25e9  # TCP over 10 Gbit/s


def sum_bytes(processes, size):
    """What each process sends to add `size` bytes up."""
    return 2 * (processes - 1) / processes * size


def sum_seconds(processes, size, latency, rate):
    return 2 * (processes - 1) * latency + sum_bytes(processes, size) / rate


def gather_seconds(processes, size, latency, rate):
    return sum_seconds(processes, 8 * processes, latency, rate) + (processes - 1) * (latency + size / rate)


def share_bytes(processes, parameters, sparsity, unevenness=1):
    """Of theta, of the largest share: a bit for each value and the non-zeros, or their numbers and they, or all values."""
    share = parameters if processes == 1 else min(parameters, max(parameters / processes, CHUNK))
    nonzeros = share * (1 - sparsity)
    return min(share * FLOAT, unevenness * min(share / 8 + nonzeros * FLOAT, nonzeros * 2 * FLOAT))


def links_of(two):
    """latency and rates of the messages of two processes."""
    def seconds(kind, size):
        return next(row["seconds"] for row in two["messages"][kind] if row["bytes"] == size)
    latency = seconds("add_up", 8) / 2
    largest = max(row["bytes"] for row in two["messages"]["add_up"])
    rate = sum_bytes(2, largest) / (seconds("add_up", largest) - 2 * latency)
    size = 1 << 20  # as large as shares of theta are
    gather_rate = size / (seconds("gather", size) - 3 * latency)
    return latency, rate, gather_rate


def telling_seconds(processes, share, calls, latency, rate, gather_rate):
    """What the processes of a sharded step tell each other in `calls` calls: two gather, the shares and the value after the
    selected one, and all others add up, of which only the three of the selection are of a size."""
    return (gather_seconds(processes, share, latency, gather_rate) + gather_seconds(processes, 4, latency, gather_rate) +
            sum_seconds(processes, SELECTION, latency, rate) + (calls - 3) * 2 * (processes - 1) * latency)


def predicted(way, processes, run, unevenness, calls, latency, rate, gather_rate, apart, optimizer, arithmetic):
    """Seconds of a step, and bytes that each process sends in it. `apart` and `optimizer` are those of the step apart."""
    gradients = run["gradient_bytes"]
    communication = sum_seconds(processes, gradients, latency, rate) + 2 * (processes - 1) * latency * (run["buckets"] - 1)
    sent = sum_bytes(processes, gradients)
    if way == "replicated":
        return {"seconds": apart + communication, "communication_seconds": communication, "sent_bytes": sent}
    share = share_bytes(processes, run["parameters"], run["sparsity"], unevenness)
    telling = telling_seconds(processes, share, calls, latency, rate, gather_rate)
    own = apart - optimizer + optimizer / processes + arithmetic * run["parameters"]
    return {"seconds": own + communication + telling, "communication_seconds": communication + telling,
            "sent_bytes": sent + (processes - 1) * share + sum_bytes(processes, SELECTION)}


def medians_of(rows):
    return {key: median(row[key] for row in rows) for key in rows[0]}


def report_of(runs, largest=1000):
    """`runs`: what bench_processes wrote, by the number of processes, among them 1 and 2."""
    latency, rate, gather_rate = links_of(runs[2])
    measured = {n: {way: medians_of(rows) for way, rows in run["ways"].items()} for n, run in runs.items()}
    split = measured[2]["sharded"]
    arithmetic = max(0, (split["optimizer_seconds"] - split["telling_seconds"] -
                         measured[2]["apart"]["optimizer_seconds"] / 2) / runs[2]["parameters"])
    unevenness = max(measured[n]["sharded"]["theta_bytes"] / share_bytes(n, run["parameters"], run["sparsity"])
                     for n, run in runs.items() if n > 1)
    rows = []
    for n, run in sorted(runs.items()):
        apart = measured[n]["apart"]
        own = apart["seconds"], apart["optimizer_seconds"], arithmetic
        for way in ("replicated", "sharded"):
            seen = measured[n][way]
            rows.append({"processes": n, "way": way, "seconds": seen["seconds"],
                         "samples_per_second": n * run["crops"] / seen["seconds"], "seconds_apart": apart["seconds"],
                         "cpu_seconds": seen["cpu_seconds"], "cpu_seconds_apart": apart["cpu_seconds"],
                         "share_communicating": (seen["averaging_seconds"] + seen["telling_seconds"]) / seen["seconds"],
                         "share_averaging": seen["averaging_seconds"] / seen["seconds"],
                         "sent_bytes": seen["sent_bytes"], "theta_bytes": seen["theta_bytes"], "calls": seen["calls"],
                         "predicted": predicted(way, n, run, unevenness, split["calls"], latency, rate, gather_rate,
                                                *own) if n > 1 else None})
    alone = measured[1]["apart"]
    far = [{"processes": n, "way": way,
            **predicted(way, n, runs[1] | {"buckets": runs[2]["buckets"], "gradient_bytes": runs[2]["gradient_bytes"]},
                        unevenness, split["calls"], LATENCY_OF_NETWORK, RATE_OF_NETWORK, RATE_OF_NETWORK, alone["seconds"],
                        alone["optimizer_seconds"], arithmetic)}
           for n in (2, 10, 100, largest) for way in ("replicated", "sharded")]
    return {"latency_seconds": latency, "sum_bytes_per_second": rate, "gather_bytes_per_second": gather_rate,
            "arithmetic_seconds_per_parameter": arithmetic, "unevenness": unevenness, "parameters": runs[1]["parameters"],
            "sparsity": runs[2]["sparsity"], "crops": runs[1]["crops"], "frames": runs[1]["frames"], "measured": rows,
            "messages": {str(n): run["messages"] for n, run in sorted(runs.items()) if n > 1},
            "network": {"latency_seconds": LATENCY_OF_NETWORK, "bytes_per_second": RATE_OF_NETWORK}, "model": far}


def table(report):
    text = ["| processes | way | step s | apart s | processor s | apart | crops/s | communicating % | sent MB | model s | MB |",
            "|---" * 11 + "|"]
    for row in report["measured"]:
        model = row["predicted"]
        cells = [row["processes"], row["way"], f"{row['seconds']:.2f}", f"{row['seconds_apart']:.2f}",
                 f"{row['cpu_seconds']:.2f}", f"{row['cpu_seconds_apart']:.2f}", f"{row['samples_per_second']:.2f}",
                 f"{100 * row['share_communicating']:.1f}", f"{row['sent_bytes'] / 1e6:.1f}"]
        cells += [f"{model['seconds']:.2f}", f"{model['sent_bytes'] / 1e6:.1f}"] if model else ["", ""]
        text.append("| " + " | ".join(map(str, cells)) + " |")
    text += ["", "| processes, one a machine | way | communication s | step s | sent MB |", "|---" * 5 + "|"]
    text += [f"| {row['processes']} | {row['way']} | {row['communication_seconds']:.3f} | {row['seconds']:.2f} | "
             f"{row['sent_bytes'] / 1e6:.1f} |" for row in report["model"]]
    return "\n".join(text)


def processor():
    try:
        names = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                 if line.startswith("model name")]
        return f"{names[0]}, {len(names)} cores" if names else platform.machine()
    except OSError:
        return platform.machine()


def main():
    arguments = sys.argv[1:]
    command = "scripts/bench --only processes"
    if len(arguments) == 3 and arguments[1] == "--command":
        command, arguments = arguments[2].strip(), arguments[:1]
    if len(arguments) != 1:
        sys.exit("processes_report: expects one folder; run: processes_report.py results/bench")
    results = Path(arguments[0])
    try:
        runs = {n: json.loads((results / "processes" / f"{n}.json").read_text()) for n in (1, 2, 4)}
    except OSError as error:
        sys.exit(f"processes_report: {error}; run scripts/bench --only processes")
    report = {"date": datetime.date.today().isoformat(), "machine": processor(), "command": command,
              "threads_of_each": 1, "load_average": os.getloadavg(), **report_of(runs)}
    print(table(report))
    temporary = results / "processes.json.part"
    temporary.write_text(json.dumps(report, indent=1) + "\n")
    temporary.rename(results / "processes.json")


if __name__ == "__main__":
    main()
