"""Builds the extension modules of bregman: bregman._numpy, and bregman._torch where a torch is installed.

The torch is the one that the program will import: pip's isolated builds hide it, so it is looked for outside of them too.

    BREGMAN_TORCH=/path/to/site-packages/torch   which torch, instead of the one of this interpreter; "none" leaves it out
    BREGMAN_CXXFLAGS="-O3 -march=native"          further flags for the compiler, after the others
    EIGEN3_INCLUDE_DIR=/path/to/eigen3            the folder that holds Eigen/Core
    BREGMAN_CUDA=1                                CUDA tensors too: nvcc of the CUDA that the torch was built with
    CUDA_HOME=/path/to/cuda                       its toolkit, instead of the one on the PATH or in /usr/local
    BREGMAN_CUDA_ARCHITECTURES="80 90"            for which GPUs; else for those of this machine, or 75, 80 and 90
    BREGMAN_TORCH_DEVICE=omp                      for tests: what BREGMAN_CUDA=1 adds, for tensors of the CPU, by Thrust's OpenMP
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pybind11
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

here = Path(__file__).resolve().parent
# A source distribution holds what it needs of the repository; a checkout has it one folder up.
root = here if (here / "include" / "bregman").is_dir() else here.parent


def version():
    """The project's one version number, which stands in CMakeLists.txt."""
    found = re.search(r"project\(bregman VERSION (\S+)", (root / "CMakeLists.txt").read_text())
    if not found:
        raise SystemExit(f"bregman: {root / 'CMakeLists.txt'} names no version")
    return found.group(1)


def eigen():
    """The folder of Eigen's headers."""
    given = os.environ.get("EIGEN3_INCLUDE_DIR")
    folders = [given] if given else []
    for prefix in (sys.prefix, "/usr", "/usr/local", "/opt/homebrew"):
        folders.append(f"{prefix}/include/eigen3")
    for folder in folders:
        if Path(folder, "Eigen", "Core").is_file():
            return folder
    raise SystemExit(
        f"bregman: there is no Eigen/Core in {', '.join(folders)}: install libeigen3-dev (3.4), "
        "or name its folder in EIGEN3_INCLUDE_DIR"
    )


look_at_torch = """
import json, os, sys
given = os.environ.get("BREGMAN_TORCH")
if given: sys.path.insert(0, os.path.dirname(os.path.abspath(given)))
import torch
print(json.dumps({"folder": os.path.dirname(torch.__file__), "version": torch.__version__, "cuda": torch.version.cuda,
                  "python": list(sys.version_info[:2]), "cxx11_abi": bool(torch._C._GLIBCXX_USE_CXX11_ABI)}))
"""


def find_torch():
    """Folder, version and ABI of the torch to build over; None where there is none."""
    if os.environ.get("BREGMAN_TORCH") == "none":
        return None
    # pip hides what is installed by these; what it hides is what the program will import.
    outside = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONNOUSERSITE", "PYTHONHOME")}
    interpreters = [(sys.executable, os.environ), (sys.executable, outside)]
    if "VIRTUAL_ENV" in os.environ:  # `python -m build` makes an environment beside it
        interpreters.append((os.path.join(os.environ["VIRTUAL_ENV"], "bin", "python"), outside))
    for interpreter, environment in interpreters:
        try:
            ran = subprocess.run([interpreter, "-c", look_at_torch], env=environment, capture_output=True, text=True)
        except OSError:
            continue
        if ran.returncode == 0:
            found = json.loads(ran.stdout.splitlines()[-1])
            if found["python"] == list(sys.version_info[:2]):
                return found
    if os.environ.get("BREGMAN_TORCH"):
        raise SystemExit(f"bregman: there is no torch for this Python in {os.environ['BREGMAN_TORCH']} (BREGMAN_TORCH)")
    return None


