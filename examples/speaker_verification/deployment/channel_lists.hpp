#pragma once
/// Lists with an entry for each channel, cut and joined where layers are.
#include <bregman/tensors/tensor.hpp>

#include <cstddef>
#include <vector>

namespace speaker_verification {

template <class Values>
Values part_of(const Values& all, bregman::index_t first, bregman::index_t number) {
    return Values(all.begin() + first, all.begin() + first + number);
}

template <class Values>
void append(Values& all, const Values& more) {
    all.insert(all.end(), more.begin(), more.end());
}

/// one <- one or other, place by place.
inline void also(std::vector<bool>& one, const std::vector<bool>& other) {
    for (std::size_t i = 0; i < one.size(); ++i) one[i] = one[i] || other[i];
}

/// The places in both of two lists of this length, the second behind the first.
inline std::vector<bregman::index_t> in_both(const std::vector<bregman::index_t>& places, bregman::index_t length) {
    auto both = places;
    for (const auto place : places) both.push_back(length + place);
    return both;
}

} // namespace speaker_verification
