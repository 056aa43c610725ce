#include "support/common_solvers.hpp"

namespace bregman {

BREGMAN_COMMON_SOLVERS(, float)
BREGMAN_COMMON_SOLVERS(, double)

} // namespace bregman
