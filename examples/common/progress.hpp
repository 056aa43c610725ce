#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace examples {

/// One line of progress with the time left: rewritten in place on a terminal, and elsewhere (a log file, a
/// pipe) a new line every `seconds_between_lines`.
///
///     progress_line progress("train", steps);
///     progress.update(step, "loss 3.21  lambda .94");
///     progress.finish();
class progress_line {
  public:
    using clock = std::chrono::steady_clock;

    /// `total` is the count at which the work is done; 0 if unknown (then no time left is printed).
    progress_line(std::string label, std::int64_t total, double seconds_between_lines = 15, std::FILE* stream = stderr);
    /// Ends a line that is open, so that what is printed next starts on its own.
    ~progress_line();
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;

    /// Work that a resumed run found done: it does not count towards the speed.
    void start_at(std::int64_t done);

    /// Shows `done` of the total and `text`. Cheap when nothing is due: at most ten lines a second.
    void update(std::int64_t done, const std::string& text = {});

    /// Whether `update` would print now: asks before a costly `text` is made.
    bool due() const;

    /// Prints the last state and ends the line.
    void finish();

  private:
    void print(bool last);

    std::string label_, text_;
    std::int64_t total_, first_ = 0, done_ = 0;
    double seconds_between_lines_;
    std::FILE* stream_;
    bool terminal_, open_ = false;
    clock::time_point start_ = clock::now(), printed_;
};

/// "7 s", "3 min 05 s" or "2 h 07 min".
std::string spell_duration(double seconds);

} // namespace examples
