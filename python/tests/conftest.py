"""Settings of all tests."""

import os

import pytest

# The tests' arrays are small: threads that wait for each other cost more than they do, above all on a busy machine.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")


def why_not_on_cuda():
    """What CUDA tensors lack here; "" where they can be stepped."""
    import torch

    from bregman.torch import built_with_cuda

    if not built_with_cuda():
        return "bregman.torch was built without CUDA"
    return "" if torch.cuda.is_available() else "there is no GPU here"


@pytest.fixture(params=["cpu", "cuda"])
def device(request):
    """Each device that tensors may be on."""
    if request.param == "cuda" and why_not_on_cuda():
        pytest.skip(why_not_on_cuda())
    return request.param
