#pragma once
#include "speaker_verification/training/settings/settings.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace speaker_verification {

/// `--key value` for every setting, on top of a TOML file.
class setting_options {
  public:
    /// Adds an option for each setting to `app`, in one help group a section.
    void add_to(CLI::App& app);

    /// Sets what the command line named. Throws std::invalid_argument with one sentence.
    void apply(settings& all) const;

    /// The names of what the command line named.
    std::set<std::string> given() const;

  private:
    std::map<std::string, std::string> given_;
};

/// Parses the command line. Options that `app` does not know end in std::invalid_argument naming the nearest
/// one. Returns false when help was asked for and printed.
bool parse_command_line(CLI::App& app, int argc, char** argv);

/// Runs a program's body: what it throws becomes one line on stderr, "name: sentence", and exit code 1.
int run_program(const std::string& name, const std::function<int()>& body);

} // namespace speaker_verification
