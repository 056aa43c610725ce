// CUDA by name in a file that nvcc does not compile.
// expected: bregman: <bregman/backends/thrust.hpp> needs nvcc (a .cu file)
#define THRUST_DEVICE_SYSTEM THRUST_DEVICE_SYSTEM_CUDA
#include <bregman/backends/thrust.hpp>
