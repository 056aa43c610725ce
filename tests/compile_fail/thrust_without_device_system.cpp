// A host compiler and no word about the device system: Thrust would look for CUDA.
// expected: bregman: <bregman/backends/thrust.hpp> needs nvcc (a .cu file) or, with a host compiler, the flag -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_OMP
#include <bregman/backends/thrust.hpp>
