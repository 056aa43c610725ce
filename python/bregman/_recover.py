"""bregman.recover_sparse: a sparse x with A x = b, and how far to believe it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional, Tuple

import numpy as np

from . import _numpy
from ._arrays import as_floats, count, number, require_finite
from ._words import refuse, shown

__all__ = ["Certificate", "RecoverProgress", "RecoverResult", "recover_sparse"]


@dataclass
class Certificate:
    """How far x is from solving a problem, and which; NaN stands for "not known"."""

    problem: str  #: "constrained" (min lambda |x|_1 + |x|^2/(2 delta), A x = b), "feasibility" or "least_squares"
    lambda_: float  #: weight of |x|_1
    delta: float  #: of |x|^2 / (2 delta); infinite for basis pursuit
    noise_norm: float  #: how large ||A x - b|| may be
    feasibility: float  #: max(||A x - b|| - noise_norm, 0) / ||b||
    kkt: float  #: the largest violated optimality condition, without unit
    gap: float  #: duality gap, relative to the larger of the two objectives
    objective: float  #: of x


@dataclass
class RecoverProgress:
    """What the callback sees after each iteration."""

    iteration: int  #: so many are done
    relative_residual: float  #: ||A x - b|| / ||b||
    operator_pairs: float  #: work so far
    seconds: float  #: since the start
    x: np.ndarray  #: the present x, a copy


@dataclass
class RecoverResult:
    """What :func:`recover_sparse` returns. Not having found x is no error: look at `solved` and at the certificate."""

    x: np.ndarray  #: n elements
    solved: bool  #: whether the status claims that the problem of the certificate is solved
    status: str  #: why it ended: "residual", "discrepancy", "kkt", "gap", "not_sparse", "least_squares", "stagnation", ...
    message: str  #: the status in a sentence
    certificate: Certificate  #: how far x is from solving which problem
    relative_residual: float  #: ||A x - b|| / ||b||
    iterations: int  #: made in all
    best_iteration: int  #: the one that x is of
    operator_pairs: float  #: work: one A x and one A^T y make 1; A x from k of n columns makes k/(2n)
    seconds: float  #: on the clock on the wall
    dual: np.ndarray  #: what warm_start takes, m elements


_MESSAGES = {
    "residual": "A x = b holds to {residual:.1e}, and x is sparse.",
    "discrepancy": "A x = b holds to the noise, and x is sparse.",
    "kkt": "The optimality conditions hold to {kkt:.1e}.",
    "gap": "The duality gap is {gap:.1e}.",
    "time": "The time was over at a residual of {residual:.1e}.",
    "max_iterations": "All iterations were made; the residual is {residual:.1e}.",
    "stagnation": "No step makes progress any more at a residual of {residual:.1e}.",
    "diverged": "The iterates are not finite any more.",
    "observer": "The callback ended the iteration at a residual of {residual:.1e}.",
    "not_sparse": "A x = b holds, but half as many elements as measurements or more are not zero: any x could be meant.",
    "least_squares": "x is the least-squares answer of its support, at a residual of {residual:.1e}; no more is claimed.",
}


def recover_sparse(
    A: Any,
    b: Any,
    *,
    shape: Optional[Tuple[int, int]] = None,
    noise_norm: float = 0.0,
    noise_deviation: float = 0.0,
    residual: float = 1e-6,
    max_iterations: int = 10000,
    seconds: float = 0.0,
    certify: bool = True,
    callback: Optional[Callable[[RecoverProgress], Any]] = None,
    warm_start: Any = None,
    **settings: Any,
) -> RecoverResult:
    """The sparse x with A x = b, or with ||A x - b|| near noise_norm, for A with fewer rows than columns and x with few elements
    that are not zero. Linearised Bregman iteration (L-BFGS on the dual) finds the large entries, least squares complete the
    support; the certificate of the result proves what can be proved.

    A: an m x n array of float32 or float64 (used without a copy where it has no gaps), a matrix of scipy.sparse (CSC and CSR
    without a copy), a scipy.sparse.linalg.LinearOperator or anything with shape, matvec and rmatvec, or a pair of callables
    (apply, adjoint) with shape=(m, n): apply(x) is A x, adjoint(y) is A^T y.
    b: m finite numbers. The type is float32 where A (or b, beside callables) and b have it, else float64.

    noise_norm: ||noise|| where it is known: the aim is then ||A x - b|| <= discrepancy_factor noise_norm, and elements below
    `significance` standard errors are dropped. 0 asks for A x = b.
    noise_deviation: the standard deviation of the noise in each number of b, where that is known instead: noise_norm is then
    noise_deviation sqrt(m + 2 sqrt(2 m)), which normal noise is longer than in 2 to 4 of 100 draws (Candes, Romberg, Tao 2006).
    residual: ||A x - b|| <= residual ||b|| ends it. max_iterations: >= 0. seconds: on the clock, 0 is no limit.
    certify: also prove that x solves basis pursuit, min ||x||_1 with A x = b; A has to be an array.
    callback(progress) is called after each iteration; raise StopIteration or return False to end it.
    warm_start: `dual` of an earlier result, m numbers.

    settings, with defaults: discrepancy_factor=1.01 (>= 1); kkt=1e-6, gap=0 (end where the certificate's are below; 0 is off);
    significance=3 (>= 0); stages=3 (>= 1) tries, delta larger by delta_growth=10 (> 1) each time; lambda_=1 (> 0) and
    delta_factor=10 of linearised Bregman; first_attempt=0.6, next_attempt=0.3 (residuals at which the support is completed),
    threshold=3.2 (standard deviations at which an element enters), largest_support=0.5 (of the rows).

    Errors: ValueError and TypeError, in one sentence, for wrong shapes and settings and for numbers that are not finite. What
    callables raise comes through as it is. Ctrl-C ends the iteration within .05 s or one product.
    """
    data = as_floats(b, "b")
    if data.ndim != 1:
        refuse(ValueError, "b", f"an array of shape {data.shape}", "a vector", "pass one column of it, b[:, 0]")
    if callback is not None and not callable(callback):
        refuse(TypeError, "callback", shown(callback), "a callable or None", "pass a function of one progress")
    kind, arguments, scalar, rows = _operator(A, data.dtype, shape)
    if data.size != rows:
        refuse(ValueError, "size of b", data.size, f"the rows of A, {rows}", "pass one measurement per row of A")
    data = np.ascontiguousarray(data, dtype=scalar)
    require_finite(data, "b")
    start = None
    if warm_start is not None:
        start = np.ascontiguousarray(as_floats(warm_start, "warm_start"), dtype=scalar)
        if start.shape != data.shape:
            refuse(ValueError, "warm_start", f"an array of shape {start.shape}", f"{data.shape}, that of b",
                   "pass the dual of an earlier result")
    noise_norm, noise_deviation = number(noise_norm, "noise_norm"), number(noise_deviation, "noise_deviation")
    if noise_deviation != 0:
        if noise_norm != 0:
            refuse(ValueError, "noise_norm", noise_norm, "0 beside noise_deviation", "say one of them")
        noise_norm = _numpy.noise_norm_of(noise_deviation, rows)
    settings.update(noise_norm=noise_norm, residual=number(residual, "residual"),
                    max_iterations=count(max_iterations, "max_iterations", 0, "10000 is the default"),
                    seconds=number(seconds, "seconds"), certify=certify)
    run = getattr(_numpy, f"recover_{kind}_{np.dtype(scalar).name}")
    found = run(*arguments, data, settings, _shown_to(callback), start)
    certificate = Certificate(**found.pop("certificate"))
    message = _MESSAGES[found["status"]].format(residual=found["relative_residual"], kkt=certificate.kkt, gap=certificate.gap)
    if found["status"] == "not_sparse" and kind == "dense":
        message += _about_columns(arguments[0])
    return RecoverResult(message=message, certificate=certificate, **found)


def _about_columns(A: np.ndarray) -> str:
    """What to try where columns of different norms have x pay differently for its elements: the l1 norm prefers the long ones."""
    norms = np.linalg.norm(A, axis=0)
    norms = norms[norms > 0]
    if norms.size == 0 or norms.max() < 5 * norms.min():
        return ""
    return (f" The norms of A's columns differ by a factor of up to {norms.max() / norms.min():.2g}: try A / norms, and divide the x "
            "that is found by them.")


def _shown_to(callback: Optional[Callable[[RecoverProgress], Any]]) -> Optional[Callable[..., bool]]:
    if callback is None:
        return None
    call = callback  # that it is not None, mypy knows within show() of what does not change

    def show(*now: Any) -> bool:
        try:
            return call(RecoverProgress(*now)) is not False
        except StopIteration:
            return False

    return show


def _operator(A: Any, type_of_b: np.dtype, shape: Optional[Tuple[int, int]]) -> Tuple[str, Tuple[Any, ...], np.dtype, int]:
    """Which kind of operator A is, what the extension takes of it, the type to compute in, and the rows."""
    if isinstance(A, (tuple, list)) and len(A) == 2 and all(callable(part) for part in A):
        if shape is None:
            refuse(TypeError, "shape", None, "(m, n), the rows and columns of A", "say shape=(m, n) beside two callables")
        rows, columns = _checked_shape(shape)
        return "callable", (rows, columns, A[0], A[1]), type_of_b, rows
    if shape is not None and tuple(shape) != tuple(getattr(A, "shape", np.shape(A))):
        refuse(ValueError, "shape", shape, "that of A, or none where A has one", "leave shape out")
    if hasattr(A, "tocsc") and hasattr(A, "nnz"):
        return _scipy_matrix(A, type_of_b)
    if callable(getattr(A, "matvec", None)) and callable(getattr(A, "rmatvec", None)):
        rows, columns = _checked_shape(A.shape)
        return "callable", (rows, columns, A.matvec, A.rmatvec), type_of_b, rows
    if callable(A):
        refuse(TypeError, "A", shown(A), "an array, a sparse matrix, a LinearOperator or a pair of callables",
               "pass (apply, adjoint): the adjoint is needed too")
    array = as_floats(A, "A")
    if array.ndim != 2:
        refuse(ValueError, "A", f"an array of shape {array.shape}", "a matrix", "pass one row for each measurement")
    if array.size == 0:
        refuse(ValueError, "A", f"an array of shape {array.shape}", "one with rows and columns", "there must be a measurement")
    scalar = np.result_type(array.dtype, type_of_b)
    array = array.astype(scalar, copy=False)
    if not ((array.flags.c_contiguous or array.flags.f_contiguous) and array.flags.aligned):
        array = np.array(array, order="C")
    return "dense", (array,), scalar, array.shape[0]


def _checked_shape(shape: Any) -> Tuple[int, int]:
    if not isinstance(shape, (tuple, list)) or len(shape) != 2:
        refuse(ValueError, "shape", shown(shape), "(m, n), the rows and columns of A", "pass two numbers")
    return (count(shape[0], "rows of A", 1, "there must be a measurement"),
            count(shape[1], "columns of A", 1, "there must be an unknown"))


def _scipy_matrix(A: Any, type_of_b: np.dtype) -> Tuple[str, Tuple[Any, ...], np.dtype, int]:
    matrix = A if A.format in ("csc", "csr") else A.tocsc()
    values = as_floats(matrix.data, "A")
    matrix.check_format(full_check=True)
    rows, columns = _checked_shape(matrix.shape)
    if matrix.nnz > np.iinfo(np.int32).max:
        refuse(ValueError, "elements of A", matrix.nnz, "fewer than 2^31", "pass it as a LinearOperator")
    scalar = np.result_type(values.dtype, type_of_b)
    arrays = (np.ascontiguousarray(matrix.indptr, dtype=np.int32), np.ascontiguousarray(matrix.indices, dtype=np.int32),
              np.ascontiguousarray(values, dtype=scalar))
    return "scipy", (rows, columns, matrix.format == "csc", *arrays), scalar, rows
