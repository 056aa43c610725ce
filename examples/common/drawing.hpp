#pragma once

#include "common/gnuplot.hpp"

#include <functional>
#include <iosfwd>
#include <string>

/// \file
/// What all kinds of pictures share: their files, their words in gnuplot's language, and running it.

namespace examples {

/// The colour of text and axes.
inline constexpr const char* ink = "#404040";

/// `text` with line ends turned into spaces.
std::string on_one_line(std::string text);

/// `text` as gnuplot's string constant.
std::string quoted(const std::string& text);

/// ` title "..."`, or ` notitle` where the name is empty.
std::string title_words(const std::string& name);

/// The shortest decimals that read back as the same number; NaN is what gnuplot takes for a gap.
std::string decimals(double value);

/// The first lines of every script: what it draws, and the name of its data.
void write_script_head(std::ostream& stream, const std::string& name);

/// Draws once into `<name><suffix>.svg` and once into `<name><suffix>.png`, both of this size in pixels.
/// `options` are more words for gnuplot's terminals.
void write_outputs(std::ostream& stream, const std::string& name, int width, int height,
                   const std::function<void()>& write_plot, const std::string& options = "");

/// Writes `<stem>.dat` and `<stem>.gp` and runs gnuplot on the script to make `<stem>.svg` and `<stem>.png`,
/// all under temporary names that are then renamed. Throws std::runtime_error when gnuplot is missing or
/// fails; data and script are kept then.
plot_files write_and_draw(const std::filesystem::path& stem, const std::function<void(std::ostream&)>& write_data,
                          const std::function<void(std::ostream&)>& write_script);

} // namespace examples
