// Optimizers are copied with their laws.
#include <memory>

#include <bregman/bregman.hpp>

struct unique_law {
    std::unique_ptr<float> last;
    float operator()(const bregman::observation<float>& seen) { return seen.lambda; }
};

int main() {
    // expected: bregman: a control law must be copy-constructible and callable as `T law(const observation<T>&)`
    bregman::linbreg<float, bregman::l1, unique_law> optimizer;
}
