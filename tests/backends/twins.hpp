#pragma once

#include <thrust/copy.h>
#include <thrust/device_vector.h>

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <bregman/backends/thrust.hpp>

#include <bregman/backends/eigen.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/io/run_file.hpp>
#include <bregman/io/state_file.hpp>

#include "support/checks.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

#if defined(BREGMAN_TEST_ELEMENTS) // what a GPU runs, on the CPU
inline constexpr thrust_path path = thrust_path::elements;
#else
inline constexpr thrust_path path = native_thrust_path;
#endif

template <class T>
using device = thrust::device_vector<T>;
template <class T>
using device_backend = thrust_backend<T, path>;

template <class T>
std::vector<T> on_host(const device<T>& values) {
    std::vector<T> host(values.size());
    thrust::copy(values.begin(), values.end(), host.begin());
    return host;
}

/// The same tensors in host and in device memory.
template <class T, class Regularizer>
class twins {
  public:
    parameter_list<T, Regularizer> here, there;

    void add_group(parameter_group<Regularizer> group) {
        here.add_group(group);
        there.add_group(std::move(group));
    }
    void add(const tensor_shape& shape, double deviation = 1) {
        const index_t n = shape.size();
        theta_.push_back(normal_values<T>(n, 100 + theta_.size(), deviation));
        gradient_.push_back(std::vector<T>(static_cast<std::size_t>(n)));
        device_theta_.emplace_back(theta_.back());
        device_gradient_.emplace_back(gradient_.back());
        here.add_view(theta_.back().data(), gradient_.back().data(), shape);
        there.add_view(thrust::raw_pointer_cast(device_theta_.back().data()),
                       thrust::raw_pointer_cast(device_gradient_.back().data()), shape);
    }
    /// New gradients, in place, for the lists point to this memory.
    void draw(std::uint64_t step) {
        for (std::size_t i = 0; i < theta_.size(); ++i) {
            const auto values = normal_values<T>(index_t(gradient_[i].size()), 1000 * step + i);
            std::copy(values.begin(), values.end(), gradient_[i].begin());
            thrust::copy(values.begin(), values.end(), device_gradient_[i].begin());
        }
    }
    std::size_t size() const { return theta_.size(); }
    const std::vector<T>& theta(std::size_t i) const { return theta_[i]; }
    std::vector<T> device_theta(std::size_t i) const { return on_host(device_theta_[i]); }

  private:
    std::vector<std::vector<T>> theta_, gradient_;
    std::deque<device<T>> device_theta_, device_gradient_; // a std::vector would copy them when it grows
};

/// The same optimizer on the CPU, which is the oracle, and on the device.
template <class Direction, class Regularizer, class Law, class T, class Mirror = euclidean<T>>
struct optimizer_twins {
    optimizer<Direction, Mirror, Regularizer, Law, eigen_backend<T>> here;
    optimizer<Direction, Mirror, Regularizer, Law, device_backend<T>> there;

    explicit optimizer_twins(optimizer_settings<T> settings, Law law, Mirror mirror = {}, Regularizer regularizer = {})
        : here(settings, {}, mirror, regularizer, law), there(settings, {}, mirror, regularizer, law) {}

    void run(twins<T, Regularizer>& model, int steps, double tolerance_of_theta) {
        for (int k = 0; k < steps; ++k) {
            model.draw(std::uint64_t(here.steps() + 1));
            const auto wanted = here.step(model.here);
            const auto seen = there.step(model.there);
            BOOST_TEST(std::abs(seen.sparsity - wanted.sparsity) <= tolerance_of_theta);
            BOOST_TEST(std::abs(seen.next_lambda - wanted.next_lambda) <= tolerance_of_theta * wanted.next_lambda);
        }
        check_close(there.dual(), here.dual(), tolerance_of_theta);
        for (std::size_t i = 0; i < model.size(); ++i)
            check_close(model.device_theta(i), model.theta(i), tolerance_of_theta);
        check_counts(model);
    }

    /// Counts are of what is stored, and the CPU's.
    void check_counts(const twins<T, Regularizer>& model) const {
        std::vector<index_t> nonzeros(here.counts().size());
        for (std::size_t i = 0; i < model.size(); ++i)
            nonzeros[std::size_t(model.here.entries()[i].group)] += count_nonzeros(model.device_theta(i));
        for (std::size_t g = 0; g < nonzeros.size(); ++g) {
            BOOST_TEST(there.counts()[g].nonzeros == nonzeros[g]);
            BOOST_TEST(there.counts()[g].nonzeros == here.counts()[g].nonzeros);
            BOOST_TEST(there.counts()[g].births == here.counts()[g].births);
            BOOST_TEST(there.counts()[g].deaths == here.counts()[g].deaths);
        }
    }
};

} // namespace bregman::testing
