"""Builds the extension modules of bregman: bregman._numpy, and bregman._torch where a torch is installed.

The torch is the one that the program will import: pip's isolated builds hide it, so it is looked for outside of them too.

    BREGMAN_TORCH=/path/to/site-packages/torch   which torch, instead of the one of this interpreter; "none" leaves it out
    BREGMAN_CXXFLAGS="-O3 -march=native"          further flags for the compiler, after the others
    EIGEN3_INCLUDE_DIR=/path/to/eigen3            the folder that holds Eigen/Core
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
print(json.dumps({"folder": os.path.dirname(torch.__file__), "version": torch.__version__,
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


def torch_module(torch):
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
        ["src/torch_module.cpp"],
        libraries=["c10", "torch", "torch_cpu", "torch_python"],
        library_dirs=[str(Path(torch["folder"], "lib"))],
        define_macros=[
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


def modules():
    """All extension modules that can be built here."""
    numpy_sources = ["src/numpy_module.cpp", "src/numpy_optimizers.cpp", "src/numpy_solvers.cpp"]
    found = [Extension("bregman._numpy", numpy_sources, language="c++", depends=sources())]
    torch = find_torch()
    if torch:
        print(f"bregman: bregman.torch is built over torch {torch['version']} in {torch['folder']}")
        found.append(torch_module(torch))
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
        super().build_extensions()


class sdist_with_headers(sdist):
    """A source distribution that holds the library and its version number."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        shutil.copytree(root / "include" / "bregman", Path(base_dir, "include", "bregman"), dirs_exist_ok=True)
        for name in ("CMakeLists.txt", "LICENSE"):
            shutil.copy(root / name, base_dir)


setup(
    version=version(),
    ext_modules=modules(),
    cmdclass={"build_ext": build_modules, "sdist": sdist_with_headers},
)
