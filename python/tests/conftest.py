"""Settings of all tests."""

import os

# The tests' arrays are small: threads that wait for each other cost more than they do, above all on a busy machine.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
