#pragma once
#include "speaker_verification/training/settings/settings.hpp"

#include <bregman/torch/parameter_group.hpp>

#include <torch/torch.h>
#include <variant>
#include <vector>

namespace speaker_verification {

/// What the weights of a group may have.
using weight_regularizer =
    std::variant<bregman::none, bregman::l1, bregman::group_rows, bregman::group_columns, bregman::group_kernels>;
using weight_group = bregman::libtorch::parameter_group<weight_regularizer>;

/// The parameters of a network, which has its classifier head registered, by what they do and never by their
/// name: the table of the paper's code. Convolutions have one group a kernel for ECAPA-TDNN and l1 for
/// ResNet34, linear layers and the head l1, the rest nothing. `prune_head` and `count_head` decide about the
/// head, `count_rest` whether the rest is part of s.
///
/// With the granularity `channels` the weights of the network proper have groups whose zeros can be taken out of it (see
/// deployment/ecapa_weights.hpp): a row, all that makes one output of a layer or one filter of a convolution; and where the
/// outputs stay whatever happens (parameter_with_role::outputs_stay) a column, all that reads one input. The head,
/// which is not deployed, keeps l1. With `layer_density` each layer is a group by itself.
std::vector<weight_group> group_by_role(const torch::nn::Module& network, const settings& all);

} // namespace speaker_verification
