#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/concepts.hpp>
#include <bregman/distributed/agreement.hpp>
#include <bregman/distributed/communicator.hpp>
#include <bregman/distributed/shared_selection.hpp>
#include <bregman/distributed/theta_exchange.hpp>
#include <bregman/step/work_plan.hpp>
#include <bregman/tensors/tensor.hpp>

namespace bregman {

/// What the exchange of theta has cost this process.
struct exchanged_bytes {
    std::int64_t last = 0;       ///< that it sent to each of the others in the last step
    std::int64_t last_dense = 0; ///< what they would have been as plain values
    std::int64_t all = 0;        ///< of all steps
};

/// A backend whose v and moments are split among processes: each holds about 1/N of them (ZeRO-1) and makes that part of every
/// step; then all get the whole theta.
///
///     using backend = bregman::sharded<bregman::eigen_backend<float>, bregman::gloo_communicator>;
///     bregman::linbreg<float, bregman::l1, bregman::quantile_law, backend> optimizer({...}, {}, {}, {}, {}, backend(processes));
///
/// theta and gradient are whole on every process, and the gradient is the same on all. Results then have the bits of one
/// process: the work plan's chunks are dealt out as they are, squares and counts of chunks are told, not sums of sums,
/// and the quantile is found among the values of all. Every call that makes steps, or looks at v (dual(), lambda_for,
/// state files, restart_from, distance_from_image), is collective.
///
/// `Backend` takes chunks, as eigen_backend does; those that take whole passes (Thrust's) are refused by the compiler. A
/// tensor that a regularizer needs as a whole, or whose groups are not contiguous, is one process's. Errors:
/// std::invalid_argument on all processes when their lists differ; what the communicator throws.
template <class Backend, communicator Communicator>
class sharded : public Backend {
    static_assert(
        !contract::sweeps_all<Backend>,
        "bregman: the state of a backend that takes all tensors of a pass at once, such as Thrust's, cannot be "
        "shared out; use eigen_backend; see docs/distributed.md");

  public:
    using typename Backend::scalar;

    explicit sharded(Communicator all, Backend backend = {}) : Backend(std::move(backend)), all_(std::move(all)) {}

    /// Copies of it speak for the same process, so that it may be used where the optimizer is const.
    Communicator& communicator() const { return all_; }
    /// What the exchange of theta has cost this process.
    const exchanged_bytes& exchanged() const { return exchanged_; }

    /// Of the values of all processes, n of them here.
    std::pair<scalar, scalar> order_statistics(scalar* values, index_t n, index_t k) const {
        if (all_.size() == 1) return Backend::order_statistics(values, n, k);
        return shared_order_statistics(values, n, k, all_);
    }
    template <class... Arguments>
    void
    order_statistics_of(Arguments&&...) const = delete; // hides that of Backend, which sees this process's values alone

    /// Throws std::invalid_argument, on all processes, where their tensors and groups differ.
    void check_same_plan(const work_plan& plan) const {
        named_values values{{"number of tensors", std::to_string(plan.tensors.size())}};
        for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
            const work_plan::tensor& t = plan.tensors[i];
            std::string words = std::to_string(t.size) + " elements in group " + std::to_string(t.group);
            if (t.grouped) words += ", in " + std::to_string(t.layout.groups()) + " groups";
            values.emplace_back("tensor " + std::to_string(i), words + (t.whole ? ", taken as a whole" : ""));
        }
        check_same(all_, values, "step the same list on all processes");
    }

    /// Gives every process the theta that the others have made.
    template <class ParameterList>
    void exchange_theta(const work_plan& plan, const ParameterList& parameters) const {
        using stored = std::remove_const_t<std::remove_pointer_t<decltype(parameters.entries()[0].theta)>>;
        if (all_.size() == 1) return;
        const auto parts_of = [&](std::size_t process, auto&& visit) {
            const index_t own = plan.shares[std::size_t(all_.rank())];
            const index_t begin = plan.shares[process], end = plan.shares[process + 1];
            for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
                const auto& entry = parameters.entries()[i];
                const index_t offset = plan.tensors[i].offset + own; // in the state of all
                const index_t first = std::max(begin, offset), last = std::min(end, offset + entry.size);
                if (entry.gradient != nullptr && first < last) visit(entry.theta + (first - offset), last - first);
            }
        };
        std::vector<stored> values;
        parts_of(std::size_t(all_.rank()),
                 [&](const stored* theta, index_t count) { values.insert(values.end(), theta, theta + count); });
        const std::string bytes = encode_theta(values);
        exchanged_.last = std::int64_t(bytes.size());
        exchanged_.last_dense = std::int64_t(values.size() * sizeof(stored));
        exchanged_.all += exchanged_.last;
        const std::vector<std::string> of_each = all_.gather(bytes);
        for (std::size_t p = 0; p < of_each.size(); ++p) {
            if (p == std::size_t(all_.rank())) continue;
            index_t count = 0;
            parts_of(p, [&](const stored*, index_t part) { count += part; });
            const std::vector<stored> theirs = decode_theta<stored>(of_each[p], std::size_t(count));
            auto from = theirs.begin();
            parts_of(p, [&](stored* theta, index_t part) {
                std::copy(from, from + part, theta);
                from += part;
            });
        }
    }

  private:
    mutable Communicator all_;
    mutable exchanged_bytes exchanged_;
};

/// With nobody to share with: the backend itself, to whose steps nothing is added.
template <class Backend>
class sharded<Backend, one_process> : public Backend {
  public:
    explicit sharded(one_process = {}, Backend backend = {}) : Backend(std::move(backend)) {}

    exchanged_bytes exchanged() const { return {}; }
};

} // namespace bregman
