#include "common/progress.hpp"

#include <algorithm>
#include <cmath>
#include <unistd.h>
#include <utility>

namespace examples {

namespace {

double seconds_since(progress_line::clock::time_point start) {
    return std::chrono::duration<double>(progress_line::clock::now() - start).count();
}

std::string two_digits(std::int64_t value) {
    std::string digits = std::to_string(value);
    if (digits.size() < 2) digits.insert(digits.begin(), '0');
    return digits;
}

} // namespace

std::string spell_duration(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
    if (whole < 60) return std::to_string(whole) + " s";
    if (whole < 3600) return std::to_string(whole / 60) + " min " + two_digits(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + two_digits(whole / 60 % 60) + " min";
}

progress_line::progress_line(std::string label, std::int64_t total, double seconds_between_lines, std::FILE* stream)
    : label_(std::move(label)), total_(total), stream_(stream), terminal_(::isatty(::fileno(stream)) == 1) {
    seconds_between_lines_ = terminal_ ? .1 : seconds_between_lines;
    printed_ = start_;
}

progress_line::~progress_line() {
    if (open_) std::fputc('\n', stream_);
}

void progress_line::start_at(std::int64_t done) { first_ = done_ = done; }

bool progress_line::due() const { return seconds_since(printed_) >= seconds_between_lines_; }

void progress_line::update(std::int64_t done, const std::string& text) {
    done_ = done;
    text_ = text;
    if (due()) print(false);
}

void progress_line::finish() { print(true); }

void progress_line::print(bool last) {
    std::string line = label_ + "  " + std::to_string(done_);
    if (total_ > 0) line.append("/").append(std::to_string(total_));
    if (!text_.empty()) line.append("  ").append(text_);
    const double elapsed = seconds_since(start_);
    if (last) {
        line += "  took " + spell_duration(elapsed);
    } else if (total_ > 0 && done_ > first_) {
        line += "  left " + spell_duration(elapsed * double(total_ - done_) / double(done_ - first_));
    }
    // Carriage return and "erase to the end of the line" are what every terminal knows.
    std::fprintf(stream_, terminal_ ? "\r%s\033[K" : "%s", line.c_str());
    if (last || !terminal_) std::fputc('\n', stream_);
    std::fflush(stream_);
    open_ = terminal_ && !last;
    printed_ = clock::now();
}

} // namespace examples
