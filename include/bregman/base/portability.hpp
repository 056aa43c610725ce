#pragma once

/// \file
/// What differs between compilers, nvcc among them, in one place.

#if defined(__CUDACC__)
/// A function that runs on the host and on the device.
#define BREGMAN_HOST_DEVICE __host__ __device__
// A policy of the user's that runs on the host only would compile with a mere warning and store garbage. Here, because
// nvcc goes by where the calling function stands, and all that call policies include this file before they do.
#pragma nv_diag_error 20011, 20012, 20013, 20014, 20015
#else
#define BREGMAN_HOST_DEVICE
#endif

#if defined(__GNUC__)
// Vector registers are lost in calls that are not inlined, and g++ -O2 is shy of inlining.
#define BREGMAN_INLINE inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define BREGMAN_INLINE __forceinline
#else
#define BREGMAN_INLINE inline
#endif

// Lanes are arrays where the compiler has no vector extension of GNU's. Defined by hand it is for tests, and for the whole
// program: a lane is then another type under the same name.
#if !defined(__GNUC__) && !defined(BREGMAN_PLAIN_LANES)
#define BREGMAN_PLAIN_LANES
#endif
