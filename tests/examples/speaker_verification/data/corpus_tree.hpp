#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <sndfile.hh>

#include "bytes.hpp"
#include "golden.hpp"
#include "scratch_folder.hpp"

/// A folder in which a test builds a corpus of generated sound.
struct corpus_tree : scratch_folder {
    /// Writes samples as a recording, WAV or FLAC by the suffix.
    void write_sound(const std::string& file, const std::vector<float>& samples, int sample_rate = 16000,
                     int channels = 1) const {
        const auto target = path / file;
        std::filesystem::create_directories(target.parent_path());
        const int format = file.ends_with(".flac") ? SF_FORMAT_FLAC : SF_FORMAT_WAV;
        SndfileHandle handle(target.string(), SFM_WRITE, format | SF_FORMAT_PCM_16, channels, sample_rate);
        const std::vector<short> integers(samples.begin(), samples.end());
        if (handle.write(integers.data(), static_cast<sf_count_t>(integers.size())) !=
            static_cast<sf_count_t>(integers.size()))
            throw std::runtime_error("cannot write " + target.string());
    }

    /// Writes a recording of generated noise and returns its samples, 16 kHz mono unless told otherwise.
    std::vector<float> record(const std::string& file, double seconds, std::uint32_t seed, int sample_rate = 16000,
                              int channels = 1) const {
        const auto samples = congruential_samples(
            static_cast<std::size_t>(seconds * sample_rate) * static_cast<std::size_t>(channels), seed);
        write_sound(file, samples, sample_rate, channels);
        return samples;
    }

    /// Writes a WAV of 32-bit floats, whatever its name says, of which 1 is full scale.
    void write_floats(const std::string& file, const std::vector<float>& samples) const {
        std::filesystem::create_directories((path / file).parent_path());
        SndfileHandle handle((path / file).string(), SFM_WRITE, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, 16000);
        handle.write(samples.data(), static_cast<sf_count_t>(samples.size()));
    }

    /// Overwrites some bytes in the middle of a file.
    void patch(const std::string& file, std::size_t place, const bytes& with) const {
        std::fstream stream(path / file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(static_cast<std::streamoff>(place));
        stream.write(reinterpret_cast<const char*>(with.data()), static_cast<std::streamsize>(with.size()));
        if (!stream) throw std::runtime_error("cannot patch " + file);
    }

    void write(const std::string& file, const std::string& text) const { write_text(path / file, text); }

    /// Keeps the header and the first half.
    void cut_off(const std::string& file) const {
        std::filesystem::resize_file(path / file, std::filesystem::file_size(path / file) / 2);
    }

    /// CN-Celeb1: two training speakers, one with short recordings, one outside dev.lst, and one evaluation
    /// speaker of each label, named in lists as .wav.
    void build_cnceleb() const {
        record("cn/data/id00000/singing-01-001.flac", 2, 1);
        record("cn/data/id00000/singing-01-002.flac", 2, 2);
        record("cn/data/id00000/singing-01-003.flac", 2, 3);
        record("cn/data/id00000/vlog-01-001.flac", 2, 4);
        record("cn/data/id00001/interview-01-001.flac", 6, 5);
        record("cn/data/id00003/interview-01-001.flac", 6, 6);
        record("cn/data/id00800/singing-01-001.flac", 1, 7);
        record("cn/data/id00800/vlog-01-001.flac", 1.5, 8);
        record("cn/data/id00801/vlog-01-001.flac", 1, 9);
        record("cn/eval/enroll/id00800-enroll.flac", 2.5, 10);
        record("cn/eval/enroll/id00801-enroll.flac", 1, 11);
        record("cn/eval/test/id00800-singing-02-001.flac", 1, 12);
        record("cn/eval/test/id00801-vlog-02-001.flac", 1, 13);
        write("cn/dev/dev.lst", "id00000\nid00001\n");
        write("cn/eval/lists/enroll.lst", "id00800-enroll enroll/id00800-enroll.wav\n"
                                          "id00801-enroll enroll/id00801-enroll.wav\n");
        write("cn/eval/lists/enroll.map", "id00800-enroll id00800/singing-01-001.wav id00800/vlog-01-001.wav\n"
                                          "id00801-enroll id00801/vlog-01-001.wav\n");
        write("cn/eval/lists/trials.lst", "id00800-enroll test/id00800-singing-02-001.wav 1\n"
                                          "id00800-enroll test/id00801-vlog-02-001.wav 0\n"
                                          "id00801-enroll test/id00800-singing-02-001.wav 0\n"
                                          "id00801-enroll test/id00801-vlog-02-001.wav 1\n");
    }

    /// VoxCeleb1 with one dev and two test speakers, VoxCeleb2 converted beside its AAC, and a trial list.
    void build_voxceleb() const {
        record("vox1/wav/id10001/abc/00001.wav", 1.5, 1);
        record("vox1/wav/id10001/abc/00002.wav", .5, 2);
        record("vox1/wav/id10002/abc/00001.wav", 1.5, 3);
        record("vox1/wav/id10270/x_y/00001.wav", 1.2, 4);
        record("vox1/wav/id10270/x_y/00002.wav", 1.2, 5);
        record("vox1/wav/id10271/x-z/00001.wav", 1.2, 6);
        record("vox2/dev/aac/id00012/v/00001.wav", 2, 7);
        write("vox2/dev/aac/id00012/v/00001.m4a", "AAC");
        write("trials/O.txt", "1 id10270/x_y/00001.wav id10270/x_y/00002.wav\n"
                              "0 id10270/x_y/00001.wav id10271/x-z/00001.wav\n");
    }
};
