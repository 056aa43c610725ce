#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/io/state_file.hpp>
#include <bregman/step/state_fields.hpp>
#include <bregman/tensors/parameters.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// An optimizer together with the parameters it works on, one tensor or a parameter_list: all that a run needs to
/// continue elsewhere. theta cannot be left out, for lambda may have changed since it was computed from v. Where the
/// optimizer's backend keeps its memory on a device, theta lies there too; the file is the same.
template <class Optimizer>
class run_state {
  public:
    using optimizer_type = std::remove_const_t<Optimizer>;
    using scalar = typename optimizer_type::scalar;
    /// What theta is stored in.
    using stored = typename optimizer_type::stored_scalar;

    template <class Theta>
    run_state(Optimizer& optimizer, Theta& theta) : optimizer_(&optimizer) {
        if constexpr (std::is_same_v<std::remove_const_t<Theta>, typename optimizer_type::parameter_list>) {
            layout_ = step::tensor_layout::of(theta);
            for (const auto& entry : theta.entries()) tensors_.push_back({entry.theta, entry.shape});
        } else {
            tensors_.push_back(as_tensor(theta));
        }
    }

    /// What the file says it holds: the types of the optimizer and its policies.
    std::string description() const { return optimizer_->description() + ", with parameters"; }
    void check_can_be_saved() const { optimizer_->check_can_be_saved(); }

    /// Throws std::invalid_argument when the file belongs to another optimizer or to other tensors; changes nothing.
    template <class File>
    void check_can_load(const File& file) const {
        optimizer_->check_can_load(file);
        if (layout_) step::check_layout_of<scalar>(file, *layout_);
        const auto theta = file.template value<std::vector<scalar>>("theta");
        require(index_t(theta.size()) == size(), "number of parameters in the state file", theta.size(),
                "those given, " + std::to_string(size()), "load the state that belongs to these tensors");
    }

    template <class Field>
    void visit(Field&& field) {
        optimizer_->visit(field);
        auto values = theta();
        field("theta", values);
        if constexpr (requires { std::remove_cvref_t<Field>::loads; }) assign(values);
    }
    template <class Field>
    void visit(Field&& field) const {
        std::as_const(*optimizer_).visit(field);
        field("theta", theta());
    }

  private:
    index_t size() const {
        index_t sum = 0;
        for (const auto& tensor : tensors_) sum += tensor.size();
        return sum;
    }
    std::vector<scalar> theta() const {
        std::vector<scalar> values;
        values.reserve(std::size_t(size()));
        for (const auto& tensor : tensors_) {
            const auto part = optimizer_->get_backend().to_host(tensor.data, tensor.size());
            values.insert(values.end(), part.begin(), part.end());
        }
        return values;
    }
    void assign(const std::vector<scalar>& values) {
        auto from = values.begin();
        for (const auto& tensor : tensors_) {
            optimizer_->get_backend().to_device({from, from + tensor.size()}, tensor.data);
            from += tensor.size();
        }
    }

    Optimizer* optimizer_;
    std::optional<step::tensor_layout> layout_; // of a list; one tensor may be the memory of many
    std::vector<tensor_view<stored>> tensors_;
};

/// Saves optimizer and theta, one tensor or a parameter_list, to a file, atomically; also before the first step.
template <class Optimizer, class Theta>
void save_run(const std::string& path, const Optimizer& optimizer, Theta& theta) {
    const run_state<const Optimizer> run(optimizer, theta);
    save_state(path, run);
}

/// Loads what save_run wrote. Errors as load_state; nothing has changed then.
template <class Optimizer, class Theta>
void load_run(const std::string& path, Optimizer& optimizer, Theta& theta) {
    run_state<Optimizer> run(optimizer, theta);
    load_state(path, run);
}

} // namespace bregman
