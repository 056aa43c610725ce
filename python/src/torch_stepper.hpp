#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <omp.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/python_variable.h>

#include <bregman/torch.hpp>

#include "laws.hpp"
#include "regularizers.hpp"
#include "state_description.hpp"

/// \file
/// A torch_optimizer of any direction and scalar type behind one type, with Python's objects at its functions.

namespace bregman::python {

namespace py = pybind11;

/// The parameter groups that Python describes: [{"name", "tensors", "regularizer": (name, settings), "lambda_scale",
/// "counted", "least_density", "lr", "target"}], with the library's checks where it is built.
inline std::vector<libtorch::parameter_group<group_regularizer>> groups_from(const py::list& described) {
    std::vector<libtorch::parameter_group<group_regularizer>> groups;
    for (const auto& each : described) {
        const auto from = py::cast<py::dict>(each);
        libtorch::parameter_group<group_regularizer> group;
        group.name = py::cast<std::string>(from["name"]);
        const auto number = [&](const char* key) {
            return number_from(from[key], std::string(key) + " of group \"" + group.name + "\"");
        };
        const auto [name, settings] = py::cast<std::pair<std::string, py::dict>>(from["regularizer"]);
        group.regularizer = regularizer_by_name(group.name, name, settings);
        group.lambda_scale = number("lambda_scale");
        group.counted = py::cast<bool>(from["counted"]);
        group.least_density = number("least_density");
        group.learning_rate = number("lr");
        // The rate is looked at in each step; so that it is refused here, where it is given, a list looks at it too.
        parameter_list<float, group_regularizer>().add_group({.name = group.name, .step_size = group.learning_rate});
        if (!from["target"].is_none()) group.target = number("target");
        for (const auto& tensor : from["tensors"]) {
            if (!THPVariable_Check(tensor.ptr()))
                throw py::type_error("a parameter of group \"" + group.name + "\" is of type " + type_name(tensor) +
                                     "; allowed: a tensor; pass model.parameters()");
            group.tensors.push_back(THPVariable_Unpack(tensor.ptr()));
        }
        groups.push_back(std::move(group));
    }
    return groups;
}

/// The settings that all optimizers share, from keyword arguments that are all there.
template <class T>
optimizer_settings<T> settings_from(const py::dict& given) {
    optimizer_settings<T> settings;
    settings.lambda = T(number_from(given["lambda_"], "lambda_"));
    const auto targets = py::cast<py::list>(given["target"]);
    std::vector<T> per_epoch;
    for (const auto& target : targets) per_epoch.push_back(T(number_from(target, "target")));
    settings.target = target_schedule<T>::list(std::move(per_epoch));
    settings.clip_norm = T(number_from(given["clip_norm"], "clip_norm"));
    settings.check_finite = py::cast<bool>(given["check_finite"]);
    const auto find = [&](const char* key, const auto& values, const auto& name) {
        const auto word = py::cast<std::string>(given[key]);
        std::string allowed;
        for (const auto value : values) {
            if (word == name(value)) return value;
            allowed += (allowed.empty() ? "" : ", ") + std::string(name(value));
        }
        refuse(key, "\"" + word + "\"", allowed, "name one of them");
    };
    settings.on_lambda_change = find("on_lambda_change", all_dual_rules, [](dual_rule rule) { return name_of(rule); });
    constexpr lambda_scope scopes[] = {lambda_scope::shared, lambda_scope::each_group};
    settings.scope = find("scope", scopes,
                          [](lambda_scope scope) { return scope == lambda_scope::shared ? "shared" : "each_group"; });
    return settings;
}

/// A direction with the settings that are given.
template <class Direction>
Direction direction_from(const py::dict& settings) {
    Direction direction;
    keyword_setter set(Direction::name, settings);
    direction.visit(set);
    set.refuse_others();
    return direction;
}

/// What Python knows of an optimizer.
class torch_stepper {
  public:
    virtual ~torch_stepper() = default;

    /// One step with these learning rates, one for each group. Called without the GIL: a law of Python's takes it.
    virtual void step(const std::vector<double>& rates, std::optional<double> loss) = 0;
    /// One group or more, all of them or none.
    virtual void add_group(const py::list& described) = 0;
    virtual void thin_out(const sparse_initialisation& how) = 0;
    virtual void restart_from_parameters() = 0;
    virtual double distance_from_image() = 0;

    virtual std::vector<double> rates() const = 0;
    virtual std::string save() const = 0;
    virtual void load(const std::string& file) = 0;

    virtual double sparsity() const = 0;
    virtual double lambda() const = 0;
    virtual void set_lambda(double lambda) = 0;
    virtual std::vector<double> group_lambdas() const = 0;
    virtual double target() const = 0;
    virtual void set_target(const std::vector<double>& per_epoch) = 0;
    virtual std::int64_t epoch() const = 0;
    virtual void set_epoch(std::int64_t epoch) = 0;
    virtual std::int64_t steps() const = 0;
    virtual step_report<double> last() const = 0;
    virtual const std::vector<group_count>& counts() const = 0;
    virtual std::vector<double> dual() const = 0;
    virtual std::string description() const = 0;
};

template <class Direction, class T>
class torch_stepper_of final : public torch_stepper {
  public:
    torch_stepper_of(const py::list& groups, const py::dict& settings, const py::dict& direction, double delta,
                     const py::object& law)
        : optimizer_(groups_from(groups), settings_from<T>(settings), law_from<T>(law),
                     direction_from<Direction>(direction), euclidean<T>{T(delta)}) {}

