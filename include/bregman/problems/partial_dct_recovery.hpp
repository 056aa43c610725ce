#pragma once

#include <cstdint>

#include <bregman/operators/partial_dct.hpp>
#include <bregman/problems/sparse_signal.hpp>

namespace bregman {

/// A sparse vector of which m of the n coefficients of its orthonormal DCT are known: b = A x + noise.
template <class T>
struct partial_dct_recovery {
    partial_dct<T> A;         ///< rows of a cosine transform
    dense_vector<T> b;        ///< A solution
    dense_vector<T> solution; ///< the sparse x that b was made of

    /// `nonzeros` entries of x, at random places, are N(0, 1); the kept coefficients are a random choice;
    /// noise is N(0, noise^2) per measurement. The same seed gives the same problem everywhere.
    static partial_dct_recovery make(index_t m, index_t n, index_t nonzeros, T noise = 0, std::uint64_t seed = 0) {
        require(m >= 1 && m <= n, "measurements m", m, "[1, n]", "keep some of the n coefficients");
        partial_dct_recovery r{
            partial_dct<T>(n, random_positions(n, m, seed)), {}, sparse_signal<T>(n, nonzeros, seed)};
        r.A.apply(r.solution, r.b);
        add_noise(r.b, noise, seed);
        return r;
    }
};

} // namespace bregman
