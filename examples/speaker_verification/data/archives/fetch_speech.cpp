// Brings real speech to this machine: downloads Debian packages without installing them, decodes what the
// lists name and writes a speech store (speech_index.hpp). It can be stopped at any time and resumes where it
// was.

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "common/plain_name.hpp"
#include "common/progress.hpp"
#include "speaker_verification/data/archives/decode_package.hpp"
#include "speaker_verification/data/archives/package_download.hpp"
#include "speaker_verification/data/corpora/corpus_lists.hpp"
#include "speaker_verification/data/store/speech_index.hpp"
#include "speaker_verification/data/store/store_index.hpp"
#include "speaker_verification/data/store/store_lock.hpp"

namespace {

namespace fs = std::filesystem;
using namespace speaker_verification;

struct fetch_settings {
    std::string packages = "demo";
    fs::path cache;
    fs::path lists = SPEECH_LISTS;
    int threads = 2;
};

class stopwatch {
  public:
    double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }

  private:
    using clock = std::chrono::steady_clock;
    clock::time_point start_ = clock::now();
};

fs::path default_cache() {
    const char* cache = std::getenv("BREGMAN_CACHE");
    return fs::path(cache ? cache : "cache") / "speech";
}

std::vector<package_entry> entries_of(const package_set& set, const fs::path& lists) {
    std::map<std::string, package_entry> known;
    for (const package_entry& entry : read_package_list(lists / "packages.txt")) known[entry.name] = entry;
    std::vector<package_entry> result;
    for (const std::string& name : set.packages) {
        if (!known.contains(name))
            throw std::runtime_error("package '" + name + "' of the set '" + set.name +
                                     "' is not in packages.txt: add its version, size and sha256");
        result.push_back(known.at(name));
    }
    return result;
}

fs::path unpacked_in(const fs::path& cache) { return cache / "unpacked"; }

/// What a fetch that was killed left in the folders that it worked in. The store is locked: nobody else does.
void tidy_up(const fs::path& cache) {
    fs::remove_all(unpacked_in(cache));
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator(cache / "downloads"))
        if (entry.path().extension() == ".part") left.push_back(entry.path());
    for (const fs::path& each : left) fs::remove_all(each);
}

/// Downloads, unpacks and decodes what is missing, one package after the other, and deletes the unpacked
/// files: the download stays, so that a change of lists costs no network.
void bring(const fetch_settings& settings, const std::vector<package_entry>& packages,
           std::map<std::string, double>& seconds) {
    const fs::path downloads = settings.cache / "downloads";
    for (const package_entry& package : packages) {
        const auto paths = paths_named_by_lists(settings.lists, package.name);
        if (is_decoded(settings.cache, package, paths)) {
            std::cout << package.name << ": decoded before, " << paths.size() << " files\n";
            continue;
        }
        std::cout << package.name << ": " << paths.size() << " files from " << package.bytes / 1000000 << " MB"
                  << std::endl;
        const stopwatch download;
        download_package(downloads, package);
        seconds["download"] += download.seconds();

        const stopwatch unpack;
        const fs::path unpacked = unpacked_in(settings.cache);
        unpack_package(downloads, package, unpacked);
        seconds["unpack"] += unpack.seconds();

        const stopwatch decode;
        examples::progress_line progress("decode", static_cast<std::int64_t>(paths.size()));
        decode_package(unpacked, settings.cache, package, paths, settings.threads,
                       [&](std::size_t done) { progress.update(static_cast<std::int64_t>(done)); });
        progress.finish();
        fs::remove_all(unpacked);
        seconds["decode"] += decode.seconds();
    }
}

void copy_lists(const fetch_settings& settings) {
    fs::create_directories(settings.cache / "lists");
    for (const auto& entry : fs::directory_iterator(settings.lists))
        if (entry.path().extension() == ".csv")
            fs::copy_file(entry.path(), settings.cache / "lists" / entry.path().filename(),
                          fs::copy_options::overwrite_existing);
}

void write_index(const fetch_settings& settings, const package_set& set) {
    store_index index{set.name, set.training, set.trials, {}};
    for (const std::string& package : set.packages)
        index.packages[package] = read_decoded_package(settings.cache / (package + ".json"));
    write_store_index(settings.cache, index);
}

void print_summary(const fetch_settings& settings) {
    const speech_store store(settings.cache);
    double speech = 0;
    for (const utterance& each : store.training()) speech += each.speech_seconds;
    std::printf("training: %zu utterances of %zu speakers, %.2f h of speech", store.training().size(),
                store.speakers().size(), speech / 3600);
    if (store.training_left_out() > 0)
        std::printf(" (%zu utterances of packages outside '%s' left out)", store.training_left_out(),
                    settings.packages.c_str());
    std::printf("\n");
    for (const trial_list& list : store.trial_lists())
        std::printf("%s: %zu crops, %zu trials\n", list.name.c_str(), list.crops.size(), list.trials.size());
    for (const std::string& name : store.trial_lists_left_out())
        std::printf("%s: left out, it needs packages outside '%s'\n", name.c_str(), settings.packages.c_str());
}

void fetch(const fetch_settings& settings) {
    examples::require_utf8("--cache", settings.cache.string());
    const package_set set = read_package_set(settings.lists, settings.packages);
    const auto packages = entries_of(set, settings.lists);
    const store_lock mine(settings.cache, [&] {
        std::cout << "another fetch_speech fills " << settings.cache.string() << ": waiting for it" << std::endl;
    });
    fs::create_directories(settings.cache / "downloads");
    tidy_up(settings.cache);
    std::map<std::string, double> seconds{{"download", 0}, {"unpack", 0}, {"decode", 0}};
    bring(settings, packages, seconds);
    copy_lists(settings);
    write_index(settings, set);
    print_summary(settings);
    std::printf("seconds: download %.1f, unpack %.1f, decode %.1f; store: %s\n", seconds["download"], seconds["unpack"],
                seconds["decode"], settings.cache.c_str());
}

} // namespace

int main(int argc, char** argv) {
    fetch_settings settings;
    settings.cache = default_cache();
    CLI::App app{"Downloads speech from Debian packages (installing nothing) and decodes it to a cache folder"};
    app.add_option("--packages", settings.packages, "demo, all, tiny, or a comma list of packages")
        ->capture_default_str();
    app.add_option("--cache", settings.cache, "folder of the store")->capture_default_str();
    app.add_option("--lists", settings.lists, "folder of packages.txt, sets.json and the lists")->capture_default_str();
    app.add_option("--threads", settings.threads, "threads that decode")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        fetch(settings);
        return EXIT_SUCCESS;
    } catch (const fs::filesystem_error& error) {
        std::cerr << "fetch_speech: cannot write to '" << error.path1().string() << "' (" << error.code().message()
                  << "): free some space, or choose another folder with --cache\n";
        return EXIT_FAILURE;
    } catch (const std::exception& error) {
        std::cerr << "fetch_speech: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
