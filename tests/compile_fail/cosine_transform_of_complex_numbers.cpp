// A cosine transform of real signals.
#include <bregman/operators/partial_dct.hpp>

int main() {
    // expected: bregman: partial_dct is of real signals; partial_fourier takes complex ones
    const bregman::partial_dct<std::complex<double>> A(8, {0, 1});
}
