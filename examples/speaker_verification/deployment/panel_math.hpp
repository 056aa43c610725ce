#pragma once
/// What of a speaker network's forward pass is no product, on panels (bregman/sparse/panels.hpp). In single precision, with
/// the processor's vectors; the positions beyond the last one stay zero.
#include <bregman/sparse/panels.hpp>

namespace speaker_verification {

using panel_view = bregman::sparse::panel_view<float>;
using const_panel_view = bregman::sparse::panel_view<const float>;

/// Added to a variance before its root is taken.
inline constexpr float variance_floor = 1e-7f;

/// out = a + b on panel p.
void add_panel(const_panel_view a, const_panel_view b, panel_view out, bregman::index_t p);

/// out(c, t) = a(c, t) + gate[c] * b(c, t).
void add_gated(const_panel_view a, const_panel_view b, const float* gate, panel_view out);

/// Mean of every channel.
void channel_means(const_panel_view x, float* mean);

/// Mean, and sqrt(variance + floor) with the unbiased variance, of every channel.
void channel_statistics(const_panel_view x, float* mean, float* deviation);

/// x(c, t) <- tanh(x(c, t) + added[c]).
void tanh_of_sum(panel_view x, const float* added);

/// With alpha = softmax over t of logits(c, t): mean[c] = sum alpha x, deviation[c] = sqrt(max(sum alpha x^2 - mean^2, floor)).
/// Writes over the logits.
void attentive_statistics(panel_view logits, const_panel_view x, float* mean, float* deviation);

} // namespace speaker_verification
