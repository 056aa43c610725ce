"""What the members mean that a contract asks for: a policy has them because of its contract, and no docstring of its own for each.

By the room of the API reference (rooms.py), "*" for all rooms: name -> what it is. The reference shows these sentences, with a
link to the contract, where a docstring is silent, and only there.
"""

CONTRACT = {  # room -> the page that has the table of valid expressions
    "control": "docs/concepts/control_law.md", "regularizers": "docs/concepts/regularizer.md",
    "mirror_maps": "docs/concepts/mirror_map.md", "directions": "docs/concepts/direction.md",
    "observers": "docs/concepts/observer.md", "operators": "docs/solvers/operators.md", "solvers": "docs/solvers/settings.md",
    "backends": "docs/concepts/backend.md", "distributed": "docs/distributed.md", "concepts": "docs/distributed.md",
    "policy": "docs/concepts/regularizer.md", "tensors": "docs/concepts/tensor.md", "sparse": "docs/sparse.md",
    "torch": "docs/libtorch.md", "problems": "docs/concepts/observer.md", "optimizer": "docs/optimizer.md",
    "io": "docs/state_files.md",
}

_operator = {
    "rows": "The length of A x.",
    "cols": "The length of x.",
    "apply": "y = A x; resizes y.",
    "apply_transposed": "x = A^T y, the adjoint for complex numbers; resizes x.",
    "normal": "residual = A x - b and gradient = A^T residual in one pass.",
    "apply_on_support": "y = A x from the columns in support.",
    "columns": "The columns in support, as a matrix.",
    "norm_squared": "||A||^2, the largest singular value squared.",
}

_pair = {
    "apply": "theta = grad (phi + lambda J)^*(v), by the closed form of this pair.",
    "group_factor": "What a group of that norm and size is multiplied by.",
    "first": "The first half of the step of a whole tensor, element by element.",
    "whole": "The second half, on the tensor.",
}

MEMBERS = {
    "*": {
        "name": "What state files and reports call it.",
        "validate": "Throws std::invalid_argument by name, with range and remedy, when a setting is out of its range. Whoever "
                    "is given the settings calls it.",
        "visit": "Names each field once: state files save, load and compare by it.",
        "scalar": "The type of the numbers.",
        "settings": "What it can be told.",
        "get_settings": "The settings that it was made with.",
        "check_can_be_saved": "Throws std::invalid_argument, by name, for a law with state and without visit.",
        "real": "The real type below the scalar.",
        "report": "What a step returns: step_report.",
        "parameter_list": "The list of tensors that it takes.",
        "optimizer_type": "The type of the optimizer.",
        "method_type": "What step/ works on: policies, settings and state.",
    },
    "control": {
        "operator()": "The lambda to use from the next step on, finite and >= 0.",
        "acts_at_once": "Whether theta is computed again with the new lambda in the same step.",
        "runs_on_device": "The law can be asked where theta lives, without a copy to the host.",
        "needs_lambda_for": "The law asks for lambda_for(...): a regularizer without critical_lambda is refused.",
        "asks_for_lambda": "On a device: whether the law wants lambda_for(target) now.",
        "towards": "On a device: the lambda to use when `found` is the one for the target.",
        "ignores_lambda": "The law's answer does not depend on the lambda that it sees.",
    },
    "regularizers": {
        **_pair,
        "value": "J, of an element or of the whole tensor.",
        "subgradient": "The smallest element of the subdifferential of J.",
        "prox": "argmin over u of t J(u) + ||u - x||^2 / 2.",
        "critical_lambda": "The lambda at which the element, or the group of that norm and size, becomes zero.",
        "groups": "How a tensor of that shape is cut into groups. Throws std::invalid_argument for a shape that it does not take.",
        "group_value": "j(norm, size) of one group.",
        "group_subgradient": "p_g = this * theta_g.",
        "group_prox": "prox(x)_g = this * x_g.",
        "within": "The element-wise regularizer that is added to J; its prox goes first.",
        "of_single_elements": "The element-wise regularizer that groups of one element reduce to.",
        "at": "The regularizer of the element at that place.",
        "polar": "The least s with z in s dJ(0), or a bound above it: duality gaps need it.",
        "is_homogeneous": "J(c x) = c J(x) for c > 0, element by element.",
        "is_seminorm": "J(c x) = |c| J(x): the dual of a problem with this J is known.",
        "is_interval": "J is the indicator of an interval.",
        "ignores_lambda": "J is 0 or infinite, and lambda changes nothing.",
        "warm_start": "What a prox keeps for the next one, which starts there.",
    },
    "mirror_maps": {
        "to_dual": "grad phi.",
        "to_primal": "grad phi^*, the inverse of to_dual.",
        "value": "phi of one element.",
        "conjugate": "phi^* of one element.",
        "at": "The mirror map of the element at that place.",
        "is_even": "phi(-x) = phi(x).",
        "is_positive": "phi lives on x > 0.",
    },
    "directions": {
        "moments": "Buffers of the size of theta that it needs, 0 to 3.",
        "default_step_size": "tau where the settings say none.",
        "at": "The constants of this step, counted from 1: a function of g and the moments that returns what is subtracted from v.",
        "remember": "The number >= 0 that is kept for each tensor, from the one before and from what this step has seen.",
        "direction": "The direction that is changed.",
    },
    "observers": {
        "operator()": "Called by minimize() after each step; false ends the run.",
    },
    "operators": {**_operator, "kept": "The positions that are measured, as they were given."},
    "solvers": {
        **_operator,
        "value": "l(p, b) of one element.",
        "gradient": "The derivative of l in p.",
        "conjugate": "sup over p of u p - l(p, b), infinity where there is none: the duality gap needs it.",
        "curvature": "A bound of the second derivative.",
        "stop": "When to end: stop_rule.",
        "observer": "Whom each iterate is shown to: any callable, see solver_observer.",
        "intercept": "argmin over c of sum l(p_i + c, b_i).",
        "validate_intercept": "Throws std::invalid_argument where no finite intercept is best.",
    },
    "backends": {
        "buffer": "Memory that the backend owns.",
        "stored": "What theta and the gradient are stored in.",
        "zeros": "A buffer of n zeros.",
        "data": "Where a buffer lies.",
        "size": "The length of a buffer.",
        "chunk_size": "The elements that one thread takes at a time.",
        "sum_of_squares": "The sum of squares of n numbers, in double.",
        "to_host": "A copy on the host.",
        "to_device": "Writes numbers of the host into a buffer.",
        "order_statistics": "The k-th smallest of n numbers and the one after it.",
    },
    "concepts": {
        "rank": "The number of this process, from 0.",
        "size": "The number of processes.",
        "add_up": "Each number becomes its sum over all processes.",
        "gather": "The bytes of each process.",
        "broadcast": "The bytes of one process.",
    },
    "policy": _pair,
    "sparse": {
        "inputs": "Channels, or features, of what goes in.",
        "outputs": "Channels, or features, of what comes out.",
        "weights": "The weights as they are kept for the product.",
    },
}
MEMBERS["distributed"] = MEMBERS["concepts"]
