#pragma once

#include <pybind11/pybind11.h>

/// \file
/// What bregman._numpy is made of. Each part is a file of its own, so that none takes long to compile.

namespace bregman::python {

void add_optimizers(pybind11::module_& module);
void add_solvers(pybind11::module_& module);

} // namespace bregman::python
