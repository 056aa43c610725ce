// Observers are handed the progress.
#include <vector>

#include <bregman/bregman.hpp>

int main() {
    std::vector<float> theta(3);
    bregman::linbreg<> optimizer;
    const auto objective = [](const std::vector<float>&, std::vector<float>&) { return 0.0f; };
    // expected: bregman: an observer must be copy-constructible and callable as `void observer(const progress<T>&)`
    bregman::minimize(optimizer, theta, objective, 10, [] {});
}
