// Lanes are registers of real numbers.
#include <bregman/backends/cpu/lane.hpp>

int main() {
    // expected: bregman: a lane holds float or double; policies take std::complex one by one
    [[maybe_unused]] bregman::lane<std::complex<float>> z;
}
