#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <bregman/aliases.hpp>
#include <bregman/backends/eigen.hpp>
#include <bregman/control/any_law.hpp>

#include "laws.hpp"
#include "policies.hpp"

/// \file
/// An optimizer of the library for one numpy array, whatever its policies and its type are.

namespace bregman::python {

/// What all of them can do. Arrays come as Python has checked them (bregman/_minimize.py): of the optimizer's type, without
/// gaps, theta writable, the gradient in theta's order. What would be undefined otherwise is looked at here again.
class numpy_optimizer {
  public:
    virtual ~numpy_optimizer() = default;
    /// One step in place. Returns (refused, lambda, sparsity, gradient_norm).
    virtual py::tuple step(py::array& theta, const py::array& gradient, double loss) = 0;
    virtual double lambda() const = 0;
    virtual double sparsity() const = 0;
    virtual double target() const = 0;
    virtual std::int64_t steps() const = 0;
    virtual py::array dual() const = 0;
};

/// What an optimizer can be told from Python, for both types.
struct numpy_settings {
    chosen_policy method, mirror, regularizer;
    py::object law;
    double target;
    std::optional<double> learning_rate;
    double lambda, clip_norm;
    bool check_finite;
    std::string on_lambda_change;
};

template <class Optimizer>
class numpy_optimizer_of final : public numpy_optimizer {
    using T = typename Optimizer::scalar;

  public:
    explicit numpy_optimizer_of(Optimizer optimizer) : optimizer_(std::move(optimizer)) {}

    py::tuple step(py::array& theta, const py::array& gradient, double loss) override {
        const tensor_view<T> x = view<T>(theta, static_cast<T*>(theta.mutable_data()));
        const tensor_view<const T> g = view<const T>(gradient, static_cast<const T*>(gradient.data()));
        typename Optimizer::report report;
        {
            const py::gil_scoped_release others_run; // a law of Python's takes the GIL for itself
            report = optimizer_.step(x, g, T(loss));
        }
        return py::make_tuple(report.refused, double(report.lambda), double(report.sparsity), report.gradient_norm);
    }
    double lambda() const override { return double(optimizer_.lambda()); }
    double sparsity() const override { return double(optimizer_.sparsity()); }
    double target() const override { return double(optimizer_.target()); }
    std::int64_t steps() const override { return optimizer_.steps(); }
    py::array dual() const override {
        const std::vector<T> v = optimizer_.dual();
        return py::array_t<T>(py::ssize_t(v.size()), v.data());
    }

  private:
    template <class U>
    static tensor_view<U> view(const py::array& array, U* data) {
        const bool is_c = (array.flags() & py::array::c_style) != 0, is_f = (array.flags() & py::array::f_style) != 0;
        require(py::isinstance<py::array_t<T>>(array) && (is_c || is_f), "array", std::string(py::str(array.dtype())),
                std::string(py::str(py::dtype::of<T>())) + " without gaps",
                "pass what numpy.ascontiguousarray returns");
        tensor_shape shape{{array.shape(), array.shape() + array.ndim()},
                           is_c ? storage_order::row_major : storage_order::column_major};
        return as_tensor(data, index_t(array.size()), shape);
    }

    Optimizer optimizer_;
};

namespace contract {
template <class T>
optimizer_settings<T> settings_of(const numpy_settings& s, double usual_rate) {
    optimizer_settings<T> result;
    const double rate = s.learning_rate.value_or(usual_rate);
    require(rate > 0 && is_finite(T(rate)), "learning_rate", rate, "> 0 and finite",
            "LinBreg .1 and AdaBreg .01 are usual");
    result.step_size = T(rate);
    result.lambda = T(s.lambda);
    result.target = T(s.target);
    result.clip_norm = T(s.clip_norm);
    result.check_finite = s.check_finite;
    std::string names;
    bool found = false;
    for (const dual_rule rule : all_dual_rules) {
        names += (names.empty() ? "" : ", ") + std::string(name_of(rule));
        if (s.on_lambda_change != name_of(rule)) continue;
        result.on_lambda_change = rule;
        found = true;
    }
    if (!found) refuse("on_lambda_change", "\"" + s.on_lambda_change + "\"", names, "keep is the default");
    return result;
}

template <class T, class Mirror, class Direction>
std::unique_ptr<numpy_optimizer> with_policies(const numpy_settings& s, double usual_rate, Direction direction,
                                               Mirror mirror) {
    using regularizer = typename regularizers_of<Mirror>::type;
    using made = optimizer<Direction, Mirror, regularizer, any_law<T>, eigen_backend<T>>;
    return std::make_unique<numpy_optimizer_of<made>>(
        made(settings_of<T>(s, usual_rate), std::move(direction), std::move(mirror),
             regularizer_from<regularizer>(s.regularizer, s.mirror.name), law_from<T>(s.law)));
}

template <class T, class Direction>
std::unique_ptr<numpy_optimizer> with_direction(const numpy_settings& s, double usual_rate, Direction direction) {
    s.method.set(direction);
    if (s.mirror.name == euclidean<T>::name) {
        euclidean<T> mirror;
        s.mirror.set(mirror);
        return with_policies<T>(s, usual_rate, std::move(direction), mirror);
    }
    if constexpr (std::is_same_v<Direction, gradient>) {
        const auto either = [&](auto mirror, const char* second) {
            mirror.name = s.mirror.name;
            mirror.is_second = s.mirror.name == second;
            s.mirror.set(mirror);
            return with_policies<T>(s, usual_rate, direction, mirror);
        };
        if (s.mirror.name == p_norm<T>::name || s.mirror.name == hypentropy<T>::name)
            return either(even_mirror<T>{}, hypentropy<T>::name);
        if (s.mirror.name == negative_entropy<T>::name || s.mirror.name == burg<T>::name)
            return either(positive_mirror<T>{}, burg<T>::name);
        refuse("mirror_map", "\"" + s.mirror.name + "\"", "euclidean, p_norm, hypentropy, negative_entropy, burg",
               "name one of them");
    }
    refuse("mirror_map", "\"" + s.mirror.name + "\"", "euclidean with the method " + s.method.name,
           "the method linbreg takes the other mirror maps");
}
} // namespace contract

/// The optimizer that a user of Python describes.
/// Errors: std::invalid_argument for names and settings that there are not; TypeError for settings of another type.
template <class T>
std::unique_ptr<numpy_optimizer> make_numpy_optimizer(const numpy_settings& s) {
    using namespace contract;
    const auto one = [&](auto direction) {
        return with_direction<T>(s, decltype(direction)::default_step_size,
                                 one_moment{direction, std::string(direction.name)});
    };
    const std::string& name = s.method.name;
    if (name == "linbreg") return with_direction<T>(s, gradient::default_step_size, gradient{});
    if (name == "adabreg") return with_direction<T>(s, adam::default_step_size, adam{});
    if (name == "linbreg_momentum") return one(momentum{});
    if (name == "linbreg_nesterov") return one(nesterov{});
    if (name == "rmsprop") return one(rmsprop{});
    if (name == "lion") return one(lion{});
    refuse("method", "\"" + name + "\"", "linbreg, adabreg, linbreg_momentum, linbreg_nesterov, rmsprop, lion",
           "name one of them");
}

} // namespace bregman::python
