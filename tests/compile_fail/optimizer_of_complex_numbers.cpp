// An optimizer trains real parameters.
#include <bregman/bregman.hpp>

int main() {
    // expected: an optimizer takes float or double; a complex parameter is a pair of them: pass as_tensor(pointer, 2 n, {{n, 2}})
    [[maybe_unused]] bregman::linbreg<std::complex<float>> optimizer;
}