def find_nvcc(torch):
    """The nvcc of the CUDA that the torch was built with."""
    built = f"torch {torch['version']}"
    if not torch["cuda"]:
        raise SystemExit(f"bregman: BREGMAN_CUDA=1 needs a torch with CUDA, and {built} is without: install another, or leave it out")
    if tuple(int(number) for number in torch["version"].split(".")[:2]) < (2, 1):
        raise SystemExit(f"bregman: BREGMAN_CUDA=1 needs torch 2.1 or later, whose headers nvcc reads as C++20, and this is {built}")
    major = torch["cuda"].split(".")[0]
    given = os.environ.get("CUDA_HOME")
    programs = [f"{given}/bin/nvcc"] if given else [shutil.which("nvcc"), "/usr/local/cuda/bin/nvcc", f"/usr/local/cuda-{major}/bin/nvcc"]
    others = []
    for program in dict.fromkeys(filter(None, programs)):
        try:
            said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
        except OSError:
            continue
        version = re.search(r"release (\d+)\.\d+", said)
        if version and version.group(1) == major:
            return os.path.realpath(program)
        others.append(f"{program} is of CUDA {version.group(1)}" if version else f"{program} tells no version")
    raise SystemExit(
        f"bregman: BREGMAN_CUDA=1 needs nvcc of CUDA {major}, with which {built} was built: "
        f"{', '.join(others) or 'there is none in ' + (given or 'the PATH and /usr/local')}; install the toolkit, or name it in CUDA_HOME"
    )


def cuda_architectures():
    """nvcc's flags: code for each architecture, and for later GPUs what their driver compiles."""
    given = os.environ.get("BREGMAN_CUDA_ARCHITECTURES", "")
    wanted = [name for name in re.split(r"[\s,;]+", given) if name]
    for name in wanted:
        if not re.fullmatch(r"\d{2,3}[af]?", name):
            raise SystemExit(f'bregman: BREGMAN_CUDA_ARCHITECTURES = "{given}"; allowed: numbers as in "75 80 90"; "{name}" is none')
    if not wanted:
        try:
            ask = ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"]
            here = subprocess.run(ask, capture_output=True, text=True).stdout
            wanted = sorted({found.replace(".", "") for found in re.findall(r"^\d+\.\d$", here, re.M)}, key=int)
        except OSError:
            pass
    wanted = wanted or ["75", "80", "90"]  # as CMake and scripts/gpu-check have it
    flags = [flag for name in wanted for flag in ("-gencode", f"arch=compute_{name},code=sm_{name}")]
    return [*flags, "-gencode", f"arch=compute_{wanted[-1]},code=compute_{wanted[-1]}"]


class device_unit:
    """How src/torch_device.cu is compiled, and what it is linked with."""

    def __init__(self, torch):
        cuda, other = os.environ.get("BREGMAN_CUDA", ""), os.environ.get("BREGMAN_TORCH_DEVICE", "")
        for name, value, known in (("BREGMAN_CUDA", cuda, ("", "0", "1")), ("BREGMAN_TORCH_DEVICE", other, ("", "omp"))):
            if value not in known:
                raise SystemExit(f'bregman: {name} = "{value}"; allowed: {" or ".join(known[1:])}; leave it out for the CPU alone')
        self.system = "cuda" if cuda == "1" else other or "none"
        self.libraries, self.library_dirs = [], []
        if self.system == "none":
            return
        if not torch:
            raise SystemExit("bregman: BREGMAN_CUDA=1 needs a torch to build over, and there is none in this Python: install it first")
        if self.system == "cuda":
            self.nvcc, self.architectures = find_nvcc(torch), cuda_architectures()
            toolkit = Path(self.nvcc).parent.parent
            # The one that torch has loaded, for the current device is its: so it is not linked statically.
            self.libraries = ["cudart"]
            self.library_dirs = [str(toolkit / folder) for folder in ("lib64", "lib", "targets/x86_64-linux/lib")]
            print(f"bregman: bregman.torch steps CUDA tensors, compiled by {self.nvcc}")

    def macros(self):
        found = [("BREGMAN_DEVICE_SYSTEM", f'"{self.system}"')]
        return found if self.system == "none" else [*found, ("BREGMAN_WITH_DEVICE", None)]

    def command(self, compiler, flags):
        """The compiler and its flags; `flags` are those of a host compiler."""
        if self.system != "cuda":
            return [*compiler, "-x", "c++", "-DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_OMP", *flags]
        host = shlex.split(os.environ.get("CXX", "g++"))[-1]  # the last word: there may be a ccache before
        found = [self.nvcc, "-ccbin", host, "--expt-relaxed-constexpr", "-Xcompiler=-fPIC", *self.architectures]
        is_value = False
        for flag in flags:
            understood = is_value or re.match(r"-(D|I|std=|O\d|c$|isystem$)", flag)
            found += [flag] if understood else ["-Xcompiler", flag]
            is_value = flag == "-isystem"
        return found


