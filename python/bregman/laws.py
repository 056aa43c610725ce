"""Control laws: what lambda does after each step so that the sparsity reaches its target.

A law is a name (``law="pid"``), what a function of this module returns (``law=laws.pid(integral=0.5)``), or any callable
of your own that takes an :class:`Observation` and returns the new lambda::

    def mine(seen):
        return seen.lambda_ * (1 + 0.1 * (seen.target - seen.sparsity))

    bregman.minimize(loss_and_gradient, theta, 500, target=0.9, law=mine)

A callable may have the attributes ``acts_at_once`` (the new lambda is used in the same step: theta is computed again) and
``needs_lambda_for`` (it is refused where ``seen.lambda_for`` cannot be asked), and ``state_dict()`` and
``load_state_dict(state)``, with which state files keep what it remembers. Each optimizer has a law of its own: one that is
passed to two of them starts anew in each, unless it is a callable of yours, which both call.

Every law of the library is callable by hand too, as in ``laws.pid()(Observation(sparsity=0.5, target=0.9, lambda_=1))``.

Errors: ValueError for settings out of range, TypeError for settings that a law does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Any, Callable, Dict, List, Optional, Union

from . import _numpy

__all__ = [
    "Law", "Observation", "additive", "band", "damp_near_target", "fixed", "multiplicative", "names", "nupi", "paper", "pid",
    "quantile", "rate_limit", "settling", "start_at_quantile", "warm_up",
]


@dataclass(init=False)
class Observation:
    """What a law sees after each step. Make one by hand to try a law."""

    __slots__ = ("step", "epoch", "lambda_", "sparsity", "target", "loss", "gradient_norm", "births", "deaths", "group",
                 "lambda_for", "can_tell_lambda", "granularity")

    step: int  #: steps done so far; 1 after the first
    epoch: int  #: as set by the caller, from 0
    lambda_: float  #: the regularization weight that this step used
    sparsity: float  #: share of zeros among the counted parameters, in [0, 1]
    target: float  #: the sparsity asked for, in (0, 1]
    loss: float  #: as reported by the caller; NaN when it was not
    gradient_norm: float  #: of all gradients, before clipping; NaN when nothing needs it
    births: int  #: zeros that have ended in this step; -1: not counted
    deaths: int  #: zeros that have begun; -1: not counted
    group: int  #: the parameter group that lambda and sparsity are of; -1: all that count
    #: lambda_for(s): the lambda at which the present dual variable has sparsity s. Costs a selection over the dual
    #: variable; None by hand. To be called while the law is asked, not later.
    lambda_for: Optional[Callable[[float], float]]
    can_tell_lambda: bool  #: whether lambda_for can be called and the law act on it at once
    granularity: float  #: how far sparsity is off at most when it is as near to the target as it can be

    def __init__(self, step: int = 1, epoch: int = 0, lambda_: float = 1.0, sparsity: float = 0.0, target: float = 0.9,
                 loss: float = nan, gradient_norm: float = nan, births: int = -1, deaths: int = -1, group: int = -1,
                 lambda_for: Optional[Callable[[float], float]] = None, can_tell_lambda: bool = False,
                 granularity: float = 0.0) -> None:
        self.step = step
        self.epoch = epoch
        self.lambda_ = lambda_
        self.sparsity = sparsity
        self.target = target
        self.loss = loss
        self.gradient_norm = gradient_norm
        self.births = births
        self.deaths = deaths
        self.group = group
        self.lambda_for = lambda_for
        self.can_tell_lambda = can_tell_lambda
        self.granularity = granularity


class Law:
    """A law of the library with its settings: what the functions of this module return.

    Call it with an :class:`Observation` to see what it does: it then remembers what it has seen, as in a run. Optimizers
    make a law of their own from name and settings and leave this one alone. Laws can be compared, copied and pickled, without
    what they remember.
    """

    __slots__ = ("name", "settings", "inner", "_made")

    def __init__(self, name: str, settings: Optional[Dict[str, Any]] = None, inner: Any = None) -> None:
        self.name = name  #: as in names(), or that of a law around another
        self.settings: Dict[str, Any] = dict(settings or {})  #: those that differ from the defaults
        self.inner = inner  #: the law within, of rate_limit and its like
        self._made: Any = None
        _numpy.check_law(self)

    def __call__(self, seen: Observation) -> float:
        """The new lambda. Errors: ValueError for a sparsity that is not in [0, 1]."""
        return self._law()(seen)

    def state(self) -> Dict[str, Any]:
        """Settings and what the law remembers, by the names that state files have. Errors: ValueError for a callable inside
        that may have a state and has no state_dict.
        """
        return self._law().state()

    def load_state(self, state: Dict[str, Any]) -> None:
        """Takes what :meth:`state` has returned. Errors: ValueError and RuntimeError for another state; nothing changes then."""
        self._law().load(state)

    def _law(self) -> Any:
        if self._made is None:
            self._made = _numpy.made_law(self)
        return self._made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Law):
            return NotImplemented
        return (self.name, self.settings, self.inner) == (other.name, other.settings, other.inner)

    __hash__ = None  # type: ignore[assignment]  # settings may be changed

    def __repr__(self) -> str:
        parts = [] if self.inner is None else [repr(self.inner)]
        parts += [f"{name}={value!r}" for name, value in self.settings.items()]
        return f"bregman.laws.{self.name}({', '.join(parts)})"

    def __reduce__(self):
        return Law, (self.name, self.settings, self.inner)


#: What an optimizer takes as a law.
AnyLaw = Union[None, str, Law, Callable[[Observation], float]]


def names() -> List[str]:
    """The laws that can be given by name: settling (the default), quantile, multiplicative, paper, pid, ..."""
    return list(_numpy.law_names())


def _makes_a_law(function):
    function.makes_a_law = True  # so that law=laws.pid, without parentheses, is understood
    return function


def _law(name: str, given: Dict[str, Any]) -> Law:
    defaults = _numpy.law_defaults(name)
    return Law(name, {key: value for key, value in given.items() if value != defaults[key]})


@_makes_a_law
def settling() -> Law:
    """Finds lambda and comes to rest, with nothing to set; the default.

    In step k, with q = lambda_for(target) and r = max(1.05, 1 + 0.9/k): lambda stays while |target - sparsity| <=
    min(0.01, 0.5/k); it becomes q in the first step and where q/lambda is not in [1/3, 3]; else the nearest of
    [lambda/r, lambda r] to q. theta is computed again. Where no lambda_for can be asked it is multiplicative().
    """
    return _law("settling", {})


@_makes_a_law
def quantile(every: int = 1) -> Law:
    """Hits the target exactly: every `every` (>= 1) steps lambda <- lambda_for(target), and theta is computed again."""
    return _law("quantile", dict(every=every))


@_makes_a_law
def multiplicative(gain: float = 0.25, every: int = 1, warm_up: int = 0, minimum: float = 1e-6, maximum: float = 1e3,
                   zone: float = 0.0, zone_gain_divisor: float = 5.0, zone_every: int = 10,
                   max_relative_change: float = 0.0) -> Law:
    """The paper's law, with the defaults of its authors' class. With e = target - sparsity, every `every` steps::

        e > 0 (too dense):   lambda <- lambda (1 + gain |e|)
        e < 0 (too sparse):  lambda <- lambda / (1 + gain |e|)

    within [minimum, maximum]. Source: Aloradi, Roith, Habets, Tenbrinck 2026.

    gain: alpha >= 0. every: f >= 1. warm_up: steps, >= 0, in which lambda is kept. minimum, maximum: 0 < minimum <= maximum.
    zone: zeta >= 0; where |e| < zone the gain is gain / zone_gain_divisor (>= 1) and the period every * zone_every (>= 1);
    0 is off. max_relative_change: in [0, 1), of lambda in one step; 0 is off.
    """
    return _law("multiplicative", dict(gain=gain, every=every, warm_up=warm_up, minimum=minimum, maximum=maximum, zone=zone,
                                       zone_gain_divisor=zone_gain_divisor, zone_every=zone_every,
                                       max_relative_change=max_relative_change))


@_makes_a_law
def paper(gain: float = 1.0, every: int = 50, warm_up: int = 0, minimum: float = 1e-12, maximum: float = 1e3,
          zone: float = 0.005, zone_gain_divisor: float = 10.0, zone_every: int = 2,
          max_relative_change: float = 0.0) -> Law:
    """:func:`multiplicative` with the settings of the paper's experiments."""
    return _law("paper", dict(gain=gain, every=every, warm_up=warm_up, minimum=minimum, maximum=maximum, zone=zone,
                              zone_gain_divisor=zone_gain_divisor, zone_every=zone_every,
                              max_relative_change=max_relative_change))


