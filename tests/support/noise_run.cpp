#include "support/noise_run.hpp"

namespace bregman::testing {

void fill_with_noise(std::vector<float>& values, const counter_random& random, std::uint64_t first, float deviation) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = deviation * float(normal_at(random, first + i));
}

} // namespace bregman::testing
