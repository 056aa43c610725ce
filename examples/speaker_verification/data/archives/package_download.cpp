#include "speaker_verification/data/archives/package_download.hpp"

#include <sstream>
#include <stdexcept>

#include "speaker_verification/data/archives/subprocess.hpp"

namespace speaker_verification {
namespace {

namespace fs = std::filesystem;

std::string spell(const package_entry& package) { return package.name + "=" + package.version; }

[[noreturn]] void fail(const package_entry& package, const std::string& reason, const std::string& remedy) {
    throw std::runtime_error("cannot download " + spell(package) + ": " + reason + "; " + remedy);
}

/// apt's first error without its "E: ", else its last line.
std::string first_error(const std::string& output) {
    std::istringstream lines(output);
    std::string line, last;
    while (std::getline(lines, line)) {
        if (line.starts_with("E: ")) return line.substr(3);
        if (!line.empty()) last = line;
    }
    return last.empty() ? "no message" : last;
}

/// The version that apt would install; empty when it knows none.
std::string offered_version(const std::string& name, const fs::path& folder) {
    std::istringstream lines(run_program({"apt-cache", "policy", name}, folder).output);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t label = line.find("Candidate: ");
        if (label == std::string::npos) continue;
        const std::string version = line.substr(label + 11);
        return version == "(none)" ? "" : version;
    }
    return "";
}

[[noreturn]] void explain(const package_entry& package, const process_result& apt, const fs::path& folder) {
    if (apt.status == 127) fail(package, "there is no apt-get here", "run on Debian 12, or in a container of it");
    const std::string offered = offered_version(package.name, folder);
    if (offered.empty())
        fail(package, "apt knows no package of this name",
             "use Debian 12's main archive as a source and run 'sudo apt-get update'");
    if (offered != package.version)
        fail(package, "apt offers version " + offered + " instead",
             "add Debian 12's main archive to the sources, or check that version and enter it in "
             "packages.txt");
    fail(package, first_error(apt.output), "check the network or the proxy, then run fetch_speech again: it resumes");
}

std::string sha256_of(const fs::path& file) {
    const process_result result = run_program({"sha256sum", "--", fs::absolute(file).string()}, "/");
    if (result.status != 0) throw std::runtime_error("sha256sum fails: " + first_error(result.output));
    // A name with special characters makes sha256sum begin the line with a backslash.
    return result.output.substr(result.output.starts_with('\\') ? 1 : 0, 64);
}

bool is_right(const fs::path& file, const package_entry& package) {
    std::error_code error;
    return fs::file_size(file, error) == package.bytes && !error && sha256_of(file) == package.sha256;
}

fs::path only_archive_in(const fs::path& folder) {
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".deb") return entry.path();
    return {};
}

} // namespace

fs::path downloaded_file(const fs::path& downloads, const package_entry& package) {
    return downloads / (package.name + ".deb");
}

bool download_package(const fs::path& downloads, const package_entry& package) {
    const fs::path target = downloaded_file(downloads, package);
    if (is_right(target, package)) return false;

    const fs::path partial = fs::absolute(downloads / (package.name + ".part"));
    fs::remove_all(partial);
    fs::create_directories(partial);
    const process_result apt = run_program({"apt-get", "-q", "download", spell(package)}, partial);
    const fs::path archive = only_archive_in(partial);
    if (apt.status != 0 || archive.empty()) explain(package, apt, partial);
    if (!is_right(archive, package))
        fail(package, "its sha256 is not the " + package.sha256.substr(0, 12) + "... of packages.txt",
             "the archive serves another file: check the mirror, or the list");
    fs::rename(archive, target);
    fs::remove_all(partial);
    return true;
}

void unpack_package(const fs::path& downloads, const package_entry& package, const fs::path& folder) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    const process_result dpkg =
        run_program({"dpkg-deb", "-x", fs::absolute(downloaded_file(downloads, package)).string(), "."}, folder);
    if (dpkg.status != 0)
        throw std::runtime_error("cannot unpack " + package.name + ": " + first_error(dpkg.output) +
                                 "; free some disk space and run fetch_speech again");
}

} // namespace speaker_verification
