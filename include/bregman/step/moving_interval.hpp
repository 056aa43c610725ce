#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

namespace bregman {

/// Where the next of slowly changing values x_1, x_2, ... > 0 is expected: around 2 x_n - x_{n-1}, the
/// continuation of the last two, as far as four times the last error, and half the way of the interval
/// before. A search that is told so finds the value faster; where the value lies elsewhere, it is found all
/// the same.
template <class T>
class moving_interval {
  public:
    /// The ends of the interval, excluded. The first is not below the second where too little is known: after
    /// fewer than two values, or when they change by more than a few per cent.
    std::pair<T, T> expected() const {
        if (seen_ < 2 || !(reach_ < widest * last_)) return {T(0), T(0)};
        const T middle = last_ + trend_;
        return {middle - reach_, middle + reach_};
    }

    void observe(T x) {
        const T error = std::abs(x - (last_ + trend_));
        reach_ = seen_ < 2 ? std::abs(x - last_) : std::max({4 * error, reach_ / 2, narrowest * x});
        trend_ = seen_ < 1 ? T(0) : x - last_;
        last_ = x;
        ++seen_;
    }

  private:
    static constexpr T narrowest = T(1e-4), widest = T(0.05);

    T last_ = 0, trend_ = 0, reach_ = 0;
    long seen_ = 0;
};

} // namespace bregman
