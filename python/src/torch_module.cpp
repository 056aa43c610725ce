// The extension module bregman._torch: bregman::libtorch::torch_optimizer for torch's Python tensors.
#include <memory>
#include <pybind11/pybind11.h>
#include <torch/csrc/autograd/python_variable.h>

#include <bregman/torch.hpp>

namespace py = pybind11;
using namespace bregman;
using regularizers = std::variant<none, l1, nonnegative_l1, elastic_net, group_rows, group_columns, group_kernels>;

struct any_optimizer {
    virtual ~any_optimizer() = default;
    virtual void step() = 0;
    virtual double lambda() const = 0;
};
template <class Direction, class T>
struct typed final : any_optimizer {
    libtorch::torch_optimizer<Direction, T, regularizers> optimizer;
    explicit typed(const std::vector<torch::Tensor>& tensors)
        : optimizer({{.name = "all", .regularizer = l1{}, .tensors = tensors}}) {}
    void step() override { optimizer.step(); }
    double lambda() const override { return double(optimizer.core().lambda()); }
};

std::unique_ptr<any_optimizer> make(const std::string& direction, const std::string& type, const py::list& list) {
    std::vector<torch::Tensor> t;
    for (const auto& each : list) t.push_back(THPVariable_Unpack(each.ptr()));
    if (direction == "adam" && type == "float") return std::make_unique<typed<adam, float>>(t);
#ifdef MORE
    if (direction == "gradient" && type == "float") return std::make_unique<typed<gradient, float>>(t);
    if (direction == "momentum" && type == "float") return std::make_unique<typed<momentum, float>>(t);
#endif
#ifdef DOUBLE
    if (direction == "adam") return std::make_unique<typed<adam, double>>(t);
    if (direction == "gradient") return std::make_unique<typed<gradient, double>>(t);
    if (direction == "momentum") return std::make_unique<typed<momentum, double>>(t);
#endif
    throw std::invalid_argument(direction);
}

PYBIND11_MODULE(_torch, m) {
    py::class_<any_optimizer>(m, "any_optimizer")
        .def("step", &any_optimizer::step, py::call_guard<py::gil_scoped_release>())
        .def_property_readonly("lambda_", &any_optimizer::lambda);
    m.def("make", &make);
}
