#include "speaker_verification/experiment/document.hpp"

#include <sstream>

namespace speaker_verification {

namespace {

/// Bars end cells, underscores and stars make emphasis, angles make tags.
std::string markdown_text(const std::string& text) {
    std::string escaped;
    for (const char letter : text) {
        if (letter == '|' || letter == '_' || letter == '*' || letter == '<' || letter == '`') escaped += '\\';
        escaped += letter;
    }
    return escaped;
}

std::string html_text(const std::string& text) {
    std::string escaped;
    for (const char letter : text) {
        switch (letter) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        default:
            escaped += letter;
        }
    }
    return escaped;
}

struct markdown_writer {
    std::ostringstream& out;

    void operator()(const heading& each) const {
        out << std::string(std::size_t(each.level), '#') << ' ' << markdown_text(each.text) << "\n\n";
    }
    void operator()(const paragraph& each) const { out << markdown_text(each.text) << "\n\n"; }
    void operator()(const bullet_list& each) const {
        for (const auto& item : each.items) out << "* " << markdown_text(item) << '\n';
        out << '\n';
    }
    void operator()(const table& each) const {
        row(each.columns);
        out << '|';
        for (std::size_t i = 0; i < each.columns.size(); ++i) out << "---|";
        out << '\n';
        for (const auto& cells : each.rows) row(cells);
        out << '\n';
    }
    void operator()(const picture_link& each) const {
        out << "![" << markdown_text(each.caption) << "](" << each.file << ")\n\n"
            << markdown_text(each.caption) << "\n\n";
    }
    void operator()(const code_lines& each) const {
        out << "```sh\n";
        for (const auto& line : each.lines) out << line << '\n';
        out << "```\n\n";
    }

  private:
    void row(const std::vector<std::string>& cells) const {
        out << '|';
        for (const auto& cell : cells) out << ' ' << markdown_text(cell) << " |";
        out << '\n';
    }
};

struct html_writer {
    std::ostringstream& out;

    void operator()(const heading& each) const {
        out << "<h" << each.level << '>' << html_text(each.text) << "</h" << each.level << ">\n";
    }
    void operator()(const paragraph& each) const { out << "<p>" << html_text(each.text) << "</p>\n"; }
    void operator()(const bullet_list& each) const {
        out << "<ul>\n";
        for (const auto& item : each.items) out << "<li>" << html_text(item) << "</li>\n";
        out << "</ul>\n";
    }
    void operator()(const table& each) const {
        out << "<table>\n";
        row(each.columns, "th");
        for (const auto& cells : each.rows) row(cells, "td");
        out << "</table>\n";
    }
    void operator()(const picture_link& each) const {
        out << "<figure><img src=\"" << html_text(each.file) << "\" alt=\"" << html_text(each.caption)
            << "\"><figcaption>" << html_text(each.caption) << "</figcaption></figure>\n";
    }
    void operator()(const code_lines& each) const {
        out << "<pre>";
        for (const auto& line : each.lines) out << html_text(line) << '\n';
        out << "</pre>\n";
    }

  private:
    void row(const std::vector<std::string>& cells, const char* tag) const {
        out << "<tr>";
        for (const auto& cell : cells) out << '<' << tag << '>' << html_text(cell) << "</" << tag << '>';
        out << "</tr>\n";
    }
};

constexpr const char* style = R"(
body { font: 16px/1.45 sans-serif; color: #202020; max-width: 62em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0; font-size: 14px; display: block; overflow-x: auto }
th, td { border: 1px solid #d0d0d0; padding: .25em .6em; text-align: left; vertical-align: top }
th { background: #f2f2f2 }
figure { margin: 1.5em 0 } img { max-width: 100% } figcaption { color: #505050; font-size: 14px }
pre { background: #f6f6f6; padding: .7em 1em; overflow-x: auto }
)";

} // namespace

std::string to_markdown(const document& blocks) {
    std::ostringstream out;
    for (const auto& each : blocks) std::visit(markdown_writer{out}, each);
    return out.str();
}

std::string to_html(const document& blocks, const std::string& title) {
    std::ostringstream out;
    out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" << html_text(title)
        << "</title>\n<style>" << style << "</style>\n</head>\n<body>\n";
    for (const auto& each : blocks) std::visit(html_writer{out}, each);
    out << "</body>\n</html>\n";
    return out.str();
}

} // namespace speaker_verification
