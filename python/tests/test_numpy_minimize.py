"""bregman.minimize held against plain numpy transcriptions of the algorithms, and what it refuses."""

import signal
import threading

import numpy as np
import pytest

import bregman
from bregman import laws

G1, G2 = np.array([1, -6, 0.5, 0]), np.array([-1, -6, 0.5, 3])
THETA0 = np.array([0.5, 0, -0.2, 0])


def gradients(*each):
    """A loss whose gradients are given, one after the other."""
    left = list(each)
    return lambda x: (0.0, left.pop(0))


def shrink(v, t):
    return np.sign(v) * np.maximum(np.abs(v) - t, 0)


def least_squares(m=40, n=100, nonzeros=5, seed=1, dtype=np.float64):
    random = np.random.default_rng(seed)
    a = random.standard_normal((m, n)) / np.sqrt(m)
    x = np.zeros(n)
    x[random.choice(n, nonzeros, replace=False)] = random.choice([-1, 1], nonzeros) * random.uniform(1, 2, nonzeros)
    a, b = a.astype(dtype), (a @ x).astype(dtype)

    def loss_and_gradient(theta):
        r = a @ theta - b
        return 0.5 * r @ r, a.T @ r

    return loss_and_gradient, x


# ---- the algorithms ------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings, given, v, theta", [
    (dict(learning_rate=0.02), [G1], [0.58, 0.12, -0.31, 0], [0.48, 0.02, -0.21, 0]),
    (dict(learning_rate=0.02), [G1, G2], [0.60, 0.24, -0.32, -0.06], [0.50, 0.14, -0.22, 0]),
    (dict(learning_rate=0.02, mirror_map={"name": "euclidean", "delta": 2}), [G1],
     [0.33, 0.12, -0.21, 0], [0.46, 0.04, -0.22, 0]),
    (dict(learning_rate=0.02, method={"name": "linbreg_momentum", "beta": 0.9}), [G1],
     [0.598, 0.012, -0.301, 0], [0.498, 0, -0.201, 0]),
    (dict(learning_rate=0.06, method="adabreg"), [G1],
     [0.5400000006, 0.0599999999, -0.3599999988, 0], [0.4400000006, 0, -0.2599999988, 0]),
], ids=["LinBreg, a step", "LinBreg", "LinBreg, delta 2", "momentum", "AdaBreg"])
def test_fixtures(settings, given, v, theta):
    result = bregman.minimize(gradients(*given), THETA0, len(given), law="fixed", lambda_=0.1, **settings)
    np.testing.assert_allclose(result.dual, v, rtol=0, atol=2e-10)
    np.testing.assert_allclose(result.x, theta, rtol=0, atol=2e-10)
    assert result.sparsity == pytest.approx(np.mean(np.array(theta) == 0), rel=1e-15) and result.lambda_ == 0.1 and result.steps == len(given)


def transcription(method, loss_and_gradient, theta, steps, rate, lambda_, delta=1.0, law=None, target=0.9):
    theta = theta.copy()
    v = theta / delta + lambda_ * np.sign(theta)
    m1, m2 = np.zeros_like(v), np.zeros_like(v)
    for k in range(1, steps + 1):
        _, g = loss_and_gradient(theta)
        if method == "linbreg":
            v = v - rate * g
        elif method == "linbreg_momentum":
            m1 = 0.9 * m1 + (1 - 0.9) * rate * g
            v = v - m1
        elif method == "linbreg_nesterov":
            m1 = 0.9 * m1 + (1 - 0.9) * rate * g
            v = v - (0.9 * m1 + (1 - 0.9) * rate * g)
        elif method == "rmsprop":
            m1 = 0.99 * m1 + (1 - 0.99) * g**2
            v = v - rate * g / (np.sqrt(m1) + 1e-8)
        elif method == "lion":
            v = v - rate * np.sign(0.9 * m1 + (1 - 0.9) * g)
            m1 = 0.99 * m1 + (1 - 0.99) * g
        else:
            m1 = 0.9 * m1 + (1 - 0.9) * g
            m2 = 0.999 * m2 + (1 - 0.999) * g**2
            v = v - rate / (1 - 0.9**k) * m1 / (np.sqrt(m2) / np.sqrt(1 - 0.999**k) + 1e-8)
        theta = delta * shrink(v, lambda_)
        if law is not None:
            lambda_ = law(laws.Observation(step=k, lambda_=lambda_, sparsity=np.mean(theta == 0), target=target))
    return theta, lambda_