    void step(const std::vector<double>& rates, std::optional<double> loss) override {
        set_rates(rates);
        if (loss) optimizer_.set_loss(*loss);
        // The torch of a wheel brings an OpenMP of its own, so that torch.set_num_threads does not reach ours.
        omp_set_num_threads(at::get_num_threads());
        optimizer_.step();
    }
    void add_group(const py::list& described) override {
        auto& groups = optimizer_.param_groups();
        const std::size_t before = groups.size();
        // Put there by hand: all of them are looked at together, and taken in or not.
        for (const auto& group : groups_from(described))
            groups.emplace_back(group.tensors, std::make_unique<options>(group, *group.learning_rate));
        try {
            optimizer_.visit_parameters([](const auto&) {});
        } catch (...) {
            while (groups.size() > before) groups.pop_back();
            throw;
        }
    }
    void thin_out(const sparse_initialisation& how) override { optimizer_.thin_out(how); }
    void restart_from_parameters() override { optimizer_.restart_from_parameters(); }
    double distance_from_image() override { return optimizer_.distance_from_image(); }

    std::vector<double> rates() const override {
        std::vector<double> rates;
        for (const auto& group : optimizer_.param_groups()) rates.push_back(group.options().get_lr());
        return rates;
    }
    std::string save() const override {
        std::ostringstream out;
        optimizer_.save_state(out);
        return is_for_cpp() ? with_other_description(out.str(), list_of_python(), list_of_cpp()) : out.str();
    }
    void load(const std::string& file) override {
        std::istringstream in(with_other_description(file, list_of_cpp(), list_of_python()));
        optimizer_.load_state(in);
    }

    double sparsity() const override { return double(core().sparsity()); }
    double lambda() const override { return double(core().lambda()); }
    void set_lambda(double lambda) override {
        optimizer_.visit_parameters([&](const auto& list) { optimizer_.core().set_lambda(list, T(lambda)); });
    }
    std::vector<double> group_lambdas() const override {
        return {core().group_lambdas().begin(), core().group_lambdas().end()};
    }
    double target() const override { return double(core().target()); }
    void set_target(const std::vector<double>& per_epoch) override {
        optimizer_.core().set_target(target_schedule<T>::list({per_epoch.begin(), per_epoch.end()}));
    }
    std::int64_t epoch() const override { return core().epoch(); }
    void set_epoch(std::int64_t epoch) override { optimizer_.core().set_epoch(epoch); }
    std::int64_t steps() const override { return core().steps(); }
    step_report<double> last() const override {
        const auto& last = core().last();
        return {.step = last.step,
                .refused = last.refused,
                .lambda = double(last.lambda),
                .next_lambda = double(last.next_lambda),
                .sparsity = double(last.sparsity),
                .gradient_norm = last.gradient_norm};
    }
    const std::vector<group_count>& counts() const override { return core().counts(); }
    std::vector<double> dual() const override {
        const auto dual = core().dual();
        return {dual.begin(), dual.end()};
    }
    std::string description() const override { return core().description(); }

  private:
    using adapter = libtorch::torch_optimizer<Direction, T, group_regularizer>;
    using options = typename adapter::options;

    const auto& core() const { return optimizer_.core(); }

    void set_rates(const std::vector<double>& rates) {
        auto& groups = optimizer_.param_groups();
        for (std::size_t g = 0; g < groups.size(); ++g) groups[g].options().set_lr(rates.at(g));
    }

    /// Whether the groups have no regularizers but those of bregman::libtorch::any_regularizer.
    bool is_for_cpp() const {
        const auto& groups = optimizer_.param_groups();
        return std::all_of(groups.begin(), groups.end(), [](const auto& group) {
            return static_cast<const options&>(group.options()).regularizer.index() <
                   std::variant_size_v<libtorch::any_regularizer>;
        });
    }

    adapter optimizer_;
};

/// The optimizer of that direction; `is_double` says of which scalar type. Errors: those of the library.
inline std::unique_ptr<torch_stepper> make_stepper(const std::string& direction, bool is_double, const py::list& groups,
                                                   const py::dict& settings, const py::dict& of_direction, double delta,
                                                   const py::object& law) {
    const auto make = [&]<class Direction>(Direction) -> std::unique_ptr<torch_stepper> {
        if (is_double)
            return std::make_unique<torch_stepper_of<Direction, double>>(groups, settings, of_direction, delta, law);
        return std::make_unique<torch_stepper_of<Direction, float>>(groups, settings, of_direction, delta, law);
    };
    if (direction == adam::name) return make(adam{});
    if (direction == momentum::name) return make(momentum{});
    if (direction == gradient::name) return make(gradient{});
    refuse("direction", direction, "adam, momentum, gradient", "name one of them");
}

} // namespace bregman::python