@_makes_a_law
def pid(proportional: float = 0.1, integral: float = 0.25, derivative: float = 0.0, derivative_filter: float = 0.9,
        on_saturation: str = "conditional", tracking: float = 0.5, every: int = 1, warm_up: int = 0, minimum: float = 1e-6,
        maximum: float = 1e3) -> Law:
    """PID control of log lambda, with e = target - sparsity::

        I <- I + integral e
        lambda <- exp(I + proportional e + derivative d),    d <- b d + (1 - b) (old sparsity - sparsity)

    within [minimum, maximum], b = derivative_filter in [0, 1). Gains >= 0. on_saturation, what the integral does while
    lambda is held at a bound: "none", "conditional" or "back_calculation", which takes back the share `tracking` in (0, 1].
    Source: Astrom and Hagglund, PID Controllers, 1995.
    """
    return _law("pid", dict(proportional=proportional, integral=integral, derivative=derivative,
                            derivative_filter=derivative_filter, on_saturation=on_saturation, tracking=tracking, every=every,
                            warm_up=warm_up, minimum=minimum, maximum=maximum))


@_makes_a_law
def nupi(proportional: float = 0.25, integral: float = 0.25, nu: float = 0.9, every: int = 1, warm_up: int = 0,
         minimum: float = 1e-6, maximum: float = 1e3) -> Law:
    """PI control of log lambda whose proportional part acts on a moving average x of e = target - sparsity::

        x_new = nu x + (1 - nu) e,     log lambda <- log lambda + integral e + proportional (x_new - x)

    within [minimum, maximum]; nu in [0, 1). Source: Sohrabi et al., ICML 2024, Algorithm 1.
    """
    return _law("nupi", dict(proportional=proportional, integral=integral, nu=nu, every=every, warm_up=warm_up,
                             minimum=minimum, maximum=maximum))


