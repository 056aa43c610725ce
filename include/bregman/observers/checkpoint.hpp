#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <bregman/base/error.hpp>
#include <bregman/io/run_file.hpp>
#include <bregman/minimize.hpp>

namespace bregman {

/// Saves optimizer and theta, one tensor or a parameter_list, every n steps; load_run(path, optimizer, theta) continues
/// bit-equally on the CPU. The file is written to a temporary name and renamed. Both referenced objects must outlive the
/// observer. Errors: std::invalid_argument at once for a control law that cannot be saved.
template <class Optimizer, class Theta>
class checkpoint_every {
  public:
    checkpoint_every(std::int64_t every, std::string path, Optimizer& optimizer, Theta& theta)
        : every_(every), path_(std::move(path)), optimizer_(&optimizer), theta_(&theta) {
        require(every >= 1, "every", every, ">= 1", "1 saves each step");
        require(!path_.empty(), "path", path_, "a file name", "say where to save");
        optimizer.check_can_be_saved();
    }
    void operator()(const progress<typename Optimizer::scalar>& now) const {
        if (now.step % every_ == 0) save_run(path_, *optimizer_, *theta_);
    }

  private:
    std::int64_t every_;
    std::string path_;
    Optimizer* optimizer_;
    Theta* theta_;
};

} // namespace bregman
