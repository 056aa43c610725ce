// Two moments are announced, one is taken.
#include <bregman/bregman.hpp>

struct mistaken {
    static constexpr int moments = 2;
    static constexpr double default_step_size = 0.1;
    struct increment {
        template <class V>
        V operator()(const V& g, V& m) const {
            return m = g;
        }
    };
    increment at(std::int64_t, float) const { return {}; }
};

int main() {
    // expected: whose result is callable as `V operator()(const V& g, V& moment...) const`
    bregman::optimizer<mistaken, bregman::euclidean<float>, bregman::l1, bregman::fixed_law,
                       bregman::eigen_backend<float>>
        optimizer;
}
