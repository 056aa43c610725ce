// Fourier coefficients are complex.
#include <bregman/operators/fourier.hpp>

int main() {
    // expected: bregman: Fourier coefficients are complex: take partial_fourier<std::complex<double>>
    const bregman::partial_fourier<double> A(8, {0, 1});
}
