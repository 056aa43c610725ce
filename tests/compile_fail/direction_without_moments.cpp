// A direction says how many buffers it needs.
#include <bregman/bregman.hpp>

struct forgetful {
    static constexpr double default_step_size = 0.1;
    struct increment {
        template <class V>
        V operator()(const V& g) const {
            return g;
        }
    };
    increment at(std::int64_t, float) const { return {}; }
};

int main() {
    // expected: bregman: a direction needs `static constexpr int moments` (0 to 3)
    bregman::optimizer<forgetful, bregman::euclidean<float>, bregman::l1, bregman::fixed_law,
                       bregman::eigen_backend<float>>
        optimizer;
}
