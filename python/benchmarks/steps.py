"""Time per step of bregman.torch on the tensors of ECAPA-TDNN (512 channels, 6.2 million parameters): against the C++ adapter,
against the same algorithm in tensor operations in two forms, and against torch.optim.Adam.

    scripts/python --bench     # compiles cpp_steps.cpp, runs this, writes results/bench/python.json

One thread, in processor time of that thread. Rounds alternate, and the least time of all rounds counts: what a busy machine adds
is not the program's.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time

import torch

from bregman import laws
from bregman.torch import AdaBreg


def ecapa_tdnn_shapes(channels=512):
    """As benchmarks/ecapa_tdnn_shapes.hpp."""
    shapes = []

    def with_bias(*weight):
        shapes.extend([weight, weight[:1]])

    def norm(width):
        shapes.extend([(width,), (width,)])

    with_bias(channels, 80, 5)
    norm(channels)
    for _ in range(3):
        split = channels // 8
        with_bias(channels, channels, 1)
        norm(channels)
        for _ in range(7):
            with_bias(split, split, 3)
        for _ in range(7):
            norm(split)
        with_bias(channels, channels, 1)
        norm(channels)
        with_bias(128, channels)
        with_bias(channels, 128)
    with_bias(1536, 3 * channels, 1)
    with_bias(128, 3 * 1536, 1)
    with_bias(1536, 128, 1)
    norm(2 * 1536)
    with_bias(192, 2 * 1536)
    return shapes


class TensorOperations:
    """AdaBreg in torch's operations, as the published codes have it; or with the one operation that torch has for the prox."""

    def __init__(self, parameters, with_softshrink, lr=0.01, target=0.9, lambda_=0.1, gain=0.25):
        self.with_softshrink = with_softshrink
        self.parameters, self.lr, self.target, self.lambda_, self.gain = parameters, lr, target, lambda_, gain
        self.k = 0
        self.v = [p.detach() + lambda_ * p.detach().sign() * (p.dim() >= 2) for p in parameters]
        self.m1 = [torch.zeros_like(p) for p in parameters]
        self.m2 = [torch.zeros_like(p) for p in parameters]
        self.size = sum(p.numel() for p in parameters)

    @torch.no_grad()
    def step(self):
        self.k += 1
        squares = sum((p.grad * p.grad).sum() for p in self.parameters)
        if not torch.isfinite(squares):
            return
        rate, scale = self.lr / (1 - 0.9**self.k), (1 - 0.999**self.k) ** 0.5
        zeros = 0
        for p, v, m1, m2 in zip(self.parameters, self.v, self.m1, self.m2):
            m1.mul_(0.9).add_(p.grad, alpha=0.1)
            m2.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
            v.addcdiv_(m1, (m2.sqrt() / scale).add_(1e-8), value=-rate)
            if p.dim() < 2:
                p.copy_(v)
            elif self.with_softshrink:
                p.copy_(torch.nn.functional.softshrink(v, self.lambda_))
            else:
                p.copy_(torch.sign(v) * torch.clamp_min(torch.abs(v) - self.lambda_, 0))
            zeros += int((p.abs() <= 1e-12).sum())
        error = self.target - zeros / self.size
        factor = 1 + self.gain * abs(error)
        self.lambda_ = min(max(self.lambda_ * factor if error > 0 else self.lambda_ / factor, 1e-6), 1e3)


def parameters_of(shapes):
    torch.manual_seed(1)
    parameters = []
    for shape in shapes:
        p = torch.nn.Parameter(torch.randn(shape) * 0.1)
        p.grad = torch.randn(shape) * 0.01
        parameters.append(p)
    return parameters


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("cpp_steps", help="the program that cpp_steps.cpp makes")
    options.add_argument("result", help="the JSON file to write")
    options.add_argument("--rounds", type=int, default=8)
    options.add_argument("--steps", type=int, default=8, help="in a round")
    given = options.parse_args()
    torch.set_num_threads(1)

    shapes = ecapa_tdnn_shapes()
    optimizers = {
        "bregman.torch": AdaBreg(parameters_of(shapes), lambda_=0.1, law=laws.multiplicative()),
        "tensor operations": TensorOperations(parameters_of(shapes), with_softshrink=False),
        "with softshrink": TensorOperations(parameters_of(shapes), with_softshrink=True),
        "torch.optim.Adam": torch.optim.Adam(parameters_of(shapes), lr=0.01),
    }
    cpp = subprocess.Popen([given.cpp_steps, str(given.steps), *(",".join(map(str, s)) for s in shapes)],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                           env=dict(os.environ, OMP_NUM_THREADS="1"))
    least = {name: float("inf") for name in ("C++ adapter", *optimizers)}
    for _ in range(given.rounds):
        cpp.stdin.write("go\n")
        cpp.stdin.flush()
        least["C++ adapter"] = min(least["C++ adapter"], float(cpp.stdout.readline()))
        for name, optimizer in optimizers.items():
            for _ in range(given.steps):
                begin = time.thread_time()
                optimizer.step()
                least[name] = min(least[name], 1e3 * (time.thread_time() - begin))
    cpp.stdin.close()
    cpp.wait()

    # The two forms are one algorithm: they must agree before their times are compared.
    ours, theirs = optimizers["bregman.torch"], optimizers["tensor operations"]
    if abs(ours.lambda_ / theirs.lambda_ - 1) > 1e-3:
        sys.exit(f"steps: lambda is {ours.lambda_} in one form and {theirs.lambda_} in the other")
    result = {
        "parameters": sum(p.numel() for p in parameters_of(shapes)),
        "tensors": len(shapes),
        "threads": 1,
        "torch": torch.__version__,
        "machine": platform.machine(),
        "milliseconds_per_step": least,
        "of_the_cpp_adapter": least["bregman.torch"] / least["C++ adapter"],
        "times_as_fast_as_tensor_operations": least["tensor operations"] / least["bregman.torch"],
        "times_as_fast_with_softshrink": least["with softshrink"] / least["bregman.torch"],
        "times_as_fast_as_adam": least["torch.optim.Adam"] / least["bregman.torch"],
    }
    with open(given.result, "w") as out:
        json.dump(result, out, indent=1)
        out.write("\n")
    for name, milliseconds in least.items():
        print(f"{name:18} {milliseconds:7.2f} ms per step")
    print(f"{result['of_the_cpp_adapter']:.2f} of the C++ adapter's time, "
          f"{result['times_as_fast_as_tensor_operations']:.1f} times as fast as tensor operations")


if __name__ == "__main__":
    main()
