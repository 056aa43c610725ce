#pragma once

#include "common/gnuplot.hpp"

#include <iosfwd>

namespace examples {

/// Writes the gnuplot script that draws `picture` from `<name>.dat` into `<name>.svg` and `<name>.png`, all
/// in the folder it is run in. With the variable `suffix` defined the pictures are called
/// `<name><suffix>.svg`.
void write_script(std::ostream& stream, const figure& picture, const std::string& name);

} // namespace examples
