#pragma once

// A run of a few steps that is saved and goes on.

#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/values.hpp"

namespace bregman::testing::continued_run {

constexpr index_t size = 300;
using mixed = std::variant<none, l1, group_rows, group_kernels>;

template <class Method>
void continue_run(Method& method, std::vector<typename Method::scalar>& theta, int from, int to) {
    using T = typename Method::scalar;
    for (int k = from; k < to; ++k) method.step(theta, normal_values<T>(size, std::uint64_t(100 + k)));
}

template <class Method>
std::string saved(Method& method) {
    std::ostringstream out;
    save_state(out, method);
    return out.str();
}
template <class Method>
void load(const std::string& bytes, Method& method) {
    std::istringstream in(bytes);
    load_state(in, method);
}

template <class Method = adabreg<float>>
Method stepped(index_t n = size) {
    Method method({.lambda = 0.2f});
    auto theta = normal_values<float>(n, 1);
    method.step(theta, normal_values<float>(n, 2));
    return method;
}

} // namespace bregman::testing::continued_run
