#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <bregman/error.hpp>

namespace bregman {

/// The sparsity asked for: one number in (0, 1], or one per epoch of which the last is held.
template <class T>
class target_schedule {
  public:
    target_schedule(T target = T(0.9)) : target_schedule(std::vector<T>{target}) {}

    explicit target_schedule(std::vector<T> per_epoch) : targets_(std::move(per_epoch)) {
        require(!targets_.empty(), "number of targets", targets_.size(), ">= 1", "give one target per epoch");
        for (T target : targets_)
            require(target > 0 && target <= 1, "target sparsity", target, "(0, 1]",
                    "0.9 asks for 90 % of the parameters to be zero");
    }

    T at(std::int64_t epoch) const {
        const auto last = std::int64_t(targets_.size()) - 1;
        return targets_[std::size_t(std::clamp<std::int64_t>(epoch, 0, last))];
    }

    template <class Field>
    void visit(Field&& field) {
        field("targets", targets_);
    }

  private:
    std::vector<T> targets_;
};

} // namespace bregman
