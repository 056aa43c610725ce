#include "speaker_verification/deployment/panel_math.hpp"

#include <bregman/sparse/processor.hpp>
#include <bregman/sparse/product.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace speaker_verification {

namespace {

using bregman::index_t;
using bregman::sparse::for_each_panel;
using bregman::sparse::panel_width;
using bregman::sparse::run_on_processor;
using bregman::sparse::wide;

template <int Bytes>
using floats = typename wide<float, Bytes>::type;
template <int Bytes>
using integers = typename wide<std::int32_t, Bytes>::type;
template <int Bytes>
inline constexpr index_t length = Bytes / index_t(sizeof(float));

template <class Register>
BREGMAN_INLINE void load(Register& to, const float* from) {
    std::memcpy(&to, from, sizeof to);
}
template <class Register>
BREGMAN_INLINE void store(const Register& from, float* to) {
    std::memcpy(to, &from, sizeof from);
}

/// x <- e^x within 2 ulp for x in [-87, 88], and e at the nearer end beyond: 2^n e^r with |r| <= ln(2)/2, e^r by the
/// polynomial of Moshier's Cephes.
template <int Bytes>
BREGMAN_INLINE void exponential(floats<Bytes>& x) {
    using vector = floats<Bytes>;
    const vector lowest = -87.f - vector{}, highest = 88.f - vector{};
    x = x < lowest ? lowest : x;
    x = x > highest ? highest : x;
    const vector half = .5f - vector{}, zero{};
    const vector scaled = x * 1.44269504088896341f;
    const integers<Bytes> n = __builtin_convertvector(scaled + (scaled < zero ? -half : half), integers<Bytes>);
    const vector whole = __builtin_convertvector(n, vector);
    const vector r = x - whole * .693359375f + whole * 2.12194440e-4f;
    vector p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.f;
    const integers<Bytes> exponent = (n + 127) << 23;
    vector power;
    std::memcpy(&power, &exponent, sizeof power);
    x = p * power;
}

template <class Register>
BREGMAN_INLINE double sum_of(const Register& x) {
    double sum = 0;
    for (std::size_t i = 0; i < sizeof x / sizeof(float); ++i) sum += double(x[i]);
    return sum;
}

/// out = a + factor * b on one panel, the factor one of a channel or 1.
struct sum_of_panels {
    const float *a, *b, *gate;
    float* out;
    index_t channels;

    template <int Bytes>
    BREGMAN_INLINE void run() const {
        for (index_t c = 0; c < channels; ++c) {
            const floats<Bytes> factor = (gate ? gate[c] : 1.f) - floats<Bytes>{};
            for (index_t i = c * panel_width; i < (c + 1) * panel_width; i += length<Bytes>) {
                floats<Bytes> x, y;
                load(x, a + i);
                load(y, b + i);
                store(x + factor * y, out + i);
            }
        }
    }
};

struct tanh_of_panel {
    float* x;
    const float* added;
    index_t channels;

    /// 1 - 2 / (e^(2 x) + 1)
    template <int Bytes>
    BREGMAN_INLINE void run() const {
        for (index_t c = 0; c < channels; ++c)
            for (index_t i = c * panel_width; i < (c + 1) * panel_width; i += length<Bytes>) {
                floats<Bytes> value;
                load(value, x + i);
                value = (value + added[c]) * 2.f;
                exponential<Bytes>(value);
                store(1.f - 2.f / (value + 1.f), x + i);
            }
    }
};

/// Channels first .. last - 1.
struct statistics_of_channels {
    const_panel_view x;
    index_t first, last;
    float *mean, *deviation; ///< no deviation: the mean alone

