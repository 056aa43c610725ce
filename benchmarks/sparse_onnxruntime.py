"""onnxruntime on the networks that bench_sparse has measured and exported, dense, with batch normalisation folded: adds rows to
RESULTS/sparse.json, whose `dense_by` is "onnxruntime VERSION". usage: sparse_onnxruntime.py RESULTS
A network is measured once, for one thread by its processor time and for two by the wall, as bench_sparse does: a dense product
takes as long whatever the zeros. Each row says what that is against the sparse layers' time at a share of zeros."""
import json
import pathlib
import sys
import time

import numpy
import onnxruntime

ENOUGH_SECONDS = 4


def best_ms(run, clock, rounds=7):
    run()
    begin_of_all, best = time.perf_counter(), float("inf")
    for done in range(rounds):
        if done >= 2 and time.perf_counter() - begin_of_all > ENOUGH_SECONDS:
            break
        begin = clock()
        run()
        best = min(best, clock() - begin)
    return 1e3 * best


def measure(path, threads, features):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    inputs = {"feats": features}
    return best_ms(lambda: session.run(None, inputs), time.thread_time if threads == 1 else time.perf_counter)


def main():
    results = pathlib.Path(sys.argv[1])
    report = json.loads((results / "sparse.json").read_text())
    by = f"onnxruntime {onnxruntime.__version__}"
    rows = [row for row in report["rows"] if not row["dense_by"].startswith("onnxruntime")]
    features = numpy.random.default_rng(1).standard_normal((1, report["utterance_frames"], 80)).astype(numpy.float32)
    known, added = {}, []
    for row in rows:
        if row["dense_by"] != rows[0]["dense_by"]:
            continue  # one for each network, share of zeros and number of threads
        key = row["network"], row["channels"], row["threads"]
        if key not in known:
            known[key] = measure(results / "sparse" / f"{key[0]}_{key[1]}.onnx", key[2], features)
            print(f"{key[0]:10} {key[1]:4}  {key[2]} threads  {by}: {known[key]:.2f} ms", flush=True)
        added.append(row | {"dense_by": by, "dense_ms": known[key], "speedup": known[key] / row["sparse_ms"]})
    report["rows"] = rows + added
    part = results / "sparse.json.part"
    part.write_text(json.dumps(report, indent=2) + "\n")
    part.replace(results / "sparse.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
