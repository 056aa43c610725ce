"""LinBreg and AdaBreg as optimizers of PyTorch: they train a model to the sparsity that you ask for.

    optimizer = bregman.torch.AdaBreg(model.parameters(), lr=0.01, target=0.95)
    for x, y in batches:
        optimizer.zero_grad()
        loss_of(model(x), y).backward()
        optimizer.step()
    print(optimizer.sparsity)  # share of zeros, 0.95

    v <- v - lr direction(g)        theta <- delta prox_{lambda J}(v)        lambda <- law(sparsity, target, ...)

v is a dual variable of each parameter, which the optimizer owns; J is the regularizer of the group, which makes zeros; lambda is
found by a control law. Parameters and gradients are used where they are, without copies, all tensors in one pass.

Tensors are on one device, the CPU or, where built_with_cuda(), a GPU; all of them are float32 or all of them float64. Errors:
ValueError with one sentence for what the library refuses, TypeError for settings that are no numbers or that do not exist; then
nothing has changed.

Sources: Bungert, Roith, Tenbrinck, Burger, "A Bregman learning framework for sparse neural networks", JMLR 23(192), 2022;
Aloradi, Roith, Habets, Tenbrinck 2026 for the control of lambda.
"""

from __future__ import annotations

import os
import re
import threading
import warnings
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Optional, Tuple, Union

import torch
from torch.optim import Optimizer

try:
    from . import _torch
except ImportError as error:
    raise ImportError(
        f"bregman.torch was not built over this torch ({torch.__version__}): build it again where torch is installed, with "
        "pip install --force-reinstall --no-cache-dir --no-deps"
    ) from error
if _torch.built_over_torch != torch.__version__:
    raise ImportError(
        f"bregman.torch was built over torch {_torch.built_over_torch}, and this is torch {torch.__version__}: build it again, "
        "with pip install --force-reinstall --no-cache-dir --no-deps"
    )

from ._torch import GroupCount, StepReport
from ._torch_devices import backend_of, built_with_cuda
from ._torch_groups import (OF_THE_OPTIMIZER, KnownGroup, Regularizer, Target, name_and_settings, parts_of, rate_of,
                            targets_of)
from ._words import shown
from .laws import AnyLaw

__all__ = ["AdaBreg", "LinBreg", "GroupCount", "StepReport", "built_with_cuda", "regularizers"]

_STATE_KEY = "bregman"
# What the library's sentences call by C++'s names.
_PYTHON_WORDS = (("convert the module with module->to(), or use the optimizer of that type",
                  "make all of them float32 with model.float(), or all of them float64 with model.double()"),
                 (".scope = lambda_scope::each_group", 'scope="each_group"'), ("module->to(", "model.to("), ("step_size", "lr"),
                 ("use the optimizer of the tensor's device", "take the optimizer there with load_state_dict(optimizer.state_dict())"))


def regularizers() -> Dict[str, Dict[str, float]]:
    """{name: {setting: default}} of what a group's ``regularizer`` may be: a name, or {"name": name, setting: value, ...}.

    Besides these there is "auto", the default: l1 for tensors of order 2 and more, none for the others.
    """
    return _torch.regularizer_defaults()


def _loss_of(loss: Any) -> float:
    try:
        return float(loss)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"loss = {shown(loss)}; allowed: a number, or a tensor of one number; the law is told of it") from None


