#pragma once

#include <variant>

#include <bregman/regularizers/box.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/group_l2.hpp>
#include <bregman/regularizers/l1.hpp>
#include <bregman/regularizers/n_of_m.hpp>
#include <bregman/regularizers/none.hpp>
#include <bregman/regularizers/nonnegative_l1.hpp>
#include <bregman/regularizers/sparse_group_lasso.hpp>

/// \file
/// Without a header of Python, since what steps on a device reads it too (torch_device.cu).

namespace bregman::python {

/// What a parameter group may have. The first four are bregman::libtorch::any_regularizer, in its order.
using group_regularizer = std::variant<none, l1, group_rows, group_kernels, group_columns, nonnegative_l1, elastic_net,
                                       box, n_of_m, sparse_group_lasso<group_rows>, sparse_group_lasso<group_kernels>>;

} // namespace bregman::python
