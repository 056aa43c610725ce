"""Reads a Spack recipe with stand-ins for what Spack gives it, and prints its name, versions and CMake arguments as JSON.

usage: spack_recipe.py package.py
"""

import importlib.util
import json
import sys
import types

versions, needs = [], []
spack = types.ModuleType("spack.package")
spack.version = lambda number, **how: versions.append(number)
spack.depends_on = lambda spec, **how: needs.append(spec)
spack.conflicts = lambda spec, **how: None
spack.license = lambda name, **how: None
spack.__all__ = ["version", "depends_on", "conflicts", "license"]


class CMakePackage:
    def define(self, name, value):
        return f"-D{name}:BOOL={'ON' if value else 'OFF'}"


systems = types.ModuleType("spack_repo.builtin.build_systems.cmake")
systems.CMakePackage = CMakePackage
for name in ("spack", "spack_repo", "spack_repo.builtin", "spack_repo.builtin.build_systems"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["spack.package"], sys.modules["spack_repo.builtin.build_systems.cmake"] = spack, systems

spec = importlib.util.spec_from_file_location("recipe", sys.argv[1])
recipe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recipe)
print(json.dumps({"name": recipe.Bregman.__name__.lower(), "versions": versions, "needs": needs,
                  "cmake_args": recipe.Bregman().cmake_args()}))
