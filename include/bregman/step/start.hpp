#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <bregman/step/by_kind.hpp>
#include <bregman/step/kernels.hpp>
#include <bregman/step/method.hpp>
#include <bregman/step/passes.hpp>

/// \file
/// v from theta: at the first step of a tensor, and wherever theta is taken as it is.

namespace bregman::step {

/// v0 = grad phi(theta) + lambda p, p in dJ(theta), of tensor i, as far as this process has its v. Returns how many thetas of
/// that part are non-zero.
template <class Method>
index_t start_tensor(Method& method, const typename Method::parameter_list& parameters, index_t i) {
    using T = typename Method::scalar;
    using Mirror = typename Method::mirror_type;
    using stored = typename Method::stored;
    auto& backend = method.backend;
    const work_plan::tensor& tensor = method.plan.tensors[std::size_t(i)];
    if (tensor.first == tensor.last) return 0; // empty, or another process's
    const auto& entry = parameters.entries()[std::size_t(i)];
    const auto& group = parameters.group_of(entry);
    const T lambda = T(double(method.state.group_lambdas[std::size_t(entry.group)]) * group.lambda_scale);
    T* const dual = backend.data(method.state.dual) + tensor.offset;
    const auto elements = [&]<class R>(const Mirror& mirror, const R& elementwise) -> index_t {
        return backend.elements(kernel::start<T, Mirror, R, stored>{entry.theta, dual, mirror, elementwise, lambda},
                                tensor.first * tensor.unit(), tensor.last * tensor.unit());
    };
    return by_kind<T>(
        group.regularizer, tensor.grouped,
        [&]<class R>(const R& regularizer) { return elements(mirror_at<R>(method, lambda), regularizer); },
        [&]<class R>(const R& regularizer) {
            const index_t nonzeros = elements(mirror_at<R>(method, lambda), part_within(regularizer));
            backend.for_each(kernel::start_group<T, R, stored>{entry.theta, dual, regularizer, lambda, tensor.layout},
                             tensor.first, tensor.last);
            return nonzeros;
        },
        [&]<class R>(const R& regularizer) {
            const index_t nonzeros = elements(mirror_at<R>(method, lambda), none{});
            if constexpr (std::is_same_v<stored, T>) { // elsewhere the pass of a whole tensor does not compile
                std::vector<T> v = backend.to_host(dual, entry.size);
                const std::vector<T> theta = backend.to_host(entry.theta, entry.size);
                std::vector<T> p(theta.size());
                regularizer.subgradient(tensor_view<const T>{theta.data(), entry.shape},
                                        tensor_view<T>{p.data(), entry.shape});
                for (std::size_t j = 0; j < v.size(); ++j) v[j] += lambda * p[j];
                backend.to_device(v, dual);
            }
            return nonzeros;
        });
}

/// A buffer of this size that begins with what it held.
template <class Backend, class Buffer>
void grow(Backend& backend, Buffer& buffer, index_t size) {
    const index_t before = backend.size(buffer);
    if (before == size) return;
    Buffer larger = backend.zeros(size);
    if (before > 0) backend.to_device(backend.to_host(backend.data(buffer), before), backend.data(larger));
    buffer = std::move(larger);
}

/// What is known of tensors before a step of theirs: those that take no part are counted, and one that does is refused while it
/// has no v.
template <class Method>
void look_at_resting(Method& method, const typename Method::parameter_list& parameters) {
    const auto& entries = parameters.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (takes_part(entries[i]))
            require(method.state.tensor_steps[i] > 0 || entries[i].size == 0, "steps of tensor " + std::to_string(i),
                    method.state.tensor_steps[i], ">= 1", "make a step with it: its dual variable exists after that");
        else if (method.scratch.skipped_nonzeros[i] < 0)
            method.scratch.skipped_nonzeros[i] = count(method, entries[i]);
    }
}

/// Makes v, and moments of zero, for the tensors that take part for the first time; counts those that take no part.
template <class Method>
void start(Method& method, const typename Method::parameter_list& parameters) {
    auto& state = method.state;
    auto& scratch = method.scratch;
    const auto& entries = parameters.entries();
    grow(method.backend, state.dual, method.plan.size);
    for (auto& moment : state.moments) grow(method.backend, moment, method.plan.size);
    std::fill(scratch.group_is_passed.begin(), scratch.group_is_passed.end(), char(0));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (takes_part(entries[i])) {
            scratch.group_is_passed[std::size_t(entries[i].group)] = 1;
            if (state.tensor_steps[i] == 0) start_tensor(method, parameters, index_t(i));
        } else if (scratch.skipped_nonzeros[i] < 0) {
            scratch.skipped_nonzeros[i] = count(method, entries[i]);
        }
    }
    // Who is new and at rest is no birth.
    for (std::size_t i = scratch.known_tensors; i < entries.size(); ++i)
        if (!takes_part(entries[i]))
            state.counts[std::size_t(entries[i].group)].nonzeros += scratch.skipped_nonzeros[i];
    scratch.known_tensors = entries.size();
    // Groups of which this step computes nothing.
    for (std::size_t g = 0; g < scratch.group_nonzeros.size(); ++g)
        if (!scratch.group_is_passed[g]) scratch.group_nonzeros[g] = 0;
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (!scratch.group_is_passed[std::size_t(entries[i].group)])
            scratch.group_nonzeros[std::size_t(entries[i].group)] += scratch.skipped_nonzeros[i];
}

/// How many thetas of a tensor are non-zero, by a pass of its own.
template <class Method, class Entry>
index_t count(Method& method, const Entry& entry) {
    if (entry.size == 0) return 0;
    return method.backend.elements(kernel::look<typename Method::scalar, typename Method::stored>{entry.theta}, 0,
                                   entry.size);
}

} // namespace bregman::step
