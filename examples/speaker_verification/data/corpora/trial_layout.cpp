#include "speaker_verification/data/corpora/trial_layout.hpp"

#include <stdexcept>
#include <unordered_map>

#include "speaker_verification/data/corpora/corpus_folder.hpp"

namespace speaker_verification {
namespace {

/// 1, 0, or -1 for a word that is no label.
int label_of(const std::string& word) {
    if (word == "1" || word == "target") return 1;
    if (word == "0" || word == "nontarget") return 0;
    return -1;
}

/// Keeps names once.
class name_table {
  public:
    explicit name_table(std::vector<std::string>& names) : names_(names) {}

    std::uint32_t index_of(const std::string& name) {
        const auto [found, added] = indices_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
        if (added) names_.push_back(name);
        return found->second;
    }

  private:
    std::vector<std::string>& names_;
    std::unordered_map<std::string, std::uint32_t> indices_;
};

/// Which of the two layouts all lines so far allow.
struct layouts {
    bool label_first = true, label_last = true;

    void narrow(const std::vector<std::string>& words, const std::string& place) {
        const bool first = words.size() == 3 && label_of(words[0]) >= 0;
        const bool last = words.size() == 3 && label_of(words[2]) >= 0;
        label_first = label_first && first;
        label_last = label_last && last;
        if (label_first || label_last) return;
        std::string line;
        for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
        throw std::runtime_error(place + " is '" + line +
                                 "', which is not 'label a b' or 'a b label' as the lines before, with label "
                                 "0, 1, target or nontarget: correct the list");
    }
};

layouts find_layout(const std::filesystem::path& file) {
    layouts allowed;
    std::size_t lines = 0;
    read_words(file, [&](const std::vector<std::string>& words, const std::string& place) {
        allowed.narrow(words, place);
        ++lines;
    });
    if (lines == 0) throw std::runtime_error("trial list '" + file.string() + "' has no trial: check the path");
    if (allowed.label_first && allowed.label_last)
        throw std::runtime_error("trial list '" + file.string() +
                                 "' has what may be a label first and last in every line: rename the "
                                 "recordings so that they are not 0 or 1");
    return allowed;
}

} // namespace

named_trials read_named_trials(const std::filesystem::path& file) {
    const bool label_first = find_layout(file).label_first;
    named_trials result;
    name_table table(result.names);
    read_words(file, [&](const std::vector<std::string>& words, const std::string&) {
        const std::size_t a = label_first ? 1 : 0, label = label_first ? 0 : 2;
        result.trials.push_back({table.index_of(words[a]), table.index_of(words[a + 1]), label_of(words[label]) == 1});
    });
    return result;
}

} // namespace speaker_verification
