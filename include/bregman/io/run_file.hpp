#pragma once

#include <string>

#include <bregman/base/error.hpp>
#include <bregman/io/state_file.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// An optimizer together with the parameters it works on: all that a run needs to continue elsewhere. theta
/// cannot be left out, for lambda may have changed since it was computed from v. Where the optimizer's backend keeps
/// its memory on a device, theta lies there too; the file is the same.
template <class Optimizer>
class run_state {
  public:
    using scalar = typename Optimizer::scalar;

    template <class Theta>
    run_state(Optimizer& optimizer, Theta& theta) : optimizer_(&optimizer), theta_(as_tensor(theta)) {}

    std::string description() const { return optimizer_->description() + ", with parameters"; }
    index_t size() const { return theta_.size(); }

    template <class Field>
    void visit(Field&& field) {
        optimizer_->visit(field);
        std::vector<scalar> values = optimizer_->get_backend().to_host(theta_.data, theta_.size());
        field("theta", values);
        if constexpr (requires { std::remove_cvref_t<Field>::loads; })
            optimizer_->get_backend().to_device(values, theta_.data);
    }

  private:
    Optimizer* optimizer_;
    tensor_view<typename Optimizer::stored_scalar> theta_;
};

/// Saves optimizer and theta to a file, atomically.
template <class Optimizer, class Theta>
void save_run(const std::string& path, Optimizer& optimizer, Theta& theta) {
    run_state<Optimizer> run(optimizer, theta);
    save_state(path, run);
}

/// Loads what save_run wrote. Errors as load_state; nothing has changed then.
template <class Optimizer, class Theta>
void load_run(const std::string& path, Optimizer& optimizer, Theta& theta) {
    run_state<Optimizer> run(optimizer, theta);
    load_state(path, run);
}

} // namespace bregman
