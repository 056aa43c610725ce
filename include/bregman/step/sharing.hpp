#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/concepts.hpp>
#include <bregman/step/method.hpp>
#include <bregman/step/turnover.hpp>
#include <bregman/step/work_plan.hpp>

/// \file
/// A step whose v and moments are shared out among processes (distributed/sharded.hpp). Each works on the chunks of its share, as
/// a thread would; here they tell each other what all must know. Of one process all of this is nothing.

namespace bregman::step {

template <class Method>
inline constexpr bool is_shared_out =
    contract::shared_out<std::remove_cvref_t<decltype(std::declval<Method&>().backend)>>;

/// The counts of the groups that a pass has gone over, of all processes.
template <class Method>
void add_up_nonzeros(Method& method) {
    if constexpr (is_shared_out<Method>) {
        auto& scratch = method.scratch;
        const std::size_t groups = scratch.group_nonzeros.size();
        std::vector<std::int64_t> counts(scratch.group_nonzeros.begin(), scratch.group_nonzeros.end());
        if constexpr (counts_turnover<Method>)
            counts.insert(counts.end(), scratch.group_kept.begin(), scratch.group_kept.end());
        method.backend.communicator().add_up(counts);
        for (std::size_t g = 0; g < groups; ++g) {
            if (!scratch.group_is_passed[g]) continue;
            scratch.group_nonzeros[g] = index_t(counts[g]);
            if constexpr (counts_turnover<Method>) scratch.group_kept[g] = index_t(counts[groups + g]);
        }
    }
}

/// The squares of all chunks, of which each process has found its own. No two add to the same, so that the sums have the bits
/// of one process.
template <class Method>
void complete_squares(Method& method) {
    if constexpr (is_shared_out<Method>) {
        auto& squares = method.scratch.chunk_squares;
        std::fill(squares.begin(), squares.begin() + method.plan.own_first, 0.0);
        std::fill(squares.begin() + method.plan.own_last, squares.end(), 0.0);
        method.backend.communicator().add_up(squares);
    }
}

/// The sum of each process's count.
template <class Method>
index_t sum_of_all(Method& method, index_t count) {
    if constexpr (is_shared_out<Method>) {
        std::vector<std::int64_t> sum{std::int64_t(count)};
        method.backend.communicator().add_up(sum);
        count = index_t(sum[0]);
    }
    return count;
}

/// The largest of each process's value.
template <class Method>
double largest_of_all(Method& method, double value) {
    if constexpr (is_shared_out<Method>) {
        const char* const bytes = reinterpret_cast<const char*>(&value);
        for (const std::string& of_each : method.backend.communicator().gather({bytes, sizeof value})) {
            double other;
            std::memcpy(&other, of_each.data(), sizeof other);
            value = std::max(value, other);
        }
    }
    return value;
}

/// Elements of v, on all processes together; 0 before the first step.
template <class Method>
index_t size_of_dual(const Method& method) {
    if constexpr (is_shared_out<Method>)
        if (!method.plan.shares.empty()) {
            const auto& steps = method.state.tensor_steps;
            const bool has_steps = std::any_of(steps.begin(), steps.end(), [](std::int64_t k) { return k > 0; });
            return has_steps ? method.plan.shares.back() : 0;
        }
    return method.backend.size(method.state.dual);
}

/// A buffer with the shares of all processes. A state that has been loaded is whole until a list is bound.
template <class Method, class Buffer>
auto whole_buffer(const Method& method, const Buffer& buffer) {
    auto own = method.backend.to_host(method.backend.data(buffer), method.backend.size(buffer));
    if constexpr (is_shared_out<Method>) {
        if (method.plan.shares.empty()) return own;
        using T = typename decltype(own)::value_type;
        const auto parts =
            method.backend.communicator().gather({reinterpret_cast<const char*>(own.data()), own.size() * sizeof(T)});
        std::size_t bytes = 0;
        for (const std::string& part : parts) bytes += part.size();
        own.resize(bytes / sizeof(T));
        std::size_t at = 0;
        for (const std::string& part : parts) {
            if (!part.empty()) std::memcpy(own.data() + at, part.data(), part.size());
            at += part.size() / sizeof(T);
        }
    }
    return own;
}

/// Shares out a new plan, and what there is of v and the moments.
template <class Method>
void share_out(Method& method, work_plan& plan) {
    if constexpr (is_shared_out<Method>) {
        auto& backend = method.backend;
        backend.check_same_plan(plan);
        plan.share_out(backend.communicator().rank(), backend.communicator().size());
        const index_t begin = plan.shares[std::size_t(backend.communicator().rank())];
        const auto take_share = [&](auto& buffer) {
            auto values = whole_buffer(method, buffer);
            if (values.empty()) return;
            values.resize(std::size_t(plan.shares.back()));
            buffer = backend.zeros(plan.size);
            backend.to_device({values.begin() + begin, values.begin() + begin + plan.size}, backend.data(buffer));
        };
        take_share(method.state.dual);
        for (auto& moment : method.state.moments) take_share(moment);
    }
}

/// work(), which makes theta of this process's share, and then theta of all, also where work throws: a law that throws does so
/// on all processes, and after a step.
template <class Method, class Work>
bool then_exchange_theta(Method& method, const typename Method::parameter_list& parameters, Work&& work) {
    if constexpr (is_shared_out<Method>) {
        bool result = false;
        std::exception_ptr thrown;
        try {
            result = work();
        } catch (...) {
            thrown = std::current_exception();
        }
        method.backend.exchange_theta(method.plan, parameters);
        if (thrown) std::rethrow_exception(thrown);
        return result;
    } else {
        return work();
    }
}

} // namespace bregman::step
