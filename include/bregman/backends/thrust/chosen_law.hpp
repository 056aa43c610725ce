#pragma once

#include <cstdint>

#include <bregman/base/portability.hpp>
#include <bregman/control/additive.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/band.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/multiplicative.hpp>
#include <bregman/control/nupi.hpp>
#include <bregman/control/pid.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/control/settling.hpp>

namespace bregman::device {

/// What an any_law holds, for the device, when it is one of the library's own laws: there is no virtual call from a kernel
/// to an object of the host. All of them side by side, a few hundred bytes, and the number of the one that counts.
template <class T>
class chosen_law {
  public:
    static constexpr const char* name = "chosen";
    static constexpr bool runs_on_device = true;

    chosen_law() = default;
    explicit chosen_law(const any_law<T>& law) {
        take<fixed_law>(law, kind::fixed, fixed_);
        take<multiplicative_law<T>>(law, kind::multiplicative, multiplicative_);
        take<additive_law<T>>(law, kind::additive, additive_);
        take<band_law<T>>(law, kind::band, band_);
        take<pid_law<T>>(law, kind::pid, pid_);
        take<nupi_law<T>>(law, kind::nupi, nupi_);
        take<quantile_law>(law, kind::quantile, quantile_);
        take<settling_law>(law, kind::settling, settling_);
    }
    /// The law's state as the device has left it.
    void hand_back(any_law<T>& law) const {
        give(law, kind::multiplicative, multiplicative_);
        give(law, kind::additive, additive_);
        give(law, kind::band, band_);
        give(law, kind::pid, pid_);
        give(law, kind::nupi, nupi_);
    }

    /// Whether the law may run on the device.
    bool runs_here() const { return kind_ != kind::of_the_host; }
    /// Whether it leaves it to the caller to find the lambda of the target.
    bool may_ask() const { return kind_ == kind::quantile || kind_ == kind::settling; }
    /// Whether it has another way where no lambda can be found.
    bool may_do_without_selection() const { return kind_ == kind::settling; }

    template <class LambdaFor>
    BREGMAN_HOST_DEVICE T operator()(const observation<T, LambdaFor>& seen) {
        switch (kind_) {
        case kind::multiplicative:
            return multiplicative_(seen);
        case kind::additive:
            return additive_(seen);
        case kind::band:
            return band_(seen);
        case kind::pid:
            return pid_(seen);
        case kind::nupi:
            return nupi_(seen);
        default:
            return seen.lambda;
        }
    }
    template <class LambdaFor>
    BREGMAN_HOST_DEVICE bool asks_for_lambda(const observation<T, LambdaFor>& seen) const {
        if (kind_ == kind::quantile) return quantile_.asks_for_lambda(seen);
        return kind_ == kind::settling && settling_.asks_for_lambda(seen);
    }
    BREGMAN_HOST_DEVICE T towards(std::int64_t step, T lambda, T found) const {
        return kind_ == kind::settling ? settling_.towards(step, lambda, found) : found;
    }

  private:
    enum class kind : int { of_the_host, fixed, multiplicative, additive, band, pid, nupi, quantile, settling };

    template <class Law>
    void take(const any_law<T>& law, kind which, Law& mine) {
        if (const Law* held = law.template held_as<Law>()) {
            mine = *held;
            kind_ = which;
        }
    }
    template <class Law>
    void give(any_law<T>& law, kind which, const Law& mine) const {
        if (kind_ == which) *law.template held_as<Law>() = mine;
    }

    kind kind_ = kind::of_the_host;
    fixed_law fixed_;
    multiplicative_law<T> multiplicative_;
    additive_law<T> additive_;
    band_law<T> band_;
    pid_law<T> pid_;
    nupi_law<T> nupi_;
    quantile_law quantile_;
    settling_law settling_;
};

} // namespace bregman::device