class _BregmanOptimizer(Optimizer):
    """What AdaBreg and LinBreg share."""

    _direction: str
    _of_direction: Dict[str, Any]
    _fall_is_final = False  # whether layers that lose most of their weights in one step rarely learn again
    _backend: Optional[str] = None  # a test's choice; else the device of the tensors says
    _busy: threading.Lock  # held while a step is made; neither copied nor saved

    def __new__(cls, *arguments: Any, **settings: Any) -> "_BregmanOptimizer":
        made = super().__new__(cls)
        made._busy = threading.Lock()
        return made

    def __init__(self, params, lr, target, lambda_, law, regularizer, lambda_scale, counted, least_density, delta, clip_norm,
                 check_finite, on_lambda_change, scope):
        self._core: Optional[_torch.Stepper] = None
        self._loss: Optional[float] = None
        self._law = law
        self._delta = delta
        self._settings = dict(target=targets_of(target), lambda_=lambda_, clip_norm=clip_norm, check_finite=bool(check_finite),
                              on_lambda_change=on_lambda_change, scope=scope)
        defaults = dict(lr=lr, regularizer=regularizer, lambda_scale=lambda_scale, counted=counted,
                        least_density=least_density, target=None, name=None)
        super().__init__(params, defaults)
        if scope is None:
            own = any(group["target"] is not None for group in self.param_groups)
            self._settings["scope"] = "each_group" if own else "shared"
        self._core = self._new_core()
        self._remember_groups()

    # ---- what torch asks of an optimizer

    @property
    def _stepper(self) -> _torch.Stepper:
        assert self._core is not None
        return self._core

    def step(self, closure: Optional[Callable[[], Any]] = None) -> Any:
        """Makes one step, and returns the loss of the closure, if there is one, which is called once with gradients on.

        The law sees the closure's loss, or what set_loss() was told. Parameters without a gradient, and frozen ones
        (requires_grad is False), take no part: they, v and the moments stay. A gradient that is not finite is refused, with a
        RuntimeWarning: no step is made, and ``last.refused`` is True.

        Errors: ValueError for tensors that have changed type, device or sizes, for sparse gradients, for a learning rate below
        0, and for groups whose settings other than lr were changed, RuntimeError for a step within a step, as of another thread or of
        the law; nothing has changed then. What a law or the closure raises comes through: the closure's before the step, the law's
        after it, with lambda as it was.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
            if loss is not None:
                self._loss = _loss_of(loss)
        self._check_groups()
        rates = [rate_of(self.param_groups[index], index) for index, parts in enumerate(self._known) for _ in parts.sizes]
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("step() = called while this optimizer makes a step; allowed: one step at a time; another thread or its "
                               "own law has called it, so take a lock around it, or an optimizer for each thread")
        try:
            dense = self._dense_share() if self._fall_is_final and self._stepper.steps == 0 else 0.0
            self._call(self._stepper.step, rates, self._loss)
        finally:
            self._busy.release()
        if self._stepper.last.refused:
            warnings.warn("bregman: the gradient is not finite, so no step was made and nothing has changed",
                          RuntimeWarning, stacklevel=2)
        elif dense > 0.5 and dense - self._dense_share() > 0.5:
            warnings.warn("bregman: the first step made most weights of several layers zero, from which LinBreg rarely learns: let lambda "
                          "rise slowly, law=laws.rate_limit(laws.settling(), 1.01), or the target, a list with one for each epoch, or "
                          "take AdaBreg", RuntimeWarning, stacklevel=2)
        return loss

    def add_param_group(self, param_group: Dict[str, Any]) -> None:
        """Opens one more group, whose parameters start from what they are. Errors: ValueError, TypeError for a setting that does
        not exist, and there is no new group."""
        if isinstance(param_group, dict):
            known = ("params", "initial_lr", *self.defaults, *OF_THE_OPTIMIZER)  # a scheduler that goes on reads initial_lr
            for key in param_group:
                if key not in known:
                    raise TypeError(f"{key!r} of group {len(self.param_groups)} = {shown(param_group[key])}; allowed: "
                                    f"{', '.join(('params', *self.defaults))}; there is no such setting")
        super().add_param_group(param_group)
        if self._core is None:  # torch opens the first groups before there is an optimizer
            return
        try:
            parts = parts_of(self.param_groups[-1], len(self.param_groups) - 1)
            backend_of(self._in_library_order())
            self._call(self._core.add_group, parts)
        except BaseException:
            self.param_groups.pop()
            raise
        self._remember_groups()

    def state_dict(self) -> Dict[str, Any]:
        """Groups as torch's optimizers give them, and under "bregman" a tensor of bytes: the state file that save_state() writes.

        ``torch.save`` and ``torch.load`` keep it; the parameters are the model's to save. Errors: ValueError for a law of your
        own that may have a state and has no ``state_dict``.
        """
        state = super().state_dict()
        state[_STATE_KEY] = torch.frombuffer(bytearray(self._stepper.save()), dtype=torch.uint8)
        return state

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        """Continues where state_dict() was called: with the parameters of that moment the next steps have the same bits.

        As in torch, groups have the settings that the state has. Errors: ValueError for the state of another optimizer, of
        other tensors or with another law; nothing has changed then.
        """
        if _STATE_KEY not in state_dict:
            raise ValueError("state_dict = one without \"bregman\"; allowed: what state_dict() of this optimizer gave; the states of "
                             "other optimizers do not have v")
        file = bytes(state_dict[_STATE_KEY].cpu().numpy().tobytes())
        groups, state = self.param_groups, self.state
        super().load_state_dict({key: value for key, value in state_dict.items() if key != _STATE_KEY})
        try:
            core = self._loaded_core(file)
        except BaseException:
            self.param_groups, self.state = groups, state
            raise
        self._core = core
        self._remember_groups()

    def __getstate__(self) -> Dict[str, Any]:
        own = ("_law", "_delta", "_settings", "_direction", "_of_direction", "_loss")
        state = {key: getattr(self, key) for key in own}
        state.update(defaults=self.defaults, state=self.state, param_groups=self.param_groups, file=self._stepper.save())
        return state

    def __setstate__(self, state: Dict[str, Any]) -> None:
        state = dict(state)
        file = state.pop("file", None)
        super().__setstate__(state)
        if file is not None:  # torch's load_state_dict() comes this way too
            self._core = None
            self._core = self._loaded_core(file)
            self._remember_groups()

    # ---- what it knows beyond that

    @property
    def sparsity(self) -> float:
        """Share of zeros among the parameters of counted groups after the last step, in [0, 1]; 0 before the first."""
        return self._stepper.sparsity

    @property
    def lambda_(self) -> float:
        """The regularization weight of the next step; with scope "each_group" the geometric mean of the groups'.

        May be set by hand, >= 0, for all groups: v follows ``on_lambda_change``, and the law goes on from there.
        """
        return self._stepper.lambda_

    @lambda_.setter
    def lambda_(self, value: float) -> None:
        def assign(value):
            self._stepper.lambda_ = value

        self._call(assign, value)

    @property
    def group_lambdas(self) -> List[float]:
        """The lambda of each group, before its lambda_scale; empty before the first step."""
        lambdas = self._stepper.group_lambdas
        return [lambdas[parts.first] for parts in self._known if lambdas]

    @property
    def target(self) -> float:
        """The sparsity asked for in this epoch, in (0, 1]. May be set: a number, or one for each epoch."""
        return self._stepper.target

    @target.setter
    def target(self, value: Target) -> None:
        self._stepper.set_target(targets_of(value))

    @property
    def epoch(self) -> int:
        """The epoch that targets and the law see, from 0: yours to set where there is a target for each epoch."""
        return self._stepper.epoch

    @epoch.setter
    def epoch(self, value: int) -> None:
        self._stepper.epoch = value

    @property
    def steps(self) -> int:
        """Steps made so far; those that were refused do not count."""
        return self._stepper.steps

    @property
    def last(self) -> StepReport:
        """What the last step did."""
        return self._stepper.last

    @property
    def counts(self) -> List[GroupCount]:
        """Elements and non-zeros of each parameter group after the last step."""
        counts = self._stepper.counts
        joined = []
        for index, (group, parts) in enumerate(zip(self.param_groups, self._known)):
            of_group = counts[parts.first:parts.first + len(parts.sizes)]
            joined.append(GroupCount(group["name"] or f"group {index}", sum(c.size for c in of_group),
                                     sum(c.nonzeros for c in of_group), group["counted"],
                                     any(c.regularized for c in of_group)))
        return joined

    @property
    def law(self) -> AnyLaw:
        """The control law as it was given."""
        return self._law

    def set_loss(self, loss: float) -> None:
        """The loss that the law sees from now on, where step() is called without a closure."""
        self._loss = _loss_of(loss)

    def thin_out(self, density: float = 0.01, rescale_variance: bool = False, seed: int = 0) -> None:
        """Keeps a random share, `density` in (0, 1], of each regularized tensor; call it before the first step.

        `rescale_variance` divides what stays by sqrt(density) (JMLR 23(192), Section 4.1). The same seed keeps the same
        elements, in C++ too. Errors: ValueError after the first step, and for another density.
        """
        self._call(self._stepper.thin_out, density, rescale_variance, seed)

    def restart_from_parameters(self) -> None:
        """Takes the parameters as they are, after somebody else has changed them: a checkpoint, an average, a roll-back.

        Without it the next step makes them from v, and undoes the change. Moments, lambda and the count of steps stay.
        """
        self._call(self._stepper.restart_from_parameters)

    def distance_from_image(self) -> float:
        """max |theta - image of v|: 0 up to rounding unless somebody else has changed the parameters. Takes the time of a step."""
        return self._call(self._stepper.distance_from_image)

    def duals(self) -> List[torch.Tensor]:
        """Copies of v, one for each parameter in the order of the groups and on its device; empty before the first step."""
        dual = torch.tensor(self._stepper.dual, dtype=self._dtype, device=self.param_groups[0]["params"][0].device)
        if not dual.numel():
            return []
        of_parameters: Dict[int, torch.Tensor] = {}
        at = 0
        for number, _, p in self._in_library_order():
            of_parameters[number] = dual[at:at + p.numel()].reshape(p.shape)
            at += p.numel()
        return [of_parameters[number] for number in sorted(of_parameters)]

    def save_state(self, file: Union[str, os.PathLike, BinaryIO]) -> None:
        """Writes v, moments, lambda, law, learning rates and settings to a path or a binary file, as C++ does.

        `torch_optimizer::load_state` of C++ reads it, with groups of the same tensors ("auto" is its weights_and_rest), and
        the other way round. A path is written whole or not at all.
        """
        data = self._stepper.save()
        if not isinstance(file, (str, os.PathLike)):
            file.write(data)
            return
        path = os.fspath(file)
        beside = f"{path}.{os.getpid()}.part"
        try:
            with open(beside, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.replace(beside, path)
        except BaseException:
            if os.path.exists(beside):
                os.remove(beside)
            raise

    def load_state(self, file: Union[str, os.PathLike, BinaryIO]) -> None:
        """Reads what save_state() wrote, here or in C++. The learning rates of the groups are those of the file.

        Errors: ValueError for the state of another optimizer, of other tensors or with another law, RuntimeError for a
        damaged file; nothing has changed then.
        """
        if isinstance(file, (str, os.PathLike)):
            with open(file, "rb") as opened:
                data = opened.read()
        else:
            data = file.read()
        core = self._loaded_core(data)
        rates = core.rates()
        for index, parts in enumerate(self._known):
            of_group = set(rates[parts.first:parts.first + len(parts.sizes)])
            if len(of_group) > 1:
                raise ValueError(f"learning rates of group {index} in the state file = {sorted(of_group)}; allowed: one for "
                                 "its weights and its vectors; make two groups of them, with the regularizers l1 and none")
        for group, parts in zip(self.param_groups, self._known):
            group["lr"] = rates[parts.first]
        self._core = core

    # ---- inside

    @property
    def _dtype(self) -> torch.dtype:
        first = next(p for group in self.param_groups for p in group["params"])
        return torch.float64 if first.dtype == torch.float64 else torch.float32

    def _dense_share(self) -> float:
        """Of the weights that may become zero, the share that is not, where there are several tensors of them; else 0."""
        weights = [p for index, group in enumerate(self.param_groups) for part in parts_of(group, index)
                   if part["regularizer"][0] != "none" for p in part["tensors"] if p.dim() >= 2]
        if len(weights) < 2:
            return 0.0
        return sum(int(torch.count_nonzero(p)) for p in weights) / max(1, sum(p.numel() for p in weights))

    def _in_library_order(self) -> Iterator[Tuple[int, str, torch.Tensor]]:
        """Parameters in the order of the library's list, each with its number in that of the groups and its group's name."""
        first = 0
        for index, group in enumerate(self.param_groups):
            for part in parts_of(group, index):
                yield from ((first + place, part["name"], p) for place, p in zip(part["places"], part["tensors"]))
            first += len(group["params"])

    def _new_core(self) -> _torch.Stepper:
        if not any(len(group["params"]) for group in self.param_groups):
            raise ValueError("number of parameters = 0; allowed: 1 or more; pass module.parameters() of a module that has some")
        parts = [part for index, group in enumerate(self.param_groups) for part in parts_of(group, index)]
        automatic = any(name_and_settings(group["regularizer"])[0] == "auto" for group in self.param_groups)
        if automatic and all(part["regularizer"][0] == "none" for part in parts):
            raise ValueError('regularizer = "auto" where no tensor has two dimensions or more; allowed: tensors that it makes '
                             'sparse; say which regularizer these vectors get, for example regularizer="l1"')
        backend = self._backend or backend_of(self._in_library_order())
        return self._call(_torch.Stepper, backend, self._direction, self._dtype == torch.float64, parts, self._settings,
                          self._of_direction, self._delta, self._law)

    def _loaded_core(self, file: bytes) -> _torch.Stepper:
        core = self._new_core()
        core.load(file)
        return core

    def _remember_groups(self) -> None:
        self._known, first = [], 0
        for index, group in enumerate(self.param_groups):
            sizes = [len(part["tensors"]) for part in parts_of(group, index)]
            self._known.append(KnownGroup(group, first, sizes))
            first += len(sizes)

    def _check_groups(self) -> None:
        if len(self.param_groups) != len(self._known):
            raise ValueError(f"number of parameter groups = {len(self.param_groups)}; allowed: {len(self._known)}, as before; "
                             "add groups with add_param_group()")
        for index, (group, known) in enumerate(zip(self.param_groups, self._known)):
            known.check(group, index)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """function(*arguments); what the library numbers in its order is numbered in that of the parameters."""
        try:
            return function(*arguments)
        except ValueError as error:
            changed = self._in_order_of_parameters(str(error))
            for theirs, ours in _PYTHON_WORDS:
                changed = changed.replace(theirs, ours)
            if changed == str(error):
                raise
            raise ValueError(changed) from None

    def _in_order_of_parameters(self, message: str) -> str:
        ours = [number for number, _, _ in self._in_library_order()]

        def renumbered(found):
            number = int(found.group(2))
            return found.group(1) + str(ours[number] if number < len(ours) else number)

        return re.sub(r"\b((?:parameter|gradient|tensor) )(\d+)\b", renumbered, message)


_SHARED_SETTINGS = """
    params: parameters, or groups as in torch: dicts with "params" and any of lr, regularizer, lambda_scale, counted,
        least_density, target, name.
    lr: tau, the learning rate, > 0; schedulers of torch set it. Groups may have one of their own; 0 holds a group still.
    target: the sparsity asked for, in (0, 1]: a number, or a list with one for each epoch (set ``epoch``), of which the last
        stays. A group's own target needs a lambda of its own (scope).
    lambda_: where the law starts, >= 0.
    law: a name of bregman.laws.names(), a law such as bregman.laws.pid(integral=0.5), or any callable that takes an
        observation and returns the new lambda. None is laws.settling(), which has nothing to set.
    regularizer: J of the groups that do not say: a name, or a dict with "name" and settings (regularizers() lists them).
        "auto" is l1 for tensors of order 2 and more, and none for biases and the vectors of norm layers.
    lambda_scale: groups use lambda_scale * lambda, >= 0; 0 switches the regularizer off.
    counted: whether the parameters are part of the sparsity that the law sees; by default all are.
    least_density: share of a group that stays non-zero at any lambda, in [0, 1).
    delta: > 0; scales theta = delta prox(v), and for l1 changes no support.
    clip_norm: gradients that are longer are scaled down to it; 0 is off.
    check_finite: refuse gradients that are not finite; False saves one read of the gradients.
    on_lambda_change: what happens to v when lambda changes: keep (the paper's choice), ratio, ratio_with_clip, additive,
        predictive, reset, prox_rescaled.
    scope: "shared", one lambda for all groups, or "each_group", one for each; None is each_group where a group has a target
        of its own.
"""


class AdaBreg(_BregmanOptimizer):
    __doc__ = f"""Adam's direction on the dual variable: trains like Adam, to the sparsity that you ask for.

        m1 <- b1 m1 + (1 - b1) g,   m2 <- b2 m2 + (1 - b2) g^2
        v  <- v - lr / (1 - b1^k)  m1 / (sqrt(m2) / sqrt(1 - b2^k) + eps)
        theta <- delta prox_{{lambda J}}(v)

    At lambda 0 with laws.fixed() these are the steps of torch.optim.Adam. k counts the steps that the parameter took part in.
{_SHARED_SETTINGS}
    betas: b1 and b2, in [0, 1). eps: > 0.
    """

    _direction = "adam"

    def __init__(self, params, lr: float = 0.01, *, target: Target = 0.9, law: AnyLaw = None, lambda_: float = 1e-3,
                 regularizer: Regularizer = "auto", lambda_scale: float = 1.0, counted: bool = True,
                 least_density: float = 0.0, betas: Tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 delta: float = 1.0, clip_norm: float = 0.0, check_finite: bool = True, on_lambda_change: str = "keep",
                 scope: Optional[str] = None) -> None:
        if not isinstance(betas, (list, tuple)) or len(betas) != 2:
            raise TypeError(f"betas = {shown(betas)}; allowed: two numbers; (0.9, 0.999) is the usual choice")
        beta1, beta2 = betas
        self._of_direction = dict(beta1=beta1, beta2=beta2, epsilon=eps)
        super().__init__(params, lr, target, lambda_, law, regularizer, lambda_scale, counted, least_density, delta, clip_norm,
                         check_finite, on_lambda_change, scope)


class LinBreg(_BregmanOptimizer):
    __doc__ = f"""The gradient on the dual variable: linearised Bregman iterations, with momentum if it is given.

        m <- momentum m + (1 - momentum) lr g,   v <- v - m,   theta <- delta prox_{{lambda J}}(v)

    Without momentum v <- v - lr g. At lambda 0 with laws.fixed() these are the steps of torch.optim.SGD; its momentum, with
    dampening, is the same.
{_SHARED_SETTINGS}
    momentum: in [0, 1); 0 needs no memory for m.

    v moves as far as the gradients are large, so that a network which loses most of its weights in the first steps rarely learns
    again: from dense weights let lambda rise slowly, law=laws.rate_limit(laws.settling(), 1.01). A RuntimeWarning says so.
    """

    _fall_is_final = True

    def __init__(self, params, lr: float = 0.1, *, momentum: float = 0.0, target: Target = 0.9, law: AnyLaw = None,
                 lambda_: float = 1e-3, regularizer: Regularizer = "auto", lambda_scale: float = 1.0, counted: bool = True,
                 least_density: float = 0.0, delta: float = 1.0, clip_norm: float = 0.0, check_finite: bool = True,
                 on_lambda_change: str = "keep", scope: Optional[str] = None) -> None:
        self._direction = "gradient" if momentum == 0 else "momentum"
        self._of_direction = {} if momentum == 0 else dict(beta=momentum)
        super().__init__(params, lr, target, lambda_, law, regularizer, lambda_scale, counted, least_density, delta, clip_norm,
                         check_finite, on_lambda_change, scope)