@_makes_a_law
def band(half_width: float = 0.01, gain: float = 1.0, cooldown: int = 10, warm_up: int = 0, minimum: float = 1e-6,
         maximum: float = 1e3) -> Law:
    """:func:`multiplicative` that acts only where |target - sparsity| > half_width (in [0, 1)), and then keeps lambda for
    `cooldown` steps (>= 0). Source: dead-band control.
    """
    return _law("band", dict(half_width=half_width, gain=gain, cooldown=cooldown, warm_up=warm_up, minimum=minimum,
                             maximum=maximum))


@_makes_a_law
def additive(gain: float = 0.01, every: int = 1, warm_up: int = 0, minimum: float = 0.0, maximum: float = 1e3) -> Law:
    """Integral control of lambda itself: every `every` steps lambda <- lambda + gain (target - sparsity), within [minimum,
    maximum], minimum >= 0.
    """
    return _law("additive", dict(gain=gain, every=every, warm_up=warm_up, minimum=minimum, maximum=maximum))


@_makes_a_law
def fixed() -> Law:
    """lambda stays what it is at the start: the classical methods."""
    return _law("fixed", {})


@_makes_a_law
def rate_limit(law: AnyLaw, factor: float) -> Law:
    """`law`, of which one change of lambda stays within [lambda / factor, lambda * factor], factor > 1."""
    return Law("rate_limit", dict(factor=factor), _inner(law))


@_makes_a_law
def warm_up(law: AnyLaw, steps: int) -> Law:
    """`law` from step `steps` + 1 on; until then lambda is kept."""
    return Law("warm_up", dict(steps=steps), _inner(law))


@_makes_a_law
def damp_near_target(law: AnyLaw, zone: float, share: float) -> Law:
    """`law`, of whose change only `share` in (0, 1) is made while |target - sparsity| < zone, in (0, 1]: the paper's
    fine-tuning zone for any law.
    """
    return Law("damp_near_target", dict(zone=zone, share=share), _inner(law))


@_makes_a_law
def start_at_quantile(law: AnyLaw, at_step: int = 1) -> Law:
    """After step `at_step` (>= 1) lambda becomes lambda_for(target) and theta is computed again; from then on `law` acts. The
    first lambda may be 0: none has to be known.
    """
    return Law("start_at_quantile", dict(at_step=at_step), _inner(law))


def _inner(law: AnyLaw) -> AnyLaw:
    return settling() if law is None else Law(law) if isinstance(law, str) else law
