// A number is not a control law: fixed_law with settings.lambda is.
#include <bregman/bregman.hpp>

int main() {
    // expected: bregman: a control law must be copy-constructible and callable as `T law(const observation<T>&)`
    bregman::linbreg<float, bregman::l1, float> optimizer;
}
