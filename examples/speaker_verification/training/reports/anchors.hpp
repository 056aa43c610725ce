#pragma once
#include <array>
#include <string_view>

namespace speaker_verification {

inline constexpr std::string_view headline_list = "fotaq_heldout_3s";
inline constexpr std::array<std::string_view, 3> demo_lists = {headline_list, "ood_drascula_es_3s",
                                                               "ood_asterisk_gsm_3s"};

/// What simpler systems reach on the demo's lists, EER in %: what a new result should be held against.
/// Measured once, outside this program, with features centred by the training mean.
struct anchor {
    std::string_view system;
    std::array<double, 3> eer; ///< in the order of demo_lists
};

inline constexpr std::array<anchor, 5> anchors = {{
    {"fundamental frequency only", {37.2, 32.9, 39.6}},
    {"MFCC statistics, cosine", {32.6, 24.5, 15.7}},
    {"MFCC statistics, LDA on the training speakers", {22.2, 14.0, 13.5}},
    {"prototype SE-TDNN, .5 M, dense AdamW, 9 min of one core", {20.3, 15.6, 17.5}},
    {"prototype SE-TDNN, .5 M, AdaBreg at 90 %, 9 min of one core", {18.8, 9.2, 16.9}},
}};

/// Printed with every result on the lists of the actors.
inline constexpr std::string_view limits_sentence =
    "Limits: 6 actors in the headline list, so differences under 5 to 8 points mean nothing without the "
    "bootstrap "
    "over speakers; acted voices; characters may share an actor; each telephone voice has a studio of its "
    "own, whose "
    "channel alone gives 25 %; nothing here compares with VoxCeleb numbers.";

} // namespace speaker_verification
