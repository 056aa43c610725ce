"""Which backend of the library steps where the tensors are."""

from typing import Iterable, Optional, Tuple

import torch

from . import _torch

_BUILD = "BREGMAN_CUDA=1 pip install --force-reinstall --no-cache-dir --no-deps"


def built_with_cuda() -> bool:
    """Whether this build steps CUDA tensors; whether there is a GPU, ``torch.cuda.is_available()`` says."""
    return _torch.device_system == "cuda"


def backend_of(parameters: Iterable[Tuple[int, str, torch.Tensor]]) -> str:
    """The backend for parameters (number, group's name, tensor): "eigen" on the CPU, "thrust" on a GPU.

    Errors: ValueError for tensors on several devices, and for a device that this build has no steps for.
    """
    common: Optional[torch.device] = None
    for number, group, p in sorted(parameters, key=lambda each: each[0]):
        where = f'parameter {number} (group "{group}") device = {p.device}; allowed: '
        if common is None:
            common = p.device
            if common.type == "cuda" and not built_with_cuda():
                raise ValueError(f"{where}cpu, for this build of bregman.torch is without CUDA; build it again where nvcc is, with "
                                 f"{_BUILD}, or move the model with model.cpu()")
            if common.type not in ("cpu", "cuda"):
                raise ValueError(f"{where}cpu{' or cuda' if built_with_cuda() else ''}; move the model there with model.to()")
        elif p.device != common:
            raise ValueError(f"{where}{common}, that of parameter 0; move the whole model to one device with model.to()")
    # Built for tests, Thrust steps on the CPU.
    on_thrust = _torch.device_system == "omp" or (common is not None and common.type == "cuda")
    return "thrust" if on_thrust else "eigen"
