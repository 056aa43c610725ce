#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <bregman/base/error.hpp>
#include <bregman/distributed/communicator.hpp>
#include <bregman/tensors/tensor.hpp>

/// \file
/// Whether processes that should be alike are. All of them see the same and refuse with the same sentence.

namespace bregman {

/// Something to compare: what it is, and its value in words or as a hash.
using named_values = std::vector<std::pair<std::string, std::string>>;

/// Refuses processes that differ, with the first of the values that does and the first process that differs in it from
/// process 0. Collective; `remedy` says what to do.
template <class Communicator>
void check_same(Communicator& all, const named_values& values, const std::string& remedy) {
    if (all.size() == 1) return;
    std::string bytes;
    const auto put = [&bytes](const std::string& text) {
        const std::uint64_t length = text.size();
        bytes.append(reinterpret_cast<const char*>(&length), sizeof length).append(text);
    };
    for (const auto& [name, value] : values) put(name), put(value);
    const std::vector<std::string> of_each = all.gather(bytes);
    const auto texts_of = [](const std::string& from) {
        std::vector<std::string> texts;
        for (std::size_t at = 0; at < from.size();) {
            std::uint64_t length;
            std::memcpy(&length, from.data() + at, sizeof length);
            texts.push_back(from.substr(at + sizeof length, std::size_t(length)));
            at += sizeof length + std::size_t(length);
        }
        return texts;
    };
    const std::vector<std::string> first = texts_of(of_each[0]);
    std::size_t earliest = first.size() + 2, who = 0; // the place of the first text that differs
    for (std::size_t p = 1; p < of_each.size(); ++p) {
        if (of_each[p] == of_each[0]) continue;
        const std::vector<std::string> other = texts_of(of_each[p]);
        std::size_t place = 0;
        while (place < first.size() && place < other.size() && first[place] == other[place]) ++place;
        if (place < earliest) earliest = place, who = p;
    }
    if (who == 0) return;
    const std::vector<std::string> other = texts_of(of_each[who]);
    const std::string on = " of process " + std::to_string(who);
    if (earliest % 2 == 0 || earliest >= first.size() || earliest >= other.size())
        refuse("what is compared" + on, earliest < other.size() ? other[earliest] : "nothing more",
               "that of process 0, " + (earliest < first.size() ? first[earliest] : std::string("nothing more")),
               remedy);
    refuse(first[earliest - 1] + on, other[earliest], "that of process 0, " + first[earliest], remedy);
}

/// 64 bits of `bytes` bytes, for comparing: FNV-1a, a word at a time.
inline std::uint64_t hash_of(const void* data, std::size_t bytes) {
    std::uint64_t hash = 14695981039346656037u;
    const auto mix = [&hash](std::uint64_t word) {
        hash = (hash ^ word) * 1099511628211u;
        hash ^= hash >> 32; // else the high bits of a word never reach the low ones
    };
    const char* at = static_cast<const char*>(data);
    std::uint64_t word = 0;
    for (; bytes >= sizeof word; at += sizeof word, bytes -= sizeof word) {
        std::memcpy(&word, at, sizeof word);
        mix(word);
    }
    word = 0;
    if (bytes > 0) std::memcpy(&word, at, bytes);
    mix(word ^ (std::uint64_t(bytes) << 56));
    return hash;
}
inline std::string hash_in_words(const void* data, std::size_t bytes) {
    std::ostringstream words;
    words << std::hex << hash_of(data, bytes);
    return words.str();
}

/// Refuses processes whose optimizers or parameters differ in a bit: the number of steps, lambda, then v and theta tensor by
/// tensor. Collective. For processes that hold all of v: reads v and theta once, and sends 17 bytes a tensor.
/// `parameters` is the list that the optimizer steps.
template <class Optimizer, class Communicator>
void check_same_state(const Optimizer& optimizer, const typename Optimizer::parameter_list& parameters,
                      Communicator& all) {
    if (all.size() == 1) return;
    const auto words_of = [](auto value) {
        std::ostringstream words;
        words.precision(17);
        words << value;
        return words.str();
    };
    named_values values{{"number of steps", words_of(optimizer.steps())}, {"lambda", words_of(optimizer.lambda())}};
    const auto dual = optimizer.dual();
    std::size_t offset = 0;
    for (std::size_t i = 0; i < parameters.entries().size(); ++i) {
        const auto& entry = parameters.entries()[i];
        const std::string of_tensor =
            " of tensor " + std::to_string(i) + " (group \"" + parameters.group_of(entry).name + "\"), a hash,";
        const std::size_t size = std::size_t(entry.size);
        if (offset + size <= dual.size())
            values.emplace_back("v" + of_tensor, hash_in_words(dual.data() + offset, size * sizeof(dual[0])));
        const auto theta = optimizer.get_backend().to_host(entry.theta, entry.size);
        values.emplace_back("theta" + of_tensor, hash_in_words(theta.data(), size * sizeof(theta[0])));
        offset += size;
    }
    check_same(all, values, "the processes have gone apart: start all of them again from the last checkpoint");
}

} // namespace bregman
