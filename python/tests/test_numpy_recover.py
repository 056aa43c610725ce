"""bregman.recover_sparse: what is recovered, what the certificate claims, and what is refused."""

import re
import signal
import threading

import numpy as np
import pytest

import bregman
from bregman import _numpy, _recover

sparse = pytest.importorskip("scipy.sparse")
LinearOperator = pytest.importorskip("scipy.sparse.linalg").LinearOperator


def problem(m=80, n=200, nonzeros=8, seed=1, dtype=np.float64, noise=0.0):
    random = np.random.default_rng(seed)
    a = random.standard_normal((m, n)) / np.sqrt(m)
    x = np.zeros(n)
    x[random.choice(n, nonzeros, replace=False)] = random.choice([-1, 1], nonzeros) * random.uniform(1, 2, nonzeros)
    e = random.standard_normal(m)
    e *= noise / np.linalg.norm(e)
    return a.astype(dtype), (a @ x + e).astype(dtype), x


def check_certificate(result, a, b):
    """The claims, from A, b, x and y alone."""
    seen, x, y = result.certificate, result.x.astype(float), result.dual.astype(float)
    left = np.linalg.norm(a @ x - b)
    assert seen.feasibility == pytest.approx(max(left - seen.noise_norm, 0) / np.linalg.norm(b), abs=1e-9)
    assert result.relative_residual == pytest.approx(left / np.linalg.norm(b), abs=1e-9)
    if seen.problem == "constrained" and np.isinf(seen.delta):
        z = a.T @ y
        violated = max(np.abs(z[x != 0] - seen.lambda_ * np.sign(x[x != 0])).max(initial=0),
                       np.maximum(np.abs(z[x == 0]) - seen.lambda_, 0).max(initial=0)) / seen.lambda_
        assert seen.kkt == pytest.approx(max(violated, seen.feasibility), abs=1e-6) and violated <= 2e-6
        assert seen.objective == pytest.approx(seen.lambda_ * np.abs(x).sum(), rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("order", "CF")
def test_recovers_and_proves_it(seed, order):
    a, b, x = problem(seed=seed)
    result = bregman.recover_sparse(np.array(a, order=order), b)
    assert result.solved and result.status == "residual" and "sparse" in result.message
    np.testing.assert_allclose(result.x, x, rtol=0, atol=3e-6)
    assert set(np.flatnonzero(result.x)) == set(np.flatnonzero(x))
    assert result.certificate.problem == "constrained" and np.isinf(result.certificate.delta)
    check_certificate(result, a, b)


def test_in_float32():
    a, b, x = problem(dtype=np.float32)
    result = bregman.recover_sparse(a, b, residual=1e-4)
    assert result.x.dtype == result.dual.dtype == np.float32 and result.solved
    np.testing.assert_allclose(result.x, x, rtol=0, atol=1e-3)
    assert bregman.recover_sparse(a, b.astype(float)).x.dtype == np.float64


def test_with_noise():
    a, b, x = problem(noise=0.05)
    result = bregman.recover_sparse(a, b, noise_norm=0.05)
    assert result.solved and result.status == "discrepancy" and result.certificate.noise_norm > 0
    assert np.linalg.norm(a @ result.x - b) <= 1.01 * 0.05 * (1 + 1e-9)
    assert set(np.flatnonzero(result.x)) == set(np.flatnonzero(x))
    assert np.linalg.norm(result.x - x) <= 0.1


def test_columns_of_different_norms_are_told_of_where_they_hide_x():
    a, b, x = problem()
    scales = 10 ** np.random.default_rng(5).uniform(-2, 2, 200)
    result = bregman.recover_sparse(a * scales, b)
    assert result.status == "not_sparse" and "divide the x that is found by them" in result.message
    norms = np.linalg.norm(a * scales, axis=0)
    again = bregman.recover_sparse(a * scales / norms, b)
    assert again.status == "residual" and "columns" not in again.message
    np.testing.assert_allclose(again.x / norms * scales, x, rtol=0, atol=1e-5)
    dense = bregman.recover_sparse(a, np.random.default_rng(6).standard_normal(80))
    assert dense.status == "not_sparse" and "columns" not in dense.message


@pytest.mark.parametrize("m, n", [(80, 200), (300, 200)])
def test_of_noise_its_deviation_is_enough(m, n):
    right = 0
    for seed in range(20):
        a, b, x = problem(m, n, seed=seed)
        b += 0.05 * np.random.default_rng(1000 + seed).standard_normal(m)
        result = bregman.recover_sparse(a, b, noise_deviation=0.05)
        assert not result.solved or result.certificate.noise_norm == pytest.approx(1.01 * 0.05 * (m + 2 * (2 * m) ** 0.5) ** 0.5)
        right += result.solved and set(np.flatnonzero(result.x)) == set(np.flatnonzero(x))
    assert right >= 18


def test_what_is_no_recovery_is_said():
    a, b, _ = problem(m=20, n=200, nonzeros=15)
    dense = bregman.recover_sparse(a, b)
    assert not dense.solved and dense.status == "not_sparse" and "any x could be meant" in dense.message
    tall, c = np.random.default_rng(1).standard_normal((100, 20)), np.random.default_rng(2).standard_normal(100)
    impossible = bregman.recover_sparse(tall, c)
    assert not impossible.solved and impossible.status == "least_squares"
    support = impossible.x != 0
    np.testing.assert_allclose(tall[:, support].T @ (tall @ impossible.x - c), 0, atol=1e-6)
    few = bregman.recover_sparse(*problem()[:2], max_iterations=2, first_attempt=1e-9)
    assert few.iterations <= 2 and few.message
    seen = few.certificate  # x is the image of the dual variable, so that feasibility alone is open
    assert seen.problem == "constrained" and np.isfinite(seen.delta)
    assert seen.kkt == pytest.approx(few.relative_residual, rel=1e-6) == pytest.approx(seen.feasibility, rel=1e-6)
    assert set(_recover._MESSAGES) == set(_numpy.recover_statuses())  # none without a sentence


def test_operators_are_the_matrix():
    a, b, x = problem()
    dense = bregman.recover_sparse(a, b)
    calls = []

    def apply(v):
        calls.append(1)
        return a @ v

    linear = LinearOperator(a.shape, matvec=lambda v: a @ v, rmatvec=lambda v: a.T @ v, dtype=float)
    pair = bregman.recover_sparse((apply, lambda v: a.T @ v), b, shape=a.shape)
    assert pair.operator_pairs * 2 >= len(calls) > 0
    for result in (pair, bregman.recover_sparse(linear, b), bregman.recover_sparse(sparse.csc_matrix(a), b),
                   bregman.recover_sparse(sparse.csr_matrix(a), b), bregman.recover_sparse(sparse.coo_array(a), b),
                   bregman.recover_sparse(a[::-1][::-1], b), bregman.recover_sparse(np.repeat(a, 2, axis=1)[:, ::2], b)):
        assert result.solved
        np.testing.assert_allclose(result.x, dense.x, rtol=0, atol=3e-6)
        check_certificate(result, a, b)


def test_a_sparse_matrix():
    random = np.random.default_rng(5)
    for kind in (sparse.csc_matrix, sparse.csr_matrix):
        a = kind(sparse.random(150, 400, density=0.1, random_state=7, data_rvs=random.standard_normal))
        x = np.zeros(400)
        x[[3, 77, 201, 399]] = [1, -2, 1.5, -1]
        result = bregman.recover_sparse(a, a @ x)
        assert result.solved
        np.testing.assert_allclose(result.x, x, rtol=0, atol=1e-6)


def test_callback_warm_start_and_defaults():
    a, b, _ = problem()
    seen = []

    def callback(now):
        seen.append((now.iteration, now.relative_residual, now.x))
        if len(seen) == 3:
            raise StopIteration

    result = bregman.recover_sparse(a, b, callback=callback, first_attempt=1e-9)
    assert result.status == "observer" and not result.solved and "callback" in result.message
    assert [iteration for iteration, _, _ in seen] == [1, 2, 3]
    for _, residual, x in seen:
        assert residual == pytest.approx(np.linalg.norm(a @ x - b) / np.linalg.norm(b), abs=1e-9)
    whole = bregman.recover_sparse(a, b, first_attempt=1e-9)
    warm = bregman.recover_sparse(a, b, first_attempt=1e-9, warm_start=whole.dual)
    assert warm.solved and warm.iterations < whole.iterations
    defaults = _numpy.recover_defaults()
    for name, value in defaults.items():
        named = bregman.recover_sparse.__kwdefaults__.get(name)
        said = re.search(rf"\b{name}=([0-9.e-]*[0-9])", bregman.recover_sparse.__doc__)
        assert (named if said is None else float(said[1])) == value, name


def test_exceptions_of_callables_come_through():
    class Mine(Exception):
        pass

    def raises(*_):
        raise Mine("as it is")

    a, b, _ = problem()
    for call in (lambda: bregman.recover_sparse((raises, raises), b, shape=a.shape),
                 lambda: bregman.recover_sparse((lambda v: a @ v, raises), b, shape=a.shape),
                 lambda: bregman.recover_sparse(a, b, callback=raises)):
        with pytest.raises(Mine, match="as it is"):
            call()


class Signals:
    """SIGINT for this thread, every 20 ms while the block runs."""

    def __enter__(self):
        here, self.stop = threading.get_ident(), threading.Event()

        def send():
            while not self.stop.wait(0.02):
                signal.pthread_kill(here, signal.SIGINT)

        self.thread = threading.Thread(target=send)
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def test_interruption_comes_through_in_the_middle():
    a, b, _ = problem(m=60, n=200, nonzeros=25)
    endless = dict(residual=0, kkt=0, max_iterations=10**9)
    count = []
    before = signal.signal(signal.SIGINT, lambda *_: count.append(1))
    try:
        with Signals():
            assert bregman.recover_sparse(a, b, seconds=0.5, **endless).status == "time"
        assert len(count) >= 2  # handlers that wait for the end are called once
        signal.signal(signal.SIGINT, lambda *_: raises_once())

        def raises_once():
            signal.signal(signal.SIGINT, lambda *_: None)
            raise KeyboardInterrupt

        with Signals(), pytest.raises(KeyboardInterrupt):
            bregman.recover_sparse(a, b, seconds=100, **endless)
    finally:
        signal.signal(signal.SIGINT, before)


A, B, X = problem()


@pytest.mark.parametrize("a, b, settings, kind, sentence", [
    (A.astype(int), B, {}, TypeError, r"A = an array of int64; allowed: float32 or float64; .*astype\(float\)"),
    (A, np.ones(80, int), {}, TypeError, "b = an array of int64"),
    (A + 0j, B, {}, TypeError, "A = an array of complex128"),
    (A[0], B, {}, ValueError, r"A = an array of shape \(200,\); allowed: a matrix"),
    (np.zeros((0, 3)), np.zeros(0), {}, ValueError, r"A = an array of shape \(0, 3\); allowed: one with rows"),
    (A, B[:-1], {}, ValueError, "size of b = 79; allowed: the rows of A, 80"),
    (A, B[:, None], {}, ValueError, r"b = an array of shape \(80, 1\); allowed: a vector"),
    (A, np.where(np.arange(80) == 3, np.nan, B), {}, ValueError, r"b\[3\] = nan; allowed: finite"),
    (np.where(np.arange(200) == 3, np.nan, A), B, {}, ValueError, r"A\^T b = nan; allowed: finite"),
    (None, B, {}, TypeError, "A = an array of object"),
    (lambda v: v, B, {}, TypeError, "A = .*; allowed: an array, a sparse matrix, a LinearOperator or a pair"),
    ((len, len), B, {}, TypeError, r"shape = None; allowed: \(m, n\)"),
    ((len, len), B, dict(shape=(80,)), ValueError, r"shape = \(80,\); allowed"),
    ((len, len), B, dict(shape=(80, 0)), ValueError, "columns of A = 0"),
    ((len, len), B, dict(shape=(80, 2.5)), TypeError, "columns of A = 2.5"),
    (A, B, dict(shape=(200, 80)), ValueError, r"shape = \(200, 80\); allowed: that of A"),
    ((lambda v: v, lambda v: v), B, dict(shape=A.shape), ValueError, r"shape of A\^T y = \(80,\); allowed: \(200,\)"),
    ((lambda v: v, lambda v: None), B, dict(shape=A.shape), TypeError, r"A\^T y is of object; allowed: real numbers"),
    ((lambda v: v, lambda v: A.T @ v + 0j), B, dict(shape=A.shape), TypeError, r"A\^T y is of complex128"),
    (sparse.csc_matrix(np.ones((80, 3), int)), B, {}, TypeError, "A = an array of int64"),
    (A, B, dict(noise_norm=-1), ValueError, "stop_rule.noise_norm = -1; allowed: >= 0"),
    (A, B, dict(noise_deviation=-1), ValueError, "standard deviation of the noise = -1; allowed: >= 0"),
    (A, B, dict(noise_deviation=1, noise_norm=2), ValueError, "noise_norm = 2.0; allowed: 0 beside noise_deviation; say one"),
    (A, B, dict(noise_norm="much"), TypeError, "noise_norm = 'much'; allowed: a number"),
    (A, B, dict(max_iterations=1e3), TypeError, "max_iterations = 1000.0; allowed: a whole number"),
    (A, B, dict(max_iterations=-1), ValueError, "max_iterations = -1"),
    (A, B, dict(residual=-1), ValueError, "stop_rule.residual = -1"),
    (A, B, dict(certify=1), TypeError, "recover_sparse.certify = 1; allowed: True or False"),
    (A, B, dict(stages=0), ValueError, "stages = 0; allowed: >= 1"),
    (A, B, dict(tolerance=1e-3), TypeError, 'recover_sparse has no setting "tolerance"; allowed: residual, noise_norm'),
    (A, B, dict(delta_growth=1), ValueError, "delta_growth = 1; allowed: > 1"),
    (A, B, dict(callback=1), TypeError, "callback = 1; allowed: a callable"),
    (A, B, dict(warm_start=X), ValueError, r"warm_start = an array of shape \(200,\); allowed: \(80,\)"),
    (A, B, dict(warm_start=B * np.nan), ValueError, "warm_start"),
])
def test_refusals(a, b, settings, kind, sentence):
    with pytest.raises(kind, match=sentence) as refusal:
        bregman.recover_sparse(a, b, **settings)
    assert "\n" not in str(refusal.value)


def test_a_broken_sparse_matrix_is_refused():
    broken = sparse.csc_matrix(A)
    broken.indices = broken.indices.copy()
    broken.indices[0] = 10**6
    with pytest.raises(ValueError):
        bregman.recover_sparse(broken, B)
