"""The programs of docs/python_numpy.md, one after the other."""

import numpy as np
import bregman

random = np.random.default_rng(1)
A = random.standard_normal((100, 300)) / 10
truth = np.where(np.arange(300) % 30 == 0, 1.5, 0.0)
b = A @ truth

def loss_and_gradient(x):
    r = A @ x - b
    return 0.5 * r @ r, A.T @ r

result = bregman.minimize(loss_and_gradient, np.zeros(300), 1000, target=0.96)
print(result.sparsity, result.lambda_, result.loss, result.message)

found = bregman.recover_sparse(A, b)
print(found.message, found.certificate.kkt, abs(found.x - truth).max())

noise = random.standard_normal(100) / 100
noisy = bregman.recover_sparse(A, b + noise, noise_deviation=0.01)
print(noisy.status, np.flatnonzero(noisy.x))

same = bregman.recover_sparse((lambda x: A @ x, lambda y: A.T @ y), b, shape=A.shape)
assert same.solved and np.allclose(same.x, found.x, atol=1e-5)

from bregman import laws

def halfway(seen):
    """Halfway, in log lambda, to the lambda that has the target."""
    return (seen.lambda_ * seen.lambda_for(seen.target)) ** 0.5

halfway.needs_lambda_for = True  # refused where lambda_for cannot be asked
mine = bregman.minimize(loss_and_gradient, np.zeros(300), 500, target=0.96, law=halfway)
theirs = bregman.minimize(loss_and_gradient, np.zeros(300), 500, target=0.96, law=laws.rate_limit(laws.pid(integral=1), 1.1))

print(laws.pid()(laws.Observation(sparsity=0.5, target=0.9, lambda_=1.0)), mine.sparsity, theirs.sparsity)
