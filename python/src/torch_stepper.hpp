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

#include <ATen/Parallel.h>

#include <bregman/directions/adam.hpp>
#include <bregman/directions/gradient.hpp>
#include <bregman/directions/momentum.hpp>
#include <bregman/torch/torch_optimizer.hpp>

#include "group_regularizer.hpp"
#include "state_description.hpp"

/// \file
/// A torch_optimizer of any direction, scalar type and backend behind one type. Nothing of Python is here: whoever includes it
/// chooses the backend, and may be compiled by nvcc. <bregman/torch.hpp> or <bregman/torch_thrust.hpp> comes first.

namespace bregman::python {

using torch_group = libtorch::parameter_group<group_regularizer>;
/// The directions that bregman.torch has.
using torch_direction = std::variant<gradient, momentum, adam>;

/// What an optimizer is made of, but for direction and backend.
template <class T>
struct torch_parts {
    std::vector<torch_group> groups;
    optimizer_settings<T> settings;
    any_law<T> law;
    T delta; ///< of the mirror map, theta = delta prox(v)
};

/// What Python knows of an optimizer.
class torch_stepper {
  public:
    virtual ~torch_stepper() = default;

    /// One step with these learning rates, one for each group. Called without the GIL: a law of Python's takes it.
    virtual void step(const std::vector<double>& rates, std::optional<double> loss) = 0;
    /// One group or more, all of them or none.
    virtual void add_group(const std::vector<torch_group>& added) = 0;
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

/// One of a direction, a scalar type and a backend.
template <class Direction, class T, class Backend>
class torch_stepper_of final : public torch_stepper {
  public:
    torch_stepper_of(torch_parts<T> parts, const Direction& direction)
        : optimizer_(std::move(parts.groups), std::move(parts.settings), std::move(parts.law), direction,
                     euclidean<T>{parts.delta}) {}

    void step(const std::vector<double>& rates, std::optional<double> loss) override {
        set_rates(rates);
        if (loss) optimizer_.set_loss(*loss);
        // The torch of a wheel brings an OpenMP of its own, so that torch.set_num_threads does not reach ours.
        omp_set_num_threads(at::get_num_threads());
        optimizer_.step();
    }
    void add_group(const std::vector<torch_group>& added) override {
        auto& groups = optimizer_.param_groups();
        const std::size_t before = groups.size();
        // Put there by hand: all of them are looked at together, and taken in or not.
        for (const auto& group : added)
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
    using adapter = libtorch::torch_optimizer<Direction, T, group_regularizer, euclidean<T>, Backend>;
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

/// The optimizer of that direction on a backend. Errors: those of the library.
template <class Backend, class T>
std::unique_ptr<torch_stepper> make_stepper_over(const torch_direction& direction, torch_parts<T> parts) {
    return std::visit(
        [&]<class Direction>(const Direction& chosen) -> std::unique_ptr<torch_stepper> {
            return std::make_unique<torch_stepper_of<Direction, T, Backend>>(std::move(parts), chosen);
        },
        direction);
}

} // namespace bregman::python
