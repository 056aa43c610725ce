// The extension module bregman._torch: LinBreg and AdaBreg on torch's tensors. bregman/torch.py makes torch.optim.Optimizers
// of it.
#include <bregman/torch.hpp>

#include "torch_device.hpp"
#include "torch_from_python.hpp"

namespace {

namespace py = pybind11;
using namespace bregman;
using python::torch_stepper;
using without_gil = py::call_guard<py::gil_scoped_release>;

void bind_results(py::module_& module) {
    py::class_<step_report<double>>(module, "StepReport", "What a step did.")
        .def_readonly("step", &step_report<double>::step, "Steps done so far, this one included.")
        .def_readonly("refused", &step_report<double>::refused, "The gradient was not finite: nothing has changed.")
        .def_readonly("lambda_", &step_report<double>::lambda, "What the parameters were made with.")
        .def_readonly("next_lambda", &step_report<double>::next_lambda, "What the law wants from now on.")
        .def_readonly("sparsity", &step_report<double>::sparsity, "Of the counted groups, after the step.")
        .def_readonly("gradient_norm", &step_report<double>::gradient_norm, "Before clipping; NaN when not needed.")
        .def("__repr__", [](const step_report<double>& r) {
            return py::str("StepReport(step={}, refused={}, lambda_={}, next_lambda={}, sparsity={}, gradient_norm={})")
                .format(r.step, r.refused, r.lambda, r.next_lambda, r.sparsity, r.gradient_norm);
        });
    py::class_<group_count>(module, "GroupCount", "The count of one parameter group.")
        .def(py::init([](std::string name, index_t size, index_t nonzeros, bool counted, bool regularized) {
                 return group_count{std::move(name), size, nonzeros, counted, regularized};
             }),
             py::arg("name"), py::arg("size"), py::arg("nonzeros"), py::arg("counted"), py::arg("regularized"))
        .def_readonly("name", &group_count::name, "The group's name.")
        .def_readonly("size", &group_count::size, "Elements of the group.")
        .def_readonly("nonzeros", &group_count::nonzeros, "Elements that are not 0.")
        .def_readonly("counted", &group_count::counted, "Part of the sparsity that the law sees.")
        .def_readonly("regularized", &group_count::regularized, "Whether lambda acts on any of it.")
        .def_property_readonly(
            "sparsity", [](const group_count& c) { return c.size > 0 ? 1 - double(c.nonzeros) / double(c.size) : 0.0; },
            "Share of zeros, in [0, 1].")
        .def("__repr__", [](const group_count& c) {
            return py::str("GroupCount(name={!r}, size={}, nonzeros={}, counted={}, regularized={})")
                .format(c.name, c.size, c.nonzeros, c.counted, c.regularized);
        });
}

template <class T>
std::unique_ptr<torch_stepper> make_stepper_of(const std::string& backend, const python::torch_direction& direction,
                                               const py::list& groups, const py::dict& settings, double delta,
                                               const py::object& law) {
    python::torch_parts<T> parts{python::groups_from(groups), python::settings_from<T>(settings),
                                 python::law_from<T>(law), T(delta)};
#if defined(BREGMAN_WITH_DEVICE) // as setup.py says, which then compiles torch_device.cu
    if (backend == "thrust") return python::make_device_stepper(direction, std::move(parts));
#endif
    require(backend == eigen_backend<T>::name, "backend", backend, "eigen, and thrust where there is a device_system",
            "build the module with BREGMAN_CUDA=1");
    return python::make_stepper_over<eigen_backend<T>>(direction, std::move(parts));
}

/// The optimizer of that direction; `is_double` says of which scalar type. Errors: those of the library.
std::unique_ptr<torch_stepper> make_stepper(const std::string& backend, const std::string& direction, bool is_double,
                                            const py::list& groups, const py::dict& settings,
                                            const py::dict& of_direction, double delta, const py::object& law) {
    const auto chosen = python::direction_from(direction, of_direction);
    return is_double ? make_stepper_of<double>(backend, chosen, groups, settings, delta, law)
                     : make_stepper_of<float>(backend, chosen, groups, settings, delta, law);
}

} // namespace

PYBIND11_MODULE(_torch, module) {
    module.doc() = "LinBreg and AdaBreg on torch's tensors; use bregman.torch.";
    module.attr("built_over_torch") = BREGMAN_BUILT_OVER_TORCH;
    module.attr("version") = BREGMAN_VERSION;
    module.attr("device_system") = BREGMAN_DEVICE_SYSTEM;
    module.def("regularizer_defaults", &python::regularizer_defaults,
               "{name: {setting: default}} of all regularizers.");
    bind_results(module);

    py::class_<torch_stepper>(module, "Stepper", "An optimizer of the library over tensors of torch.")
        .def(py::init(&make_stepper), py::arg("backend"), py::arg("direction"), py::arg("is_double"), py::arg("groups"),
             py::arg("settings"), py::arg("of_direction"), py::arg("delta"), py::arg("law"))
        .def("step", &torch_stepper::step, py::arg("rates"), py::arg("loss"), without_gil())
        .def(
            "add_group",
            [](torch_stepper& stepper, const py::list& groups) { stepper.add_group(python::groups_from(groups)); },
            py::arg("groups"))
        .def(
            "thin_out",
            [](torch_stepper& stepper, double density, bool rescale_variance, std::uint64_t seed) {
                stepper.thin_out({.density = density, .rescale_variance = rescale_variance, .seed = seed});
            },
            py::arg("density"), py::arg("rescale_variance"), py::arg("seed"))
        .def("restart_from_parameters", &torch_stepper::restart_from_parameters, without_gil())
        .def("distance_from_image", &torch_stepper::distance_from_image, without_gil())
        .def("rates", &torch_stepper::rates)
        .def("save", [](const torch_stepper& stepper) { return py::bytes(stepper.save()); })
        .def(
            "load", [](torch_stepper& stepper, const py::bytes& file) { stepper.load(std::string(file)); },
            py::arg("file"))
        .def_property_readonly("sparsity", &torch_stepper::sparsity)
        .def_property("lambda_", &torch_stepper::lambda, &torch_stepper::set_lambda)
        .def_property_readonly("group_lambdas", &torch_stepper::group_lambdas)
        .def_property_readonly("target", &torch_stepper::target)
        .def("set_target", &torch_stepper::set_target, py::arg("per_epoch"))
        .def_property("epoch", &torch_stepper::epoch, &torch_stepper::set_epoch)
        .def_property_readonly("steps", &torch_stepper::steps)
        .def_property_readonly("last", &torch_stepper::last)
        .def_property_readonly("counts", &torch_stepper::counts)
        .def_property_readonly("dual", &torch_stepper::dual)
        .def_property_readonly("description", &torch_stepper::description);
}
