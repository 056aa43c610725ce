"""Checks ONNX files that `export` wrote: by onnx's checker and shape inference, and by running them, by onnxruntime where Python
has it and by numpy otherwise (onnx_by_numpy.py), on features whose embeddings by LibTorch lie beside them.
usage: check_onnx.py FOLDER [OUT.json]   FOLDER/NAME.safetensors with feats.N and embs.N, FOLDER/NAME_{folded,kept,removed}.onnx
Prints a line for each file; exits with 1 when one is not valid or an embedding differs by more than 1e-4 of its norm."""
import json
import pathlib
import struct
import sys

import numpy
import onnx

import onnx_by_numpy

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

TOLERANCE = 1e-4
OPSET, IR_VERSION = 13, 7


def read_safetensors(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, row in header.items():
        begin, end = (8 + length + offset for offset in row["data_offsets"])
        tensors[name] = numpy.frombuffer(data[begin:end], {"F32": "<f4", "I64": "<i8"}[row["dtype"]]).reshape(row["shape"])
    return tensors, metadata


def runner_of(path, model):
    """Features to embeddings."""
    if onnxruntime is None:
        return lambda feats: onnx_by_numpy.run(model, {"feats": feats})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda feats: session.run(["embs"], {"feats": feats})[0]


def shape_of(value):
    return [each.dim_param or each.dim_value for each in value.type.tensor_type.shape.dim]


def require(holds, what):
    if not holds:
        raise ValueError(what)


def check_form(path, model, metadata):
    """What a reader may rely on besides the numbers."""
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    known = {each.name for each in inferred.graph.value_info} | {"embs"}
    require(all(name in known for node in model.graph.node for name in node.output), "a result has no inferred shape")
    require([(each.domain, each.version) for each in model.opset_import] == [("", OPSET)], "another opset")
    require(model.ir_version == IR_VERSION, "another version of the format")
    bands, embedding = int(metadata["bands"]), int(metadata["embedding"])
    require([(each.name, shape_of(each)) for each in model.graph.input] == [("feats", ["B", "T", bands])], "another input")
    require([(each.name, shape_of(each)) for each in model.graph.output] == [("embs", ["B", embedding])], "another output")
    names = [each.name for each in model.graph.initializer] + [name for node in model.graph.node for name in node.output]
    require(len(names) == len(set(names)), "a name occurs twice")
    texts = {each.key: json.loads(each.value) for each in model.metadata_props}
    removed = path.stem.endswith("_removed")
    require(set(texts) == {"features", "levels", "network"} | ({"rows"} if removed else set()), "other metadata")
    require(not removed or 0 < texts["rows"]["left"] <= texts["rows"]["trained"], "rows that are not there")
    require(texts["features"]["mel_bins"] == bands, "metadata of another network")
    norms = [node for node in model.graph.node if node.op_type == "BatchNormalization"]
    tensors = {each.name for each in model.graph.initializer}
    if path.stem.endswith("_kept"):
        expected = set(json.loads(metadata["names"]))
        cut = {f"pool.linear1.{part}.weight" for part in ("frames", "context")}
        expected = {name.replace("pool.linear1.bias", "pool.linear1.context.bias") for name in expected}
        if "pool.linear1.weight" in expected:
            expected = expected - {"pool.linear1.weight"} | cut
        require(expected <= tensors and norms, f"lacks {sorted(expected - tensors)} of the network's tensors")
    else:
        require(not norms and not any("running" in name for name in tensors), "a batch normalisation is left")


def check(path, samples, metadata):
    model = onnx.load(str(path))
    check_form(path, model, metadata)
    run = runner_of(path, model)
    errors = {}
    for name in sorted(samples):
        if not name.startswith("feats."):
            continue
        expected = samples[name.replace("feats.", "embs.")].astype(numpy.float64)
        difference = run(samples[name]) - expected
        spread = numpy.linalg.norm(expected - expected[0], axis=1) / numpy.linalg.norm(expected, axis=1)
        require(len(expected) == 1 or spread[1] > 10 * TOLERANCE, "the network does not hear its input: nothing is shown")
        errors[name[6:]] = float((numpy.linalg.norm(difference, axis=1) / numpy.linalg.norm(expected, axis=1)).max())
    require(len(errors) > 1, "no samples")
    worst = max(errors.values())
    require(worst <= TOLERANCE, f"embeddings differ by {worst:.1e} of their norm")
    return {"file": path.name, "bytes": path.stat().st_size, "nodes": len(model.graph.node),
            "zeros": float(metadata["zeros"]), "relative_error": errors}


def main():
    folder = pathlib.Path(sys.argv[1])
    by = "numpy" if onnxruntime is None else f"onnxruntime {onnxruntime.__version__}"
    rows, failed = [], False
    for sample in sorted(folder.glob("*.safetensors")):
        samples, metadata = read_safetensors(sample)
        for norms in ("folded", "kept", "removed"):
            path = folder / f"{sample.stem}_{norms}.onnx"
            try:
                rows.append(check(path, samples, metadata))
            except Exception as error:
                failed = True
                print(f"check_onnx: {path}: {error}", file=sys.stderr)
                continue
            shown = ", ".join(f"{error:.1e} at {frames}" for frames, error in sorted(
                rows[-1]["relative_error"].items(), key=lambda item: int(item[0].split("x")[-1])))
            print(f"{path.name}: {rows[-1]['bytes']} bytes, valid; by {by}: {shown}")
    require(rows or failed, f"no sample in {folder}")
    if len(sys.argv) > 2:
        out = pathlib.Path(sys.argv[2])
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(out.name + ".part")
        part.write_text(json.dumps({"by": by, "onnx": onnx.__version__, "opset": OPSET, "tolerance": TOLERANCE,
                                    "networks": rows}, indent=1) + "\n")
        part.replace(out)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