METHODS = ["linbreg", "linbreg_momentum", "linbreg_nesterov", "adabreg", "rmsprop", "lion"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("delta", [1.0, 2.0])
def test_methods_are_their_transcriptions(method, delta):
    f, _ = least_squares()
    theta = np.random.default_rng(2).standard_normal(100)
    expected, _ = transcription(method, f, theta, 60, 0.02, 0.3, delta)
    result = bregman.minimize(f, theta, 60, method=method, learning_rate=0.02, lambda_=0.3, law="fixed",
                              mirror_map={"name": "euclidean", "delta": delta})
    np.testing.assert_allclose(result.x, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("law", [laws.multiplicative(gain=1), laws.pid(), laws.band(), laws.additive(gain=0.1)],
                         ids=lambda law: law.name)
def test_laws_close_the_loop_as_in_a_transcription(law):
    f, _ = least_squares()
    expected, lambda_ = transcription("linbreg", f, np.zeros(100), 100, 0.1, 0.1, law=laws.Law(law.name, law.settings))
    result = bregman.minimize(f, np.zeros(100), 100, law=law, lambda_=0.1, learning_rate=0.1)
    np.testing.assert_allclose(result.x, expected, rtol=1e-9, atol=1e-12)
    assert result.lambda_ == pytest.approx(lambda_, rel=1e-9)


@pytest.mark.parametrize("method", ["linbreg", "adabreg"])
def test_a_law_of_ones_own_is_that_of_the_library_to_the_bit(method):
    f, _ = least_squares()

    def mine(seen):
        error = seen.target - seen.sparsity
        factor = 1 + 0.25 * abs(error)
        wanted = seen.lambda_ * factor if error > 0 else seen.lambda_ / factor if error < 0 else seen.lambda_
        return min(max(wanted, 1e-6), 1e3)

    ours = bregman.minimize(f, np.zeros(100), 200, law="multiplicative", method=method)
    theirs = bregman.minimize(f, np.zeros(100), 200, law=mine, method=method)
    assert np.array_equal(ours.x, theirs.x) and ours.lambda_ == theirs.lambda_
    assert np.array_equal(ours.history.lambda_, theirs.history.lambda_) and len(set(ours.history.lambda_)) > 100


def test_the_quantile_law_written_in_python():
    f, _ = least_squares()

    class Quantile:
        acts_at_once = True
        needs_lambda_for = True

        def __call__(self, seen):
            return seen.lambda_for(seen.target)

    ours, theirs = (bregman.minimize(f, np.zeros(100), 50, law=law) for law in ("quantile", Quantile()))
    assert np.array_equal(ours.x, theirs.x) and ours.sparsity == pytest.approx(0.9, abs=1e-12)
    with pytest.raises(ValueError, match="law"):
        bregman.minimize(f, np.zeros(100), 50, law=Quantile(), regularizer={"name": "box", "high": 2})


def test_the_settling_law_written_in_python():
    f, _ = least_squares()

    class Settling:
        acts_at_once = False

        def __call__(self, seen):
            self.acts_at_once = seen.can_tell_lambda
            width = min(0.01, 0.5 / seen.step)
            if seen.step > 1 and abs(seen.target - seen.sparsity) <= width:
                return seen.lambda_
            found = seen.lambda_for(seen.target)
            if seen.step <= 1 or found > 3 * seen.lambda_ or 3 * found < seen.lambda_:
                return found
            most = max(1.05, 1 + 0.9 / seen.step)
            return min(max(found, seen.lambda_ / most), seen.lambda_ * most)

    ours, theirs = (bregman.minimize(f, np.zeros(100), 200, law=law) for law in (None, Settling()))
    assert np.array_equal(ours.x, theirs.x) and np.array_equal(ours.history.lambda_, theirs.history.lambda_)
    assert len(set(ours.history.lambda_)) > 10


def test_lambda_follows_the_law_of_noise():
    """v is a random walk under gradients of pure noise, so that lambda tracks its quantile (z of .95 is 1.645)."""
    random, steps, sigma, rate = np.random.default_rng(1), 3000, 0.1, 0.1
    result = bregman.minimize(lambda x: (0.0, sigma * random.standard_normal(2000)), np.zeros(2000), steps, target=0.9,
                              law=laws.multiplicative(gain=1, every=5), learning_rate=rate)
    assert result.lambda_ == pytest.approx(1.6449 * rate * sigma * np.sqrt(steps), rel=0.05)
    assert np.mean(result.history.sparsity[-300:]) == pytest.approx(0.9, abs=0.005)


def test_with_the_ratio_rule_the_loss_falls_whatever_lambda_does():
    f, _ = least_squares()
    largest = np.linalg.eigvalsh(np.stack([f(row)[1] - f(np.zeros(100))[1] for row in np.eye(100)]))[-1]

    def increases(rule):
        random = np.random.default_rng(3)
        result = bregman.minimize(f, np.zeros(100), 400, law=lambda seen: np.exp(random.uniform(np.log(0.05), np.log(5))),
                                  lambda_=1.0, learning_rate=1.9 / largest, on_lambda_change=rule)
        return np.sum(np.diff(result.history.loss) > 1e-12 * result.history.loss[0])

    assert increases("ratio") == 0 and increases("keep") > 50


@pytest.mark.parametrize("method", ["linbreg", "adabreg"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_defaults_reach_the_target(method, dtype):
    f, x = least_squares(60, 200, dtype=dtype)
    result = bregman.minimize(f, np.zeros(200, dtype), 1000, target=0.95, method=method)
    assert result.x.dtype == dtype and abs(result.sparsity - 0.95) <= 0.01
    assert result.sparsity == pytest.approx(np.mean(result.x == 0), rel=1e-15)
    if method == "linbreg":
        assert result.loss < 1e-2 * f(np.zeros(200, dtype))[0]


# ---- regularizers and mirror maps -----------------------------------------------------------------------


def one_step(theta, g, lambda_=0.3, **settings):
    return bregman.minimize(gradients(g), theta, 1, law="fixed", lambda_=lambda_, learning_rate=1.0, **settings)


@pytest.mark.parametrize("regularizer, prox", [
    ("none", lambda v: v),
    ("l1", lambda v: shrink(v, 0.3)),
    ("nonnegative_l1", lambda v: np.maximum(v - 0.3, 0)),
    ({"name": "elastic_net", "ratio": 2}, lambda v: shrink(v, 0.3) / 1.6),
    ("group_rows", lambda v: v * np.maximum(1 - 0.3 * 2 / np.linalg.norm(v, axis=1, keepdims=True), 0)),
    ("group_columns", lambda v: v * np.maximum(1 - 0.3 * np.sqrt(3) / np.linalg.norm(v, axis=0, keepdims=True), 0)),
    ({"name": "box", "low": -0.1, "high": 0.2}, lambda v: np.clip(v, -0.1, 0.2)),
    ({"name": "n_of_m", "n": 1, "m": 4}, lambda v: v * (np.abs(v) == np.abs(v).max(1, keepdims=True))),
], ids=lambda r: r if isinstance(r, str) else r["name"] if isinstance(r, dict) else "")
def test_regularizers_are_their_proximal_operators(regularizer, prox):
    g = np.random.default_rng(3).standard_normal((3, 4))
    result = one_step(np.zeros((3, 4)), g, regularizer=regularizer)
    np.testing.assert_allclose(result.x, prox(-g), rtol=1e-13, atol=1e-15)


def test_kernels_and_the_order_of_memory():
    g = np.random.default_rng(3).standard_normal((2, 3, 5))
    norms = np.linalg.norm(g, axis=2, keepdims=True)
    result = one_step(np.zeros((2, 3, 5)), g, regularizer="group_kernels", lambda_=0.9)
    np.testing.assert_allclose(result.x, -g * np.maximum(1 - 0.9 * np.sqrt(5) / norms, 0), rtol=1e-13)
    for order in "CF":  # rows are rows, however theta lies in memory
        theta = np.zeros((3, 4), order=order)
        h = np.random.default_rng(4).standard_normal((3, 4))
        one_step(theta, h, regularizer="group_rows", in_place=True)
        norms = np.linalg.norm(h, axis=1, keepdims=True)
        np.testing.assert_allclose(theta, -h * np.maximum(1 - 0.6 / norms, 0), rtol=1e-13)


@pytest.mark.parametrize("mirror_map, to_dual, to_primal", [
    ({"name": "p_norm", "q": 1.5}, lambda x: np.sign(x) * abs(x) ** 0.5, lambda v: np.sign(v) * abs(v) ** 2),
    ({"name": "hypentropy", "beta": 0.5}, lambda x: np.arcsinh(x / 0.5), lambda v: 0.5 * np.sinh(v)),
    ("negative_entropy", np.log, np.exp),
    ({"name": "burg", "largest": 10}, lambda x: -1 / x, lambda v: 1 / np.maximum(-v, 0.1)),
], ids=lambda m: m if isinstance(m, str) else m["name"] if isinstance(m, dict) else "")
def test_mirror_maps_are_their_formulas(mirror_map, to_dual, to_primal):
    theta, g = np.array([0.5, 1.0, 2.0]), np.array([0.3, -0.2, 0.1])
    result = one_step(theta, g, regularizer="none", mirror_map=mirror_map)
    np.testing.assert_allclose(result.x, to_primal(to_dual(theta) - g), rtol=1e-12)


# ---- what users pass --------------------------------------------------------------------------------------


def test_theta_is_left_alone_or_used_in_place():
    theta = np.array([[0.5, 0.0], [-0.2, 0.0]])
    before = theta.copy()
    result = one_step(theta, np.ones((2, 2)))
    assert np.array_equal(theta, before) and result.x.shape == (2, 2) and result.x is not theta
    again = one_step(theta, np.ones((2, 2)), in_place=True)
    assert again.x is theta and np.array_equal(theta, result.x) and not np.array_equal(theta, before)


def test_any_shape_and_layout():
    for theta in (np.array(0.5), np.full((2, 1, 3), 0.5), np.full((4, 6), 0.5)[:, ::2], [0.5, 0.5], np.full((3, 2), 0.5).T,
                  np.full(3, 0.5, dtype=">f8")):
        result = one_step(theta, np.full(np.shape(theta), 0.1))
        assert result.x.shape == np.shape(theta) and result.dual.shape == np.shape(theta)
        np.testing.assert_allclose(result.x, 0.4, rtol=1e-14)


def test_gradients_of_other_layouts_and_types():
    expected = one_step(np.zeros((2, 3)), np.arange(6.0).reshape(2, 3)).x
    for g in (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3)), [[0, 1, 2], [3.0, 4, 5]],
              np.arange(12.0).reshape(2, 6)[:, ::2] / 2, np.arange(6, dtype=np.float32).reshape(2, 3)):
        assert np.array_equal(one_step(np.zeros((2, 3)), g).x, expected)
    assert one_step(np.zeros(3, np.float32), np.ones(3)).x.dtype == np.float32


def test_the_gradient_may_be_x_itself():
    result = bregman.minimize(lambda x: (x @ x / 2, x), np.array([1.0, -2.0]), 1, regularizer="none", law="fixed")
    np.testing.assert_allclose(result.x, [0.9, -1.8], rtol=1e-15)


def test_x_cannot_be_written():
    def careless(x):
        x[0] = 1
        return 0.0, x

    with pytest.raises(ValueError, match="read-only"):
        bregman.minimize(careless, np.zeros(3), 1)


def test_args_history_callback_and_names_of_scipy():
    f, _ = least_squares()
    seen = []

    def callback(now):
        seen.append((now.step, now.loss, now.lambda_, now.sparsity, now.target, now.x.copy()))
        assert not now.x.flags.writeable
        if now.step == 7:
            raise StopIteration

    result = bregman.minimize(lambda x, scale: tuple(scale * part for part in f(x)), np.zeros(100), 100, args=(2.0,),
                              callback=callback, history_every=3)
    assert result.reason == "callback" and result.steps == result.nit == 7 and result.fun == result.loss
    assert "after 7 steps" in result.message
    assert list(result.history.step) == [3, 6] and np.array_equal(seen[-1][-1], result.x)
    assert list(result.history.loss) == [seen[2][1], seen[5][1]]
    assert list(result.history.lambda_) == [seen[2][2], seen[5][2]]
    assert list(result.history.sparsity) == [seen[2][3], seen[5][3]]
    assert bregman.minimize(f, np.zeros(100), 9, callback=lambda now: now.step < 4).steps == 4
    assert bregman.minimize(f, np.zeros(100), 9, history_every=0).history.step.size == 0
    none = bregman.minimize(f, np.array([1.0, 0.0] * 50), 0)
    assert none.steps == 0 and none.sparsity == 0.5 and np.isnan(none.loss) and none.dual.size == 0


def test_a_gradient_that_is_not_finite_ends_the_loop():
    result = bregman.minimize(gradients(G1, np.array([0, np.nan, 0, 0])), THETA0, 5, law="fixed", lambda_=0.1,
                              learning_rate=0.02)
    assert result.reason == "non_finite_gradient" and result.steps == 1 and "not finite" in result.message
    np.testing.assert_allclose(result.x, [0.48, 0.02, -0.21, 0], atol=1e-14)


def test_exceptions_come_through():
    class Mine(Exception):
        pass

    def raises(*_):
        raise Mine("as it is")

    f, _ = least_squares()
    for call in (lambda: bregman.minimize(raises, np.zeros(100), 3), lambda: bregman.minimize(f, np.zeros(100), 3, law=raises),
                 lambda: bregman.minimize(f, np.zeros(100), 3, callback=raises)):
        with pytest.raises(Mine, match="as it is"):
            call()


def test_interruption_comes_through():
    f, _ = least_squares()
    # A shell's job in the background has SIGINT ignored, and then Python has no handler of its own.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupts(now):
        if now.step == 5:
            signal.raise_signal(signal.SIGINT)

    try:
        with pytest.raises(KeyboardInterrupt):
            bregman.minimize(f, np.zeros(100), 10**5, callback=interrupts, history_every=0)
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_run_while_steps_are_made():
    f, _ = least_squares()
    results = [None] * 3

    def work(i):
        results[i] = bregman.minimize(f, np.zeros(100), 100, law=lambda seen: seen.lambda_ * 1.01).x

    threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(results[0], result) for result in results)


@pytest.mark.parametrize("change, kind, sentence", [
    (dict(theta=np.zeros(4, int)), TypeError, r"theta = an array of int64; allowed: float32 or float64; .*astype\(float\)"),
    (dict(theta=[0, 1]), TypeError, "theta = an array of int64"),
    (dict(theta=np.zeros(4, complex)), TypeError, "theta = an array of complex128; .*real and imaginary"),
    (dict(theta=np.zeros(4, np.float16)), TypeError, "theta = an array of float16"),
    (dict(theta=["a"]), TypeError, "theta = an array of <U1"),
    (dict(theta=[[1.0], [1.0, 2.0]]), ValueError, "theta = list; allowed: an array of numbers"),
    (dict(theta=None), TypeError, "theta = an array of object"),
    (dict(theta=np.ma.array([1.0, 2.0], mask=[0, 1])), TypeError, "theta = a masked array"),
    (dict(theta=np.zeros(0)), ValueError, r"theta = an array of shape \(0,\); allowed: one with elements"),
    (dict(theta=np.array([[0, 1.0], [np.nan, 2]])), ValueError, r"theta\[1, 0\] = nan; allowed: finite"),
    (dict(theta=np.zeros((1,) * 9)), ValueError, "tensor order = 9; allowed: at most 8"),
    (dict(theta=[0.0] * 4, in_place=True), TypeError, "theta = a list; allowed: a numpy array"),
    (dict(theta=np.zeros(8)[::2], in_place=True), ValueError, r"theta = an array with strides \(16,\); allowed: one without gaps"),
    (dict(theta=np.broadcast_to(np.zeros(4), (4,)), in_place=True), ValueError, "theta = a read-only array"),
    (dict(theta=np.zeros(4, ">f8"), in_place=True), TypeError, "native byte order"),
    (dict(loss_and_gradient=None), TypeError, "loss_and_gradient = None; allowed: a callable"),
    (dict(loss_and_gradient=lambda x: 1.0), TypeError, r"returned = float; allowed: \(loss, gradient\)"),
    (dict(loss_and_gradient=lambda x: (x, 1.0)), TypeError, r"loss = array.*return \(loss, gradient\), in this order"),
    (dict(loss_and_gradient=lambda x: (1.0, np.zeros(3))), ValueError, r"shape of the gradient = \(3,\); allowed: .*\(4,\)"),
    (dict(loss_and_gradient=lambda x: (1.0, np.zeros(4, complex))), TypeError, "gradient = an array of complex128"),
    (dict(loss_and_gradient=lambda x: (1.0, None)), TypeError, "gradient = an array of object"),
    (dict(steps=-1), ValueError, "steps = -1; allowed: >= 0"),
    (dict(steps=1.5), TypeError, "steps = 1.5; allowed: a whole number"),
    (dict(steps=True), TypeError, "steps = True; allowed: a whole number"),
    (dict(history_every=-1), ValueError, "history_every = -1"),
    (dict(callback=3), TypeError, "callback = 3; allowed: a callable"),
    (dict(target=0), ValueError, r"target sparsity = 0; allowed: \(0, 1\]"),
    (dict(target=95), ValueError, "target sparsity = 95"),
    (dict(target="high"), TypeError, "target = 'high'; allowed: a number"),
    (dict(target=np.nan), ValueError, "target sparsity = nan"),
    (dict(learning_rate=0), ValueError, "learning_rate = 0; allowed: > 0"),
    (dict(learning_rate=1e300, theta=np.zeros(4, np.float32)), ValueError, "learning_rate = 1e[+]300; allowed: > 0 and finite"),
    (dict(lambda_=-1), ValueError, "lambda = -1; allowed: >= 0"),
    (dict(clip_norm=-1), ValueError, "clip_norm = -1"),
    (dict(on_lambda_change="forget"), ValueError, 'on_lambda_change = "forget"; allowed: keep, ratio'),
    (dict(method="sgd"), ValueError, 'method = "sgd"; allowed: linbreg, adabreg'),
    (dict(method={"name": "adabreg", "beta": 1}), TypeError, 'adabreg has no setting "beta"; allowed: beta1, beta2, epsilon'),
    (dict(method={"name": "adabreg", "beta1": 1}), ValueError, "adam.beta1 = 1"),
    (dict(method={"beta": 1}), TypeError, "method = .*; allowed: a name, or a dict"),
    (dict(method=3), TypeError, "method = 3; allowed: a name, or a dict"),
    (dict(regularizer="l2"), ValueError, 'regularizer = "l2"; allowed: l1, none, .*group_rows'),
    (dict(regularizer="group_rows", mirror_map="p_norm"), ValueError, "allowed: l1, none, .*mirror map p_norm"),
    (dict(regularizer={"name": "n_of_m", "m": 3}), ValueError, "n_of_m.m = 3; allowed: a divisor"),
    (dict(mirror_map="entropy"), ValueError, 'mirror_map = "entropy"; allowed: euclidean, p_norm'),
    (dict(mirror_map="p_norm", method="adabreg"), ValueError, "allowed: euclidean with the method adabreg"),
    (dict(mirror_map="burg"), ValueError, "least element of theta = -0.2; allowed: >= 0 with the mirror map burg"),
    (dict(mirror_map={"name": "euclidean", "delta": 0}), ValueError, "euclidean.delta = 0"),
    (dict(law="pids"), ValueError, 'law = "pids"; allowed: settling'),
    (dict(law=laws.pid), TypeError, r"write bregman.laws.pid\("),
    (dict(law="multiplicative", lambda_=0), ValueError, "lambda = 0; allowed: .minimum, maximum. of the control law"),
])
def test_refusals(change, kind, sentence):
    theta = np.array([0.5, -0.2, 0.1, 0.0])
    settings = {**dict(loss_and_gradient=lambda x: (0.0, np.ones(np.shape(x))), theta=theta, steps=3), **change}
    given = settings["theta"]
    before = np.array(given, copy=True) if isinstance(given, np.ndarray) else None
    with pytest.raises(kind, match=sentence) as refusal:
        bregman.minimize(settings.pop("loss_and_gradient"), settings.pop("theta"), settings.pop("steps"), **settings)
    assert "\n" not in str(refusal.value)
    if before is not None:
        np.testing.assert_array_equal(np.ma.getdata(given), np.ma.getdata(before))


def test_a_loss_that_grew_is_in_the_message_with_what_to_try():
    A = np.random.default_rng(0).standard_normal((40, 100))
    b = A[:, 3] - 2 * A[:, 50]

    def least_squares(x):
        with np.errstate(over="ignore"):
            return 0.5 * np.sum((A @ x - b) ** 2), A.T @ (A @ x - b)

    diverged = bregman.minimize(least_squares, np.zeros(100), 300, target=0.9)  # the default rate is beyond 2 / ||A||^2
    assert not np.isfinite(diverged.loss)
    assert diverged.message == (f"All 300 steps were made. The loss grew from {least_squares(np.zeros(100))[0]:.3g} to inf: "
                                "try a smaller learning_rate.")
    fine = bregman.minimize(least_squares, np.zeros(100), 300, target=0.9, learning_rate=1e-3)
    assert fine.message == "All 300 steps were made."
    solved_at_first = bregman.minimize(least_squares, np.eye(100)[3] - 2 * np.eye(100)[50], 20, target=0.99, learning_rate=1e-3)
    assert solved_at_first.message == "All 20 steps were made."


@pytest.mark.parametrize("swapped, shown", [
    (lambda x: (x, 0.0), r"an object of type ndarray and shape \(500,\)"),
    (lambda x: (list(x), 0.0), "an object of type list and length 500"),
    (lambda x: ("much", x), "'much'"),
])
def test_what_is_refused_is_shown_in_one_short_line(swapped, shown):
    with pytest.raises(TypeError, match=f"^loss = {shown}; allowed: a number; return [^\n]*$"):
        bregman.minimize(swapped, np.ones(500), 3)


@pytest.mark.parametrize("settings, sentence", [
    (dict(law=[0.5] * 100), "law = an object of type list and length 100; allowed: a name"),
    (dict(regularizer=np.ones((30, 40))), r"regularizer = an object of type ndarray and shape \(30, 40\); allowed: a name"),
    (dict(mirror_map={"name": "euclidean", "delta": np.ones(99)}), r"delta = an object of type ndarray and shape \(99,\)"),
])
def test_so_is_what_the_extension_refuses(settings, sentence):
    with pytest.raises(TypeError, match=sentence):
        bregman.minimize(lambda x: (0.0, x), np.ones(5), 3, **settings)
