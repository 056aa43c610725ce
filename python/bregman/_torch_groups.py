"""What a parameter group of torch is to the library: its settings, its parts, and what it may not change."""

from __future__ import annotations

import copy
from typing import Any, Dict, List, Sequence, Tuple, Union

from ._words import shown

Regularizer = Union[str, Dict[str, Any]]
Target = Union[float, Sequence[float]]

# What a group is told when it is opened, and keeps.
_KEPT = ("regularizer", "lambda_scale", "counted", "least_density", "target", "name")
# What no group has of its own: in a group it would change nothing.
OF_THE_OPTIMIZER = ("betas", "eps", "momentum", "law", "lambda_", "delta", "clip_norm", "check_finite", "on_lambda_change",
                     "scope", "weight_decay")


def name_and_settings(regularizer: Regularizer) -> Tuple[str, Dict[str, Any]]:
    if isinstance(regularizer, str):
        return regularizer, {}
    if isinstance(regularizer, dict) and isinstance(regularizer.get("name"), str):
        return regularizer["name"], {key: value for key, value in regularizer.items() if key != "name"}
    raise TypeError(
        f"regularizer = {shown(regularizer)}; allowed: a name of bregman.torch.regularizers(), or a dict with the name and settings; "
        'for example "l1" or {"name": "elastic_net", "ratio": 0.5}'
    )


def rate_of(group: Dict[str, Any], index: int) -> float:
    """The learning rate of a group, which torch lets be a number or a tensor of one."""
    try:
        return float(group["lr"])
    except (TypeError, ValueError):
        raise TypeError(f"lr of group {index} = {shown(group['lr'])}; allowed: a number") from None


def targets_of(target: Target) -> List[float]:
    """The target of each epoch; a number is one for all of them."""
    if isinstance(target, str) or not hasattr(target, "__iter__") or getattr(target, "ndim", 1) == 0:
        return [target]  # type: ignore[list-item]
    return list(target)  # type: ignore[arg-type]


def parts_of(group: Dict[str, Any], index: int) -> List[Dict[str, Any]]:
    """The parameter groups of the library that a group of torch's is: one, or two where the regularizer is "auto"."""
    title = f"group {index}" if group["name"] is None else group["name"]
    if not isinstance(title, str):
        raise TypeError(f"name of group {index} = {shown(title)}; allowed: a text; it is of type {type(title).__name__}")
    if not isinstance(group["counted"], bool):
        raise TypeError(f'counted of group "{title}" = {shown(group["counted"])}; allowed: True or False')
    for key in OF_THE_OPTIMIZER:
        if key in group:
            raise ValueError(f'{key} of group "{title}" = {shown(group[key])}; allowed: none; it is a setting of the whole optimizer, if it '
                             "has it")
    kept = {key: group[key] for key in ("lambda_scale", "counted", "least_density", "target")}
    kept["lr"] = rate_of(group, index)
    name, settings = name_and_settings(group["regularizer"])
    params = group["params"]
    if name != "auto" or settings:
        return [dict(kept, name=title, regularizer=(name, settings), tensors=params, places=list(range(len(params))))]
    parts: List[Dict[str, Any]] = []
    for is_weight, part_name, regularizer in ((True, "weights", "l1"), (False, "rest", "none")):
        places = [i for i, p in enumerate(params) if (p.dim() >= 2) == is_weight]
        if places:
            own = {} if is_weight else dict(target=None, least_density=0.0)
            parts.append({**kept, **own, "name": group["name"] or part_name, "regularizer": (regularizer, {}),
                          "tensors": [params[i] for i in places], "places": places})
    return parts


class KnownGroup:
    """A parameter group as the library was told of it, and where its parts are in the library's list of groups."""

    __slots__ = ("params", "kept", "first", "sizes")

    def __init__(self, group: Dict[str, Any], first: int, sizes: List[int]) -> None:
        self.params = list(group["params"])
        self.kept = {key: copy.deepcopy(group[key]) for key in _KEPT}
        self.first = first
        self.sizes = sizes

    def check(self, group: Dict[str, Any], index: int) -> None:
        for key, value in self.kept.items():
            if group[key] != value:
                raise ValueError(f"{key} of group {index} = {shown(group[key])}; allowed: {shown(value)}, as it was; only lr may change, so make "
                                 "a new optimizer")
        params = group["params"]
        if len(params) != len(self.params) or any(p is not q for p, q in zip(params, self.params)):
            raise ValueError(f"params of group {index} = other tensors than before; allowed: the same; add parameters with "
                             "add_param_group(), or make a new optimizer")