    template <int Bytes>
    BREGMAN_INLINE void run() const {
        const index_t whole = x.positions / panel_width, left = x.positions % panel_width;
        for (index_t c = first; c < last; ++c) {
            floats<Bytes> sum{};
            // Beyond the positions there are zeros.
            for (index_t p = 0; p < x.count(); ++p)
                for (index_t i = 0; i < panel_width; i += length<Bytes>) {
                    floats<Bytes> value;
                    load(value, x.panel(p) + c * panel_width + i);
                    sum = sum + value;
                }
            const double average = sum_of(sum) / double(x.positions);
            mean[c] = float(average);
            if (!deviation) continue;
            floats<Bytes> squares{};
            const floats<Bytes> centre = mean[c] - floats<Bytes>{};
            for (index_t p = 0; p < whole; ++p)
                for (index_t i = 0; i < panel_width; i += length<Bytes>) {
                    floats<Bytes> value;
                    load(value, x.panel(p) + c * panel_width + i);
                    value = value - centre;
                    squares = squares + value * value;
                }
            double total = sum_of(squares);
            for (index_t i = 0; i < left; ++i) {
                const double value = double(x.panel(whole)[c * panel_width + i]) - double(mean[c]);
                total += value * value;
            }
            deviation[c] = float(std::sqrt(total / double(x.positions - 1) + double(variance_floor)));
        }
    }
};

struct attention_of_channels {
    panel_view logits;
    const_panel_view x;
    index_t first, last;
    float *mean, *deviation;

    template <int Bytes>
    BREGMAN_INLINE void run() const {
        for (index_t c = first; c < last; ++c) {
            float* tail = logits.panel(logits.count() - 1) + c * panel_width;
            if (const index_t left = logits.positions % panel_width; left > 0)
                std::fill(tail + left, tail + panel_width, -1e30f);
            floats<Bytes> most = -1e30f - floats<Bytes>{};
            for (index_t p = 0; p < logits.count(); ++p)
                for (index_t i = 0; i < panel_width; i += length<Bytes>) {
                    floats<Bytes> value;
                    load(value, logits.panel(p) + c * panel_width + i);
                    most = value > most ? value : most;
                }
            float highest = most[0];
            for (index_t i = 1; i < length<Bytes>; ++i) highest = std::max(highest, most[i]);
            floats<Bytes> weights{}, sums{}, squares{};
            for (index_t p = 0; p < logits.count(); ++p)
                for (index_t i = 0; i < panel_width; i += length<Bytes>) {
                    floats<Bytes> weight, value;
                    load(weight, logits.panel(p) + c * panel_width + i);
                    load(value, x.panel(p) + c * panel_width + i);
                    weight = weight - highest;
                    exponential<Bytes>(weight);
                    weights = weights + weight;
                    sums = sums + weight * value;
                    squares = squares + weight * value * value;
                }
            const double weight = sum_of(weights), average = sum_of(sums) / weight;
            mean[c] = float(average);
            deviation[c] =
                float(std::sqrt(std::max(sum_of(squares) / weight - average * average, double(variance_floor))));
        }
    }
};

/// work(first, last) for the channels, some at a time, on several threads.
template <class Work>
void for_channels(index_t channels, const Work& work) {
    constexpr index_t together = 64;
    for_each_panel((channels + together - 1) / together,
                   [&](index_t i) { work(i * together, std::min((i + 1) * together, channels)); });
}

} // namespace

void add_panel(const_panel_view a, const_panel_view b, panel_view out, index_t p) {
    run_on_processor(sum_of_panels{a.panel(p), b.panel(p), nullptr, out.panel(p), out.channels});
}

void add_gated(const_panel_view a, const_panel_view b, const float* gate, panel_view out) {
    for_each_panel(out.count(), [&](index_t p) {
        run_on_processor(sum_of_panels{a.panel(p), b.panel(p), gate, out.panel(p), out.channels});
    });
}

void channel_means(const_panel_view x, float* mean) { channel_statistics(x, mean, nullptr); }

void channel_statistics(const_panel_view x, float* mean, float* deviation) {
    for_channels(x.channels, [&](index_t first, index_t last) {
        run_on_processor(statistics_of_channels{x, first, last, mean, deviation});
    });
}

void tanh_of_sum(panel_view x, const float* added) {
    for_each_panel(x.count(), [&](index_t p) { run_on_processor(tanh_of_panel{x.panel(p), added, x.channels}); });
    x.clear_tail();
}

void attentive_statistics(panel_view logits, const_panel_view x, float* mean, float* deviation) {
    for_channels(x.channels, [&](index_t first, index_t last) {
        run_on_processor(attention_of_channels{logits, x, first, last, mean, deviation});
    });
}

} // namespace speaker_verification
