"""LinBreg and AdaBreg on torch's tensors; use bregman.torch."""

from typing import Any, Dict, List, Optional

built_over_torch: str
version: str
device_system: str  # of the Thrust backend: none, cuda, or omp for tests

def regularizer_defaults() -> Dict[str, Dict[str, float]]: ...

class StepReport:
    """What a step did."""

    @property
    def step(self) -> int:
        """Steps done so far, this one included."""
    @property
    def refused(self) -> bool:
        """The gradient was not finite: nothing has changed."""
    @property
    def lambda_(self) -> float:
        """What the parameters were made with."""
    @property
    def next_lambda(self) -> float:
        """What the law wants from now on."""
    @property
    def sparsity(self) -> float:
        """Of the counted groups, after the step."""
    @property
    def gradient_norm(self) -> float:
        """Before clipping; NaN when not needed."""

class GroupCount:
    """The count of one parameter group."""

    def __init__(self, name: str, size: int, nonzeros: int, counted: bool, regularized: bool) -> None: ...
    @property
    def name(self) -> str:
        """The group's name."""
    @property
    def size(self) -> int:
        """Elements of the group."""
    @property
    def nonzeros(self) -> int:
        """Elements that are not 0."""
    @property
    def counted(self) -> bool:
        """Part of the sparsity that the law sees."""
    @property
    def regularized(self) -> bool:
        """Whether lambda acts on any of it."""
    @property
    def sparsity(self) -> float:
        """Share of zeros, in [0, 1]."""

class Stepper:
    """An optimizer of the library over tensors of torch."""

    lambda_: float
    epoch: int
    def __init__(self, backend: str, direction: str, is_double: bool, groups: List[Dict[str, Any]],
                 settings: Dict[str, Any], of_direction: Dict[str, Any], delta: float, law: Any) -> None: ...
    def step(self, rates: List[float], loss: Optional[float]) -> None: ...
    def add_group(self, groups: List[Dict[str, Any]]) -> None: ...
    def thin_out(self, density: float, rescale_variance: bool, seed: int) -> None: ...
    def restart_from_parameters(self) -> None: ...
    def distance_from_image(self) -> float: ...
    def rates(self) -> List[float]: ...
    def save(self) -> bytes: ...
    def load(self, file: bytes) -> None: ...
    def set_target(self, per_epoch: List[float]) -> None: ...
    @property
    def sparsity(self) -> float: ...
    @property
    def group_lambdas(self) -> List[float]: ...
    @property
    def target(self) -> float: ...
    @property
    def steps(self) -> int: ...
    @property
    def last(self) -> StepReport: ...
    @property
    def counts(self) -> List[GroupCount]: ...
    @property
    def dual(self) -> List[float]: ...
    @property
    def description(self) -> str: ...
