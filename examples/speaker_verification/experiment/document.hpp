#pragma once
/// A report that is written as Markdown and as HTML.
#include <string>
#include <variant>
#include <vector>

namespace speaker_verification {

struct heading {
    int level; ///< 1 to 3
    std::string text;
};
struct paragraph {
    std::string text;
};
struct bullet_list {
    std::vector<std::string> items;
};
struct table {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows; ///< each as long as `columns`
};
struct picture_link {
    std::string file, caption; ///< the file relative to the report
};
struct code_lines {
    std::vector<std::string> lines;
};
using block = std::variant<heading, paragraph, bullet_list, table, picture_link, code_lines>;

using document = std::vector<block>;

/// Text stands for itself in both: characters that would be markup are escaped.
std::string to_markdown(const document& blocks);
/// A page of its own, with a few lines of style.
std::string to_html(const document& blocks, const std::string& title);

} // namespace speaker_verification
