"""bregman.minimize: the loop around an optimizer, for numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Union

import numpy as np

from . import _numpy
from ._arrays import as_floats, count, number, require_finite
from ._words import refuse, shown
from .laws import AnyLaw

__all__ = ["History", "MinimizeResult", "Progress", "minimize"]

#: A policy: its name, or a dict of its name and settings, as {"name": "elastic_net", "ratio": 0.5}.
Policy = Union[str, Dict[str, Any]]


@dataclass
class Progress:
    """What the callback sees after each step."""

    step: int  #: steps done so far, from 1
    loss: float  #: of the theta that the gradient was taken at, i.e. before this step
    lambda_: float  #: what theta was made with
    sparsity: float  #: share of zeros after this step, in [0, 1]
    target: float  #: the sparsity asked for
    gradient_norm: float  #: before clipping; NaN when neither clipping nor check_finite is on
    x: np.ndarray  #: theta after this step: a read-only view, which the next step changes; copy what you keep


@dataclass
class History:
    """What the steps were like: one number for each recorded step."""

    step: np.ndarray  #: from 1
    loss: np.ndarray  #: before the step
    lambda_: np.ndarray  #: what theta was made with
    sparsity: np.ndarray  #: after the step


@dataclass
class MinimizeResult:
    """What :func:`minimize` returns. Not having converged is no error and is not looked for."""

    x: np.ndarray  #: theta, of the shape and type that was passed; theta itself with in_place=True
    loss: float  #: the last one computed: of the theta before the last step; NaN without a step
    sparsity: float  #: share of zeros in x, in [0, 1]
    lambda_: float  #: for the next step
    steps: int  #: made
    reason: str  #: "max_steps", "callback" (it ended the loop) or "non_finite_gradient" (x is what it was before that step)
    message: str  #: the reason in a sentence, and another where the loss is a hundred times what it was, or not finite
    dual: np.ndarray  #: the dual variable v, of x's shape; empty without a step
    history: History  #: every `history_every` steps

    @property
    def fun(self) -> float:
        """`loss`, by the name that scipy.optimize gives it."""
        return self.loss

    @property
    def nit(self) -> int:
        """`steps`, by the name that scipy.optimize gives it."""
        return self.steps


_MESSAGES = {
    "max_steps": "All {steps} steps were made.",
    "callback": "The callback ended the loop after {steps} steps.",
    "non_finite_gradient": "The gradient at x, after {steps} steps, is not finite: x is what that gradient was taken at.",
}


def minimize(
    loss_and_gradient: Callable[..., Tuple[float, Any]],
    theta: Any,
    steps: int,
    *,
    method: Policy = "linbreg",
    target: float = 0.9,
    law: AnyLaw = None,
    regularizer: Policy = "l1",
    mirror_map: Policy = "euclidean",
    learning_rate: Optional[float] = None,
    lambda_: float = 1e-3,
    clip_norm: float = 0.0,
    check_finite: bool = True,
    on_lambda_change: str = "keep",
    args: Sequence[Any] = (),
    callback: Optional[Callable[[Progress], Any]] = None,
    history_every: int = 1,
    in_place: bool = False,
) -> MinimizeResult:
    """Minimizes a loss by steps of a Bregman optimizer whose law finds lambda for the sparsity `target`::

        v      <- v - learning_rate direction(gradient)
        theta  <- grad (mirror + lambda regularizer)^*(v)      l1: delta shrink(v, lambda)
        lambda <- law(observation)

    loss_and_gradient(x, *args) returns the loss, a number, and its gradient, an array of x's shape. x is read-only and changes
    with the next step: copy what you keep.

    theta: where to start, an array of float32 or float64 of any shape with at most 8 indices; the steps are made in its type.
    It is left as it is, unless in_place=True: then it is used without a copy and has to be writable and without gaps.
    steps: how many, >= 0.

    method: "linbreg" (the gradient), "linbreg_momentum" and "linbreg_nesterov" (beta=0.9), "adabreg" (Adam's direction:
    beta1=0.9, beta2=0.999, epsilon=1e-8), "rmsprop" (beta=0.99, epsilon=1e-8), "lion" (beta1=0.9, beta2=0.99).
    target: the share of zeros to reach, in (0, 1].
    law: None ("settling": nothing to set), a name of bregman.laws.names(), a law of bregman.laws, or a callable.
    regularizer: "l1", "none", "nonnegative_l1", "elastic_net" (ratio=1), "group_rows", "group_columns", "group_kernels",
    "n_of_m" (n=2, m=4), "box" (low=0, high=1); with other mirror maps than the euclidean one l1, none, nonnegative_l1 and box.
    mirror_map: "euclidean" (delta=1); with the method linbreg also "p_norm" (q=1.5), "hypentropy" (beta=1), and on theta > 0,
    where nothing becomes zero, "negative_entropy" and "burg" (largest=1e6).
    A policy with other settings than these defaults is a dict: mirror_map={"name": "euclidean", "delta": 2}.
    learning_rate: tau > 0; None is the method's: 0.1 (linbreg and its momenta), 0.01 (adabreg, rmsprop), 0.001 (lion).
    lambda_: where the law starts, >= 0. clip_norm: longer gradients are scaled down to it; 0 is off.
    check_finite: end at a gradient that is not finite, before it changes anything.
    on_lambda_change: what happens to v when lambda changes, "keep" or another of docs/policies.
    callback(progress) is called after each step; raise StopIteration or return False to end the loop.
    history_every: record every so many steps, 0 nothing.

    Errors: ValueError and TypeError for what cannot be used, in one sentence, before theta changes. What loss_and_gradient,
    law and callback raise comes through as it is, KeyboardInterrupt too.

    Source: Bungert, Roith, Tenbrinck, Burger, JMLR 23(192), 2022; the law around lambda: Aloradi, Roith, Habets, Tenbrinck
    2026.
    """
    if not callable(loss_and_gradient):
        refuse(TypeError, "loss_and_gradient", shown(loss_and_gradient), "a callable",
               "pass a function of x that returns the loss and its gradient")
    if callback is not None and not callable(callback):
        refuse(TypeError, "callback", shown(callback), "a callable or None", "pass a function of one progress")
    steps = count(steps, "steps", 0, "say how many steps to make")
    history_every = count(history_every, "history_every", 0, "0 records nothing")
    x = _start(theta, in_place)
    mirror = mirror_map.get("name") if isinstance(mirror_map, dict) else mirror_map
    if mirror in ("negative_entropy", "burg") and x.min() < 0:
        refuse(ValueError, "least element of theta", x.min(), f">= 0 with the mirror map {mirror}", "start at positive numbers")
    optimizer = _numpy.optimizer(
        is_double=x.dtype == np.float64, method=method, mirror_map=mirror_map, regularizer=regularizer, law=law,
        target=number(target, "target"),
        learning_rate=None if learning_rate is None else number(learning_rate, "learning_rate"),
        lambda_=number(lambda_, "lambda_"), clip_norm=number(clip_norm, "clip_norm"), check_finite=bool(check_finite),
        on_lambda_change=str(on_lambda_change))
    memory = x.reshape(1) if x.ndim == 0 else x  # the library's tensors have an index
    read_only = x.view()
    read_only.flags.writeable = False

    recorded: list = []
    first_loss = loss = float("nan")
    reason = "max_steps"
    for _ in range(steps):
        loss, gradient = _evaluated(loss_and_gradient, read_only, args, memory)
        if optimizer.steps == 0:
            first_loss = loss
        refused, used_lambda, sparsity, gradient_norm = optimizer.step(memory, gradient, loss)
        if refused:
            reason = "non_finite_gradient"
            break
        done = optimizer.steps
        if history_every > 0 and done % history_every == 0:
            recorded.append((done, loss, used_lambda, sparsity))
        if callback is not None:
            progress = Progress(done, loss, used_lambda, sparsity, optimizer.target, gradient_norm, read_only)
            if not _goes_on(callback, progress):
                reason = "callback"
                break
    columns = np.array(recorded, dtype=np.float64).reshape(len(recorded), 4).T
    history = History(columns[0].astype(np.int64), columns[1], columns[2], columns[3])
    dual = optimizer.dual()
    if dual.size == x.size:
        dual = dual.reshape(x.shape, order="C" if x.flags.c_contiguous else "F")
    done = optimizer.steps
    message = _MESSAGES[reason].format(steps=done)
    if done > 1 and _has_diverged(first_loss, loss):
        message += f" The loss grew from {first_loss:.3g} to {loss:.3g}: try a smaller learning_rate."
    return MinimizeResult(x=theta if in_place else x, loss=loss, sparsity=1 - np.count_nonzero(x) / x.size,
                          lambda_=optimizer.lambda_, steps=done, reason=reason, message=message, dual=dual, history=history)


def _has_diverged(first: float, last: float) -> bool:
    """Whether the loss is out of range or a hundred times what it was. To be sparse may cost some of a loss, not that much."""
    return bool(np.isfinite(first)) and not abs(last) <= 100 * abs(first) and (first != 0 or not np.isfinite(last))


def _start(theta: Any, in_place: bool) -> np.ndarray:
    """The memory that is stepped."""
    x = as_floats(theta, "theta")
    if x.size == 0:
        refuse(ValueError, "theta", f"an array of shape {x.shape}", "one with elements", "there is nothing to minimize over")
    require_finite(x, "theta")
    if not in_place:
        return np.array(x, order="C", copy=True, subok=False)
    if x is not theta and not (isinstance(theta, np.ndarray) and np.shares_memory(x, theta)):
        refuse(TypeError, "theta", f"a {type(theta).__name__}", "a numpy array in native byte order with in_place=True",
               "leave in_place out and take x of the result")
    if not x.flags.writeable:
        refuse(ValueError, "theta", "a read-only array", "a writable one with in_place=True", "pass a copy")
    if not (x.flags.c_contiguous or x.flags.f_contiguous):
        refuse(ValueError, "theta", f"an array with strides {x.strides}", "one without gaps with in_place=True",
               "pass numpy.ascontiguousarray(theta), or leave in_place out")
    if not x.flags.aligned:
        refuse(ValueError, "theta", "an array that is not aligned", "an aligned one with in_place=True", "pass a copy")
    return x


def _evaluated(function: Callable[..., Any], x: np.ndarray, args: Sequence[Any], memory: np.ndarray) -> Tuple[float, np.ndarray]:
    """Loss and gradient, the gradient laid out as theta is."""
    returned = function(x, *args)
    if not isinstance(returned, (tuple, list)) or len(returned) != 2:
        refuse(TypeError, "what loss_and_gradient returned", type(returned).__name__, "(loss, gradient)",
               "return both of them")
    loss, gradient = returned
    try:
        loss = float(loss)
    except (TypeError, ValueError):
        refuse(TypeError, "loss", shown(loss), "a number", "return (loss, gradient), in this order")
    array = np.asarray(gradient)
    if array.dtype.kind not in "fiu":
        refuse(TypeError, "gradient", f"an array of {array.dtype}", "real numbers", "return an array of theta's shape")
    if array.shape != x.shape:
        refuse(ValueError, "shape of the gradient", array.shape, f"that of theta, {x.shape}", "return an array of that shape")
    shared = np.may_share_memory(array, memory)  # loss ||x||^2 / 2, whose gradient is x
    array = np.array(array, dtype=memory.dtype, order="C" if memory.flags.c_contiguous else "F", copy=True) if shared else \
        np.asarray(array, dtype=memory.dtype, order="C" if memory.flags.c_contiguous else "F")
    return loss, array.reshape(memory.shape) if array.ndim == 0 else array


def _goes_on(callback: Callable[[Progress], Any], progress: Progress) -> bool:
    """Whether the callback wants more: StopIteration and False end the loop."""
    try:
        return callback(progress) is not False
    except StopIteration:
        return False
