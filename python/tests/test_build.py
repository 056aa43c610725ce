"""What setup.py does not build, by its sentences: over a torch that only says of itself what the test wants."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

setup = Path(__file__).resolve().parents[1] / "setup.py"


@pytest.fixture
def refused(tmp_path):
    """refused(cuda, version, NVCC's release, environment): what setup.py ends with."""

    def run(cuda="13.0", version="2.15.0", nvcc="13.0", **environment):
        torch = tmp_path / "torch"
        api = torch / "include" / "torch" / "csrc" / "api" / "include" / "torch"
        api.mkdir(parents=True)
        (api / "torch.h").touch()
        (torch / "__init__.py").write_text(
            f'__version__ = "{version}"\nclass version: cuda = {cuda!r}\nclass _C: _GLIBCXX_USE_CXX11_ABI = True\n')
        if nvcc:
            (tmp_path / "bin").mkdir()
            (tmp_path / "bin" / "nvcc").write_text(f'#!/bin/sh\necho "Cuda compilation tools, release {nvcc}, V{nvcc}.88"\n')
            (tmp_path / "bin" / "nvcc").chmod(0o755)
        environment = {"BREGMAN_CUDA": "1", "CUDA_HOME": str(tmp_path), "BREGMAN_TORCH": str(torch), **environment}
        ran = subprocess.run([sys.executable, str(setup), "--version"], cwd=setup.parent, capture_output=True, text=True,
                             env={**os.environ, **environment})
        return ran.stderr.strip().splitlines()[-1] if ran.returncode else ran.stdout

    return run


@pytest.mark.parametrize("settings, sentence", [
    (dict(cuda=None), "needs a torch with CUDA, and torch 2.15.0 is without: install another"),
    (dict(version="2.0.1"), "needs torch 2.1 or later, whose headers nvcc reads as C++20, and this is torch 2.0.1"),
    (dict(nvcc="12.8"), "needs nvcc of CUDA 13, with which torch 2.15.0 was built: {CUDA_HOME}/bin/nvcc is of CUDA 12; install the toolkit"),
    (dict(nvcc=None), "needs nvcc of CUDA 13, with which torch 2.15.0 was built: there is none in {CUDA_HOME}; install the toolkit"),
    (dict(BREGMAN_TORCH="none"), "needs a torch to build over, and there is none"),
    (dict(BREGMAN_CUDA_ARCHITECTURES="90 8.0"), 'BREGMAN_CUDA_ARCHITECTURES = "90 8.0"; allowed: numbers as in "75 80 90"; "8.0" is none'),
    (dict(BREGMAN_CUDA="yes"), 'BREGMAN_CUDA = "yes"; allowed: 0 or 1'),
    (dict(BREGMAN_CUDA="0", BREGMAN_TORCH_DEVICE="tbb"), 'BREGMAN_TORCH_DEVICE = "tbb"; allowed: omp'),
])
def test_what_lacks_is_said(refused, tmp_path, settings, sentence):
    pytest.importorskip("pybind11")
    assert sentence.format(CUDA_HOME=tmp_path) in refused(**settings)


def test_what_fits_is_taken(refused, tmp_path):
    pytest.importorskip("pybind11")
    said = refused(BREGMAN_CUDA_ARCHITECTURES="90")
    assert f"bregman.torch steps CUDA tensors, compiled by {tmp_path}/bin/nvcc" in said
