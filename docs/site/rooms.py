"""What is public, by rooms of include/bregman: the API reference has one page for each, and Doxygen must find all of it documented.

Public is what a user names: the doors, the policies and their contracts, solvers, operators, problems, tensors, files, the
processes' communicators, sparse models, LibTorch's adapter. Not public, and not here: how a step is made (step/, but for its
settings and its report), what is inside a backend, base/, and the parts that solvers are put together from (NOT_PUBLIC).
A header that is new in a public room is public.
"""

# slug: title, one sentence, headers in the order of the page ("*" is all others of the room, by name)
ROOMS = {
    "optimizer": ("The optimizer", "The optimizer, its named combinations, its settings and its loop.",
                  ["bregman.hpp", "optimizer.hpp", "aliases.hpp", "step/settings.hpp", "step/state.hpp", "minimize.hpp"]),
    "concepts": ("Contracts", "What a policy, a backend and a communicator must have: every concept of the library.",
                 ["concepts.hpp", "distributed/communicator.hpp"]),
    "control": ("Control laws", "lambda <- law(observation).", ["control/observation.hpp", "control/*"]),
    "regularizers": ("Regularizers", "J, by its value, its subgradient and its prox.", ["regularizers/*"]),
    "mirror_maps": ("Mirror maps", "phi, by its gradient and the inverse of that.", ["mirror_maps/*"]),
    "directions": ("Directions", "What is subtracted from v.", ["directions/*"]),
    "observers": ("Observers", "What looks on while minimize() runs.", ["observers/*"]),
    "policy": ("For authors of policies", "What a policy may include and call, on numbers and on SIMD registers.", ["policy/*"]),
    "tensors": ("Tensors and parameters", "What the user owns: tensors, lists of parameters, their sparsity.", ["tensors/*"]),
    "solvers": ("Solvers", "Solvers for A x = b and for penalised problems, their settings, results and certificates.",
                ["solvers.hpp", "solvers/recover.hpp", "solvers/result.hpp", "solvers/stop_rule.hpp", "solvers/*"]),
    "operators": ("Operators", "What A may be.", ["operators/linear_operator.hpp", "operators/*"]),
    "problems": ("Problems", "Problems with known solutions, for tests and lessons.", ["problems/*"]),
    "io": ("State files", "Save a run, load it elsewhere, continue.", ["io/*"]),
    "backends": ("Backends", "Where the numbers live.",
                 ["backends/eigen.hpp", "backends/thrust.hpp", "backends/thrust/backend.hpp",
                  "backends/thrust/device_steps.hpp"]),
    "torch": ("LibTorch", "The optimizers as torch::optim::Optimizer.", ["torch.hpp", "torch_thrust.hpp", "torch/*"]),
    "distributed": ("Many processes", "Communicators, and gradients averaged among processes.", ["distributed/*"]),
    "sparse": ("Sparse models", "The matrix of a sparse layer, its products, and layers on it.", ["sparse/*", "sparse/layers/*"]),
}

NOT_PUBLIC = """
    control/common_settings.hpp regularizers/total_variation_ascent.hpp io/replace_file.hpp
    solvers/consistency.hpp solvers/curvature.hpp solvers/dual_problem.hpp solvers/dual_steps.hpp solvers/metered_operator.hpp
    solvers/penalised_certificate.hpp solvers/penalised_loop.hpp solvers/primal_map.hpp solvers/proximal_iteration.hpp
    solvers/restricted_operator.hpp solvers/support_completion.hpp
    distributed/agreement.hpp distributed/place.hpp distributed/shared_files.hpp distributed/shared_selection.hpp
    distributed/theta_exchange.hpp
    torch/resident_steps.hpp torch/tensor_view.hpp
    sparse/kernels.hpp sparse/panels.hpp sparse/processor.hpp sparse/layers/layer_weights.hpp sparse/layers/windows.hpp
""".split()

# Names of public headers that are none for users: type functions of the contracts, what at() of a direction returns, parts of
# solvers, macros that a header needs for itself.
NOT_PUBLIC_NAMES = """
    *::contract *::contract::* bregman::step bregman::step::* bregman::kernel bregman::kernel::* bregman::state_format
    bregman::state_format::* *::increment std std::*
    bregman::adjoint_of bregman::correct_dual bregman::mean_column_squares bregman::delta_schedule bregman::row_sampler
    bregman::sparse_recovery_run bregman::stop_monitor bregman::joint_curvature BREGMAN_*
""".split()


def headers_of(include):
    """{slug: [header, ...]}, as paths below include/bregman, each public header once."""
    taken, rooms = set(), {}
    named = {h for _, _, patterns in ROOMS.values() for h in patterns if not h.endswith("*")}
    for slug, (_, _, patterns) in ROOMS.items():
        rooms[slug] = []
        for pattern in patterns:
            found = sorted(str(p.relative_to(include)) for p in include.glob(pattern) if p.is_file())
            if not found:
                raise SystemExit(f"docs: docs/site/rooms.py names {pattern}, and there is no such header")
            for header in found:
                if header in taken or header in NOT_PUBLIC or ("*" in pattern and header in named):
                    continue
                taken.add(header)
                rooms[slug].append(header)
    gone = [h for h in NOT_PUBLIC if not (include / h).is_file()]
    if gone:
        raise SystemExit(f"docs: docs/site/rooms.py leaves out headers that are gone: {' '.join(gone)}")
    return rooms


if __name__ == "__main__":
    import pathlib
    for slug, headers in headers_of(pathlib.Path(__file__).resolve().parents[2] / "include/bregman").items():
        print(slug, len(headers), *headers)
