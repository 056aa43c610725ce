#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "numpy_optimizer.hpp"
#include "numpy_parts.hpp"

namespace bregman::python {

namespace {

std::unique_ptr<numpy_optimizer> make_optimizer(bool is_double, const py::object& method, const py::object& mirror_map,
                                                const py::object& regularizer, const py::object& law, double target,
                                                std::optional<double> learning_rate, double lambda, double clip_norm,
                                                bool check_finite, const std::string& on_lambda_change) {
    const numpy_settings settings{{"method", method},
                                  {"mirror_map", mirror_map},
                                  {"regularizer", regularizer},
                                  law,
                                  target,
                                  learning_rate,
                                  lambda,
                                  clip_norm,
                                  check_finite,
                                  on_lambda_change};
    return is_double ? make_numpy_optimizer<double>(settings) : make_numpy_optimizer<float>(settings);
}

} // namespace

void add_optimizers(py::module_& module) {
    py::class_<numpy_optimizer>(module, "optimizer", "An optimizer for one numpy array, which it changes in place.")
        .def(py::init(&make_optimizer), py::kw_only(), py::arg("is_double"), py::arg("method"), py::arg("mirror_map"),
             py::arg("regularizer"), py::arg("law"), py::arg("target"), py::arg("learning_rate"), py::arg("lambda_"),
             py::arg("clip_norm"), py::arg("check_finite"), py::arg("on_lambda_change"))
        .def("step", &numpy_optimizer::step, py::arg("theta").noconvert(), py::arg("gradient").noconvert(),
             py::arg("loss"), "One step in place: (refused, lambda, sparsity, gradient_norm).")
        .def_property_readonly("lambda_", &numpy_optimizer::lambda, "Lambda for the next step.")
        .def_property_readonly("sparsity", &numpy_optimizer::sparsity, "The share of zeros after the last step.")
        .def_property_readonly("target", &numpy_optimizer::target, "The sparsity asked for.")
        .def_property_readonly("steps", &numpy_optimizer::steps, "Steps done.")
        .def("dual", &numpy_optimizer::dual, "A copy of the dual variable, one number after the other.");
}

} // namespace bregman::python
