// It links only with TBB, for Thrust's loops are TBB's.
#include <thrust/device_vector.h>
#include <thrust/fill.h>

static_assert(THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_TBB);

int main() {
    thrust::device_vector<int> values(100000);
    thrust::fill(values.begin(), values.end(), 3);
    return values[99999] == 3 ? 0 : 1;
}
