#include "speaker_verification/data/audio/waveform_augmentation.hpp"

#include <cmath>
#include <stdexcept>

#include "common/json_file.hpp"
#include "speaker_verification/data/audio/outside_audio.hpp"
#include "speaker_verification/data/audio/waveform.hpp"

namespace speaker_verification {
namespace {

constexpr double full_scale = 32768;

void check(const waveform_augmentation_settings& settings) {
    if (!(settings.probability >= 0 && settings.probability <= 1))
        throw std::invalid_argument("augmentation probability = " + std::to_string(settings.probability) +
                                    " is out of range: choose 0 to 1");
    if (settings.speeds.empty()) throw std::invalid_argument("augmentation needs a speed: give at least 1");
    for (const double speed : settings.speeds)
        if (!(speed >= .5 && speed <= 2))
            throw std::invalid_argument("augmentation speed = " + std::to_string(speed) +
                                        " is out of range: choose .5 to 2");
}

std::filesystem::path absolute_or_empty(const std::filesystem::path& folder) {
    return folder.empty() ? folder : std::filesystem::weakly_canonical(std::filesystem::absolute(folder));
}

/// A file's place in a JSON text.
void put(nlohmann::json& json, const std::filesystem::path& field) { json = field.string(); }
template <class Field>
void put(nlohmann::json& json, const Field& field) {
    json = field;
}
void get(const nlohmann::json& json, std::filesystem::path& field) { field = json.get<std::string>(); }
template <class Field>
void get(const nlohmann::json& json, Field& field) {
    json.get_to(field);
}

} // namespace

void to_json(nlohmann::json& json, const waveform_augmentation_settings& settings) {
    json = nlohmann::json::object();
    waveform_augmentation_settings::visit(settings,
                                          [&](const char* name, const auto& field) { put(json[name], field); });
}

void from_json(const nlohmann::json& json, waveform_augmentation_settings& settings) {
    waveform_augmentation_settings::visit(settings, [&](const char* name, auto& field) {
        if (!json.contains(name))
            throw std::invalid_argument(std::string("augmentation setting ") + name +
                                        " is missing: run compute_features --variants again");
        get(json.at(name), field);
    });
}

waveform_augmenter::waveform_augmenter(const speech_store& speech, waveform_augmentation_settings settings)
    : speech_(&speech), settings_(std::move(settings)) {
    check(settings_);
    settings_.noises = absolute_or_empty(settings_.noises);
    settings_.rooms = absolute_or_empty(settings_.rooms);
    if (!settings_.noises.empty()) noises_.emplace(settings_.noises);
    if (!settings_.rooms.empty()) rooms_.emplace(settings_.rooms);
}

double waveform_augmenter::speed_of(std::int64_t number) const {
    if (number < 1)
        throw std::invalid_argument("variant = " + std::to_string(number) + " is out of range: variants count from 1");
    return settings_.speeds[static_cast<std::size_t>(number - 1) % settings_.speeds.size()];
}

std::int64_t waveform_augmenter::variant_length(std::int64_t samples, std::int64_t number) const {
    return length_at_speed(samples, speed_of(number));
}

nlohmann::json waveform_augmenter::description(std::int64_t number) const {
    nlohmann::json json = settings_;
    json["speed"] = speed_of(number);
    // Only this variant's speed decides its values: a longer list of speeds keeps what was computed.
    json.erase("speeds");
    json["noise_files"] = noises_ ? noises_->size() : 0;
    json["room_files"] = rooms_ ? rooms_->size() : 0;
    json["noise_stamp"] = noises_ ? noises_->stamp() : "";
    json["room_stamp"] = rooms_ ? rooms_->stamp() : "";
    return json;
}

std::vector<float> waveform_augmenter::variant(std::size_t index, std::int64_t number) const {
    counter_random random(settings_.seed, static_cast<std::uint64_t>(number), index);
    std::vector<float> samples = change_speed(speech_->samples(speech_->training()[index]), speed_of(number));
    if (!random.happens(settings_.probability)) return samples;
    if (random.happens(.5))
        reverberate(samples, random);
    else
        disturb(samples, index, random);
    normalize_peak(samples, full_scale);
    return samples;
}

void waveform_augmenter::reverberate(std::vector<float>& samples, counter_random& random) const {
    samples = convolve(samples, rooms_ ? rooms_->draw(random) : generate_room(random));
}

void waveform_augmenter::disturb(std::vector<float>& samples, std::size_t index, counter_random& random) const {
    const noise_category* category = &category_called("noise");
    std::vector<float> noise;
    if (noises_) {
        auto drawn = noises_->draw(samples.size(), random);
        category = drawn.category;
        noise = std::move(drawn.samples);
    } else {
        switch (random.below(3)) {
        case 0:
            noise = white_noise(samples.size(), random);
            break;
        case 1:
            noise = pink_noise(samples.size(), random);
            break;
        default:
            noise = babble(samples.size(), index, random);
            category = &category_called("speech");
        }
    }
    add_noise(samples, noise, random.uniform(category->lowest_db, category->highest_db));
}

std::vector<float> waveform_augmenter::babble(std::size_t count, std::size_t index, counter_random& random) const {
    const auto training = speech_->training();
    std::vector<float> sum(count, 0.f);
    const auto voices = 3 + random.below(5);
    for (std::uint64_t voice = 0; voice < voices; ++voice) {
        const utterance& other = training[random.below(training.size())];
        const std::uint64_t shift = random.bits();
        if (other.speaker == training[index].speaker) continue;
        try {
            std::vector<float> samples = speech_->samples(other);
            scale_to_unit_energy(samples);
            const auto level = static_cast<float>(std::sqrt(static_cast<double>(samples.size())));
            for (std::size_t i = 0; i < count && !samples.empty(); ++i)
                sum[i] += level * samples[(i + shift) % samples.size()];
        } catch (const unusable_audio&) {
            // It is skipped and listed where it is an utterance of its own; here one voice less is heard.
        }
    }
    return sum;
}

namespace {

std::filesystem::path variant_file(const std::filesystem::path& store) { return store / "variants.json"; }

} // namespace

variant_settings read_variant_settings(const std::filesystem::path& store) {
    const auto file = variant_file(store);
    if (!std::filesystem::exists(file))
        throw std::runtime_error("there are no augmented variants in '" + store.string() +
                                 "': run compute_features --cache '" + store.string() +
                                 "' --variants N, or train with --variants 0");
    const nlohmann::json json = examples::read_json_file(file);
    try {
        const auto& count = json.at("count");
        variant_settings settings{json.at("augmentation").get<waveform_augmentation_settings>(), 0};
        if (count.is_number_unsigned() && count.get<std::uint64_t>() <= most_variants) {
            settings.count = count.get<std::int64_t>();
            return settings;
        }
    } catch (const nlohmann::json::exception&) {
    }
    throw std::runtime_error("'" + file.string() + "' is not as it was written: run compute_features --variants again");
}

void write_variant_settings(const std::filesystem::path& store, const variant_settings& settings) {
    examples::write_json_file(variant_file(store),
                              {{"augmentation", settings.augmentation}, {"count", settings.count}});
}

} // namespace speaker_verification
