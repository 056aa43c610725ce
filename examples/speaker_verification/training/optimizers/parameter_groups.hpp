#pragma once
#include "speaker_verification/training/settings/settings.hpp"

#include <bregman/torch/parameter_group.hpp>

#include <torch/torch.h>
#include <vector>

namespace speaker_verification {

/// The parameters of a network, which has its classifier head registered, by what they do and never by their
/// name: the table of the paper's code. Convolutions have one group a kernel for ECAPA-TDNN and l1 for
/// ResNet34, linear layers and the head l1, the rest nothing. `prune_head` and `count_head` decide about the
/// head, `count_rest` whether the rest is part of s.
std::vector<bregman::libtorch::parameter_group<>> group_by_role(const torch::nn::Module& network, const settings& all);

} // namespace speaker_verification
