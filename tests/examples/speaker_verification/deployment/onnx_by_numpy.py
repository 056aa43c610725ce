"""The operators that exported networks ask for, by numpy and as ONNX's documents define them for opset 13: for machines without a
runtime. Slow, and in double."""
import numpy
from onnx import numpy_helper


def convolution(x, weight, bias=None, *, kernel_shape, strides, dilations, pads):
    directions = len(kernel_shape)
    x = numpy.pad(x, [(0, 0), (0, 0)] + [(pads[d], pads[d + directions]) for d in range(directions)])
    sizes = [(x.shape[2 + d] - dilations[d] * (kernel_shape[d] - 1) - 1) // strides[d] + 1 for d in range(directions)]
    y = numpy.zeros((x.shape[0], weight.shape[0], *sizes))
    for tap in numpy.ndindex(*kernel_shape):
        window = x[(..., *(slice(tap[d] * dilations[d], tap[d] * dilations[d] + strides[d] * (sizes[d] - 1) + 1, strides[d])
                           for d in range(directions)))]
        y += numpy.einsum("oi,bi...->bo...", weight[(..., *tap)], window)
    return y if bias is None else y + of_channels(bias, y)


def of_channels(vector, x):
    return vector.reshape(-1, *[1] * (x.ndim - 2))


def batch_norm(x, weight, bias, mean, variance, *, epsilon):
    scale = weight / numpy.sqrt(variance + epsilon)
    return (x - of_channels(mean, x)) * of_channels(scale, x) + of_channels(bias, x)


def softmax(x, *, axis):
    e = numpy.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def gemm(a, b, c, *, transB=0):
    return a @ (b.T if transB else b) + c


def unsqueeze(x, axes):
    for axis in sorted(axes):
        x = numpy.expand_dims(x, int(axis))
    return x


OPERATORS = {
    "Add": numpy.add,
    "BatchNormalization": batch_norm,
    "Cast": lambda x, *, to: x.astype({1: numpy.float64, 7: numpy.int64}[to]),
    "Concat": lambda *parts, axis: numpy.concatenate(parts, axis=axis),
    "Conv": convolution,
    "Div": numpy.divide,
    "Flatten": lambda x, *, axis: x.reshape(int(numpy.prod(x.shape[:axis])), -1),
    "Gather": lambda x, places, *, axis=0: numpy.take(x, places, axis=axis),
    "Gemm": gemm,
    "Max": numpy.maximum,
    "Min": numpy.minimum,
    "Mul": numpy.multiply,
    "ReduceMean": lambda x, *, axes, keepdims=1: x.mean(axis=tuple(axes), keepdims=bool(keepdims)),
    "ReduceSum": lambda x, axes, *, keepdims=1: x.sum(axis=tuple(axes), keepdims=bool(keepdims)),
    "ReduceSumSquare": lambda x, *, axes, keepdims=1: (x * x).sum(axis=tuple(axes), keepdims=bool(keepdims)),
    "Relu": lambda x: numpy.maximum(x, 0),
    "Shape": lambda x: numpy.array(x.shape, numpy.int64),
    "Sigmoid": lambda x: 1 / (1 + numpy.exp(-x)),
    "Softmax": softmax,
    "Split": lambda x, widths, *, axis: numpy.split(x, numpy.cumsum(widths)[:-1], axis=axis),
    "Sqrt": numpy.sqrt,
    "Sub": numpy.subtract,
    "Tanh": numpy.tanh,
    "Transpose": lambda x, *, perm: x.transpose(perm),
    "Unsqueeze": unsqueeze,
}


def run(model, inputs):
    """The first output of a model for arrays by name."""
    values = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    values.update(inputs)
    values = {name: each.astype(numpy.float64) if each.dtype == numpy.float32 else each for name, each in values.items()}
    for node in model.graph.node:
        attributes = {}
        for each in node.attribute:
            attributes[each.name] = {1: each.f, 2: each.i, 7: list(each.ints)}[each.type]
        result = OPERATORS[node.op_type](*(values[name] for name in node.input), **attributes)
        results = result if node.op_type == "Split" else [result]
        values.update(zip(node.output, results, strict=True))
    return values[model.graph.output[0].name]