def torch_module(torch, device):
    """bregman._torch over that torch."""
    include = Path(torch["folder"], "include")
    if not (include / "torch" / "csrc" / "api" / "include" / "torch" / "torch.h").is_file():
        raise SystemExit(
            f"bregman: torch {torch['version']} has no C++ headers in {include}: install them (Debian: libtorch-dev), "
            "or leave torch out with BREGMAN_TORCH=none"
        )
    headers = [str(include), str(include / "torch" / "csrc" / "api" / "include")]
    return Extension(
        "bregman._torch",
        ["src/torch_module.cpp"] + ([] if device.system == "none" else ["src/torch_device.cu"]),
        libraries=["c10", "torch", "torch_cpu", "torch_python", *device.libraries],
        library_dirs=[str(Path(torch["folder"], "lib")), *device.library_dirs],
        define_macros=[
            *device.macros(),
            ("_GLIBCXX_USE_CXX11_ABI", str(int(torch["cxx11_abi"]))),
            ("BREGMAN_BUILT_OVER_TORCH", f'"{torch["version"]}"'),
        ],
        # torch's own pybind11, where it brings one, is the one that fits its headers
        extra_compile_args=[flag for folder in headers for flag in ("-isystem", folder)],
        language="c++",
        depends=sources(),
    )


def sources():
    """What a change of rebuilds a module."""
    return [str(path.relative_to(here)) for path in sorted(here.glob("src/*.hpp"))]


def modules(torch, device):
    """All extension modules that can be built here."""
    numpy_sources = ["src/numpy_module.cpp", "src/numpy_optimizers.cpp", "src/numpy_solvers.cpp"]
    found = [Extension("bregman._numpy", numpy_sources, language="c++", depends=sources())]
    if torch:
        print(f"bregman: bregman.torch is built over torch {torch['version']} in {torch['folder']}")
        found.append(torch_module(torch, device))
    else:
        print("bregman: there is no torch in this Python, so bregman.torch is left out; install torch and build again")
    return found


class build_modules(build_ext):
    """Flags that all modules share. They come after Python's own, so that the last -O and -g win."""

    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or min(2, os.cpu_count() or 1)  # a module takes 2 GB of memory while it is compiled

    def build_extensions(self):
        flags = ["-std=c++20", "-O2", "-g0", "-fopenmp", "-fvisibility=hidden", "-DNDEBUG"]
        flags += [f'-DBREGMAN_VERSION="{version()}"', f"-I{root / 'include'}"]
        # -isystem keeps warnings of others' headers out; torch's come before pybind11's
        others = ["-isystem", pybind11.get_include(), "-isystem", eigen()]
        for extension in self.extensions:
            extension.extra_compile_args = (
                flags + extension.extra_compile_args + others + shlex.split(os.environ.get("BREGMAN_CXXFLAGS", ""))
            )
            extension.extra_link_args = ["-fopenmp", "-s"]
        self.take_cu_files()
        super().build_extensions()

    def take_cu_files(self):
        """setuptools knows no .cu files, and asks _compile for each file."""
        compiler, compile_other = self.compiler, self.compiler._compile
        compiler.src_extensions = [*compiler.src_extensions, ".cu"]

        def compile_one(target, source, suffix, first_flags, flags, macros):
            if suffix != ".cu":
                return compile_other(target, source, suffix, first_flags, flags, macros)
            host = getattr(compiler, "compiler_so_cxx", compiler.compiler_so)
            compiler.spawn([*device.command(host, [*first_flags, *flags]), source, "-o", target])

        compiler._compile = compile_one


class sdist_with_headers(sdist):
    """A source distribution that holds the library and its version number."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        shutil.copytree(root / "include" / "bregman", Path(base_dir, "include", "bregman"), dirs_exist_ok=True)
        for name in ("CMakeLists.txt", "LICENSE"):
            shutil.copy(root / name, base_dir)


torch = find_torch()
device = device_unit(torch)
setup(
    version=version(),
    ext_modules=modules(torch, device),
    cmdclass={"build_ext": build_modules, "sdist": sdist_with_headers},
)
