#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "speaker_verification/data/store/speech_index.hpp"

namespace speaker_verification {

/// Rotating the held-out actors. Eleven actors speak in "Flight of the Amazon Queen": the lists train on five
/// and try six, which is few. Holding out others in further runs tests each of them by a network that never
/// heard them, and pools (see mean_over_folds) to a figure over eleven.
inline constexpr std::string_view rotation_package = "flight-of-the-amazon-queen";
inline constexpr std::string_view standard_list = "fotaq_heldout_3s";  ///< the trials of the six
inline constexpr std::string_view rotation_list = "fotaq_rotation_3s"; ///< what others are tried by

/// All actors of the store's lists, sorted; none where the package was not fetched.
std::vector<std::string> rotating_actors(const speech_store& speech);

/// Two folds that hold out every actor once: those of the standard list, whose run needs no rotation, and
/// those it trains on. Each has at least two women and two men.
std::vector<std::vector<std::string>> rotation_folds(const speech_store& speech);

/// The actors that a comma-separated text names, sorted; none for an empty one, which stands for the lists as
/// they are. Throws std::invalid_argument with one sentence for a name that is none of rotating_actors, which
/// it lists, for a store without the package, and where no two of them are of the same gender: without
/// non-target trials of the headline's kind they cannot be tried.
std::vector<std::string> held_out_actors(const speech_store& speech, const std::string& names);

/// Indices into speech.utterances() of those that train when `held_out` do not: the training list without
/// them, then the crops' members of the standard list's other actors. Of these only what the crops hold is in
/// the store, so they have less to say than in a list of their own. No name: the training list.
std::vector<std::size_t> utterances_to_train(const speech_store& speech, const std::vector<std::string>& held_out);

/// Crops and trials among the held-out actors, by the rules of the standard list and the same each time:
///
/// * a crop joins utterances of one character until they hold 3 s of active speech, at most 60 crops an
///   actor, from the actor's utterances in a random order; actors of the standard list keep its crops;
/// * same_character: 240 pairs of each character; cross_character: 200 pairs of different characters of each
///   actor; same_gender and diff_gender: 160 pairs of each two actors; all of them where there are fewer.
///
/// Which pairs are drawn depends on their actors alone, not on who else is held out. No name, or exactly the
/// standard list's actors: the standard list itself.
trial_list rotated_trials(const speech_store& speech, const std::vector<std::string>& held_out);

} // namespace speaker_verification
