#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "laws.hpp"
#include "numpy_parts.hpp"

/// \file
/// bregman._numpy: what the Python package calls for laws. Its Python files have the docstrings.

namespace {

namespace py = pybind11;
using namespace bregman::python;

/// A law that is asked by hand, with observations made in Python.
class made_law {
  public:
    explicit made_law(py::handle law) : law_(law_from<double>(law)) {}

    double ask(py::handle seen) {
        auto what = observation_from_python<double>(seen);
        return law_(what);
    }

    /// Settings and what the law remembers, by the names of state files.
    py::dict state() {
        law_.check_can_be_saved();
        keyword_getter get;
        law_.visit(get);
        return get.fields;
    }
    /// Takes what state() has returned; what is refused changes nothing.
    void load(const py::dict& state) {
        auto next = law_;
        next.visit([&](std::string_view name, auto& value) {
            const py::str key{std::string(name)};
            if (!state.contains(key))
                bregman::refuse("state of the law " + law_.name, "one without " + std::string(name),
                                "what state() returned", "load the state of a law with the same settings");
            value = py::cast<std::remove_cvref_t<decltype(value)>>(state[key]);
        });
        next.validate();
        law_ = next;
    }

  private:
    bregman::any_law<double> law_;
};

void add_laws(py::module_& module) {
    module.def("law_names", &law_names, "The laws that can be given by name.");
    module.def("law_modifier_names", &law_modifier_names, "What can be put around a law.");
    module.def("law_defaults", &law_defaults, py::arg("name"), "The settings of a law, with their defaults.");
    module.def(
        "check_law", [](py::handle law) { (void)law_from<double>(law); }, py::arg("law"),
        "Raises what an optimizer would raise for this law.");
    py::class_<made_law>(module, "made_law", "A law that is asked by hand.")
        .def(py::init<py::handle>(), py::arg("law"))
        .def("__call__", &made_law::ask, py::arg("seen"), "The new lambda.")
        .def("state", &made_law::state, "Settings and what the law remembers.")
        .def("load", &made_law::load, py::arg("state"), "Takes what state() has returned.");
}

} // namespace

PYBIND11_MODULE(_numpy, module) {
    module.doc() = "Laws, optimizers and solvers for numpy arrays: the extension below bregman.";
    add_laws(module);
    add_optimizers(module);
    add_solvers(module);
}
