#pragma once

#include "corpus_tree.hpp"
#include "speaker_verification/data/corpora/import_store.hpp"
#include "speaker_verification/data/store/speech_index.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

/// Corpora that are imported, and the settings for it.
struct import_tree : corpus_tree {
    speaker_verification::import_settings settings;

    import_tree() { settings.store = path / "store"; }

    void add(const std::string& kind, const std::string& place) { settings.corpora.push_back({kind, path / place}); }

    void use_voxceleb() {
        build_voxceleb();
        add("voxceleb", "vox1");
        add("voxceleb", "vox2");
        settings.trials = {path / "trials/O.txt"};
    }

    void use_cnceleb(speaker_verification::enrolment how) {
        build_cnceleb();
        add("cnceleb", "cn");
        settings.how = how;
    }

    /// A Kaldi folder of `count` recordings of two speakers.
    void use_many(int count) {
        std::string scp, speakers;
        for (int i = 0; i < count; ++i) {
            const std::string key = std::string("k").append(std::to_string(1000 + i));
            record("many/" + key + ".flac", .2, static_cast<std::uint32_t>(i));
            scp += key + " " + key + ".flac\n";
            speakers += key + (i % 2 ? " anna\n" : " berta\n");
        }
        write("many/wav.scp", scp);
        write("many/utt2spk", speakers);
        add("kaldi", "many");
        settings.shortest_seconds = .1;
    }

    const speaker_verification::utterance& training(const speaker_verification::speech_store& store,
                                                    const std::string& key) const {
        for (const speaker_verification::utterance& each : store.training())
            if (each.key == key) return each;
        throw std::runtime_error("no " + key);
    }

    static std::string text_of(const std::filesystem::path& file) {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }
};
