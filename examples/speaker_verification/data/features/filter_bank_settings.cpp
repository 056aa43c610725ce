#include "speaker_verification/data/features/filter_bank.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace speaker_verification {

void to_json(nlohmann::json& json, window_type window) { json = window == window_type::hamming ? "hamming" : "povey"; }

void from_json(const nlohmann::json& json, window_type& window) {
    if (json == "hamming")
        window = window_type::hamming;
    else if (json == "povey")
        window = window_type::povey;
    else
        throw std::invalid_argument("filter bank setting window = " + json.dump() +
                                    " is unknown: use \"hamming\" or \"povey\"");
}

void to_json(nlohmann::json& json, const filter_bank_settings& settings) {
    json = nlohmann::json::object();
    filter_bank_settings::visit(settings, [&](const char* name, const auto& field) { json[name] = field; });
}

void from_json(const nlohmann::json& json, filter_bank_settings& settings) {
    filter_bank_settings::visit(settings, [&](const char* name, auto& field) {
        const auto found = json.find(name);
        if (found == json.end())
            throw std::invalid_argument(std::string("filter bank setting ") + name +
                                        " is missing: the settings were written by another version, compute them anew");
        found->get_to(field);
    });
}

void require_same_settings(const filter_bank_settings& expected, const filter_bank_settings& given,
                           std::string_view expected_by) {
    const nlohmann::json wanted = expected;
    const nlohmann::json present = given;
    filter_bank_settings::visit(expected, [&](const char* name, const auto&) {
        if (wanted.at(name) != present.at(name))
            throw std::invalid_argument(std::string("filter bank setting ") + name + " = " + present.at(name).dump() +
                                        " differs from " + wanted.at(name).dump() + " in " + std::string(expected_by) +
                                        ": a model only understands features computed as in its training, set " + name +
                                        " to " + wanted.at(name).dump());
    });
}

} // namespace speaker_verification
