#include "speaker_verification/data/corpora/corpus_folder.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "speaker_verification/data/corpora/csv.hpp"

namespace speaker_verification {

std::vector<std::string> sorted_names(const std::filesystem::path& folder, bool folders) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.is_directory() == folders) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

bool is_speaker_name(const std::string& name) {
    return name.size() == 7 && name.starts_with("id") &&
           std::all_of(name.begin() + 2, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int speaker_number(const std::string& name) { return std::stoi(name.substr(2)); }

void read_words(const std::filesystem::path& file,
                const std::function<void(const std::vector<std::string>&, const std::string&)>& line) {
    std::ifstream stream(file);
    if (!stream) throw std::runtime_error("list '" + file.string() + "' cannot be opened: check the path");
    skip_byte_order_mark(stream);
    std::string text;
    for (std::size_t number = 1; std::getline(stream, text); ++number) {
        std::istringstream words(text);
        std::vector<std::string> parts;
        for (std::string word; words >> word;) parts.push_back(word);
        if (!parts.empty()) line(parts, "list '" + file.string() + "', line " + std::to_string(number));
    }
}

void require_folder(const std::filesystem::path& root) {
    std::error_code error;
    if (!std::filesystem::is_directory(root, error))
        throw std::runtime_error("'" + root.string() + "' is not a folder: give the root of the corpus");
}

} // namespace speaker_verification
