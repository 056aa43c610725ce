#include "common/scikit_learn_data.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <zlib.h>

namespace examples {

namespace {

/// The whole of a file, unpacked if it is packed.
std::string read_text(const std::filesystem::path& path) {
    const std::unique_ptr<std::remove_pointer_t<gzFile>, decltype(&gzclose)> file(gzopen(path.c_str(), "rb"), &gzclose);
    if (!file) {
        throw std::runtime_error("cannot read '" + path.string() +
                                 "': apt-get install python3-sklearn, or name the folder that has it");
    }
    std::string text;
    char buffer[1 << 16];
    int count = 0;
    while ((count = gzread(file.get(), buffer, sizeof buffer)) > 0) text.append(buffer, std::size_t(count));
    if (count < 0) throw std::runtime_error("'" + path.string() + "' is damaged: install its package again");
    return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        std::string_view part = text.substr(0, end);
        if (part.ends_with('\r')) part.remove_suffix(1);
        parts.push_back(part);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

/// Lines of numbers separated by commas, the label last.
class table_reader {
  public:
    table_reader(std::filesystem::path path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
        lines_ = split(text_, '\n');
    }
    table_reader(const table_reader&) = delete;

    std::vector<std::string_view> fields_of_line(std::size_t line) const {
        if (line >= lines_.size()) refuse(line, "is missing");
        return split(lines_[line], ',');
    }

    labelled_samples samples(std::size_t first_line, std::vector<std::string> class_names) const {
        const std::size_t count = lines_.size() - std::min(first_line, lines_.size());
        const std::size_t width = fields_of_line(first_line).size();
        if (width < 2) refuse(first_line, "has fewer than two numbers");
        labelled_samples samples;
        samples.class_names = std::move(class_names);
        samples.features.resize(Eigen::Index(width - 1), Eigen::Index(count));
        for (std::size_t i = 0; i < count; ++i) {
            const auto fields = fields_of_line(first_line + i);
            if (fields.size() != width) refuse(first_line + i, "has another length than the first");
            for (std::size_t j = 0; j + 1 < width; ++j)
                samples.features(Eigen::Index(j), Eigen::Index(i)) = number(fields[j], first_line + i);
            const int label = int(number(fields.back(), first_line + i));
            if (label < 0 || label >= int(samples.class_names.size())) refuse(first_line + i, "has no known label");
            samples.labels.push_back(label);
        }
        return samples;
    }

  private:
    float number(std::string_view field, std::size_t line) const {
        float value = 0;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value))
            refuse(line, "has '" + std::string(field) + "' in place of a number");
        return value;
    }
    [[noreturn]] void refuse(std::size_t line, const std::string& what) const {
        throw std::runtime_error("'" + path_.string() + "', line " + std::to_string(line + 1) + " " + what +
                                 ": is it the file of python3-sklearn?");
    }

    std::filesystem::path path_;
    std::string text_;
    std::vector<std::string_view> lines_;
};

} // namespace

labelled_samples read_digits(const std::filesystem::path& folder) {
    const auto path = folder / "digits.csv.gz";
    return table_reader(path, read_text(path)).samples(0, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

labelled_samples read_breast_cancer(const std::filesystem::path& folder) {
    const auto path = folder / "breast_cancer.csv";
    const table_reader table(path, read_text(path));
    const auto header = table.fields_of_line(0); // samples, features, the names of the classes
    std::vector<std::string> names;
    for (std::size_t i = 2; i < header.size(); ++i) names.emplace_back(header[i]);
    return table.samples(1, std::move(names));
}

void standardise(Eigen::MatrixXf& features) {
    for (Eigen::Index i = 0; i < features.rows(); ++i) {
        auto feature = features.row(i).array();
        feature -= feature.mean();
        const float deviation = std::sqrt(feature.square().mean());
        if (deviation > 0) feature /= deviation;
    }
}

} // namespace examples
