"""Recover a sparse signal from half as many measurements as it has elements, and say how far to believe it."""

import numpy as np

import bregman

random = np.random.default_rng(7)
m, n, nonzeros = 128, 256, 20
signal = np.zeros(n)
signal[random.choice(n, nonzeros, replace=False)] = random.uniform(1, 2, nonzeros) * random.choice([-1, 1], nonzeros)
A = random.standard_normal((m, n)) / np.sqrt(m)

found = bregman.recover_sparse(A, A @ signal)
print(f"{found.message} {np.count_nonzero(found.x)} of {n} elements are not zero.")
print(f"largest error {abs(found.x - signal).max():.1e}, in {found.iterations} iterations")
print(f"{found.certificate.problem}, delta {found.certificate.delta:g}: optimal to {found.certificate.kkt:.1e}")

try:
    from matplotlib import pyplot
except ImportError:
    print("install matplotlib for a picture")
else:
    pyplot.stem(signal, markerfmt="o", label="the signal")
    pyplot.plot(found.x, "x", label="recovered")
    pyplot.legend()
    pyplot.savefig("recovered.png")
