#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include <boost/test/unit_test.hpp>

#include "corpus_tree.hpp"
#include "speaker_verification/data/archives/subprocess.hpp"
#include "speaker_verification/data/audio/outside_audio.hpp"
#include "speaker_verification/data/corpora/corpus_counts.hpp"
#include "speaker_verification/data/corpora/measure_corpus.hpp"
#include "speaker_verification/data/corpora/trial_crops.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

namespace {

std::vector<std::string> paths_of(const corpus& from) {
    std::vector<std::string> paths;
    for (const recording& each : from.recordings) paths.push_back(each.path);
    std::sort(paths.begin(), paths.end());
    return paths;
}

const recording& at(const corpus& from, const std::string& path) {
    const auto found = std::find_if(from.recordings.begin(), from.recordings.end(),
                                    [&](const recording& each) { return each.path == path; });
    BOOST_REQUIRE_MESSAGE(found != from.recordings.end(), path);
    return *found;
}

void pack(const std::filesystem::path& folder, const std::string& archive, const std::string& option,
          const std::vector<std::string>& members) {
    std::vector<std::string> command{"tar", option, archive};
    command.insert(command.end(), members.begin(), members.end());
    BOOST_REQUIRE(run_program(command, folder).status == 0);
}

recording short_recording(const std::string& path, const std::string& speaker, const std::string& genre,
                          std::int64_t samples) {
    recording each;
    each.path = path;
    each.speaker = speaker;
    each.genre = genre;
    each.samples = samples;
    return each;
}

std::map<std::pair<std::string, std::string>, std::int64_t> totals(const std::vector<recording>& recordings) {
    std::map<std::pair<std::string, std::string>, std::int64_t> sums;
    for (const recording& each : recordings) sums[{each.speaker, each.genre}] += each.samples;
    return sums;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(corpora_test, corpus_tree)

BOOST_AUTO_TEST_CASE(voxceleb_is_found_where_its_archives_unpack) {
    build_voxceleb();
    const corpus first = scan_voxceleb(path / "vox1");
    BOOST_TEST(first.recordings.size() == 6u);
    const recording& dev = at(first, "wav/id10001/abc/00001.wav");
    BOOST_TEST(dev.speaker == "id10001");
    BOOST_TEST(dev.path.substr(dev.name_begin) == "id10001/abc/00001.wav");
    BOOST_TEST(dev.may_train);
    BOOST_TEST(!at(first, "wav/id10270/x_y/00001.wav").may_train); // of the test set
    // The folder of the speakers themselves will do.
    BOOST_TEST(scan_voxceleb(path / "vox1/wav").recordings.size() == 6u);
    BOOST_CHECK_EXCEPTION(scan_voxceleb(path / "trials"), std::runtime_error, says("trials", "VoxCeleb"));
    BOOST_CHECK_EXCEPTION(scan_voxceleb(path / "absent"), std::runtime_error, says("absent", "not a folder"));
}

BOOST_AUTO_TEST_CASE(aac_is_taken_converted_or_refused_with_the_command) {
    build_voxceleb();
    BOOST_TEST(paths_of(scan_voxceleb(path / "vox2")) == std::vector<std::string>{"dev/aac/id00012/v/00001.wav"},
               boost::test_tools::per_element());
    write("vox2/dev/aac/id00012/v/00002.m4a", "AAC");
    BOOST_CHECK_EXCEPTION(scan_voxceleb(path / "vox2"), std::runtime_error,
                          says("AAC", "ffmpeg", "-ar 16000", "dev/aac", "*.m4a"));
}

BOOST_AUTO_TEST_CASE(cnceleb_trains_on_listed_speakers_below_800) {
    build_cnceleb();
    const corpus found = scan_cnceleb(path / "cn");
    BOOST_TEST(found.recordings.size() == 13u);
    BOOST_TEST(at(found, "data/id00000/vlog-01-001.flac").may_train);
    BOOST_TEST(at(found, "data/id00000/vlog-01-001.flac").genre == "vlog");
    BOOST_TEST(!at(found, "data/id00003/interview-01-001.flac").may_train); // not in dev.lst
    BOOST_TEST(!at(found, "data/id00800/vlog-01-001.flac").may_train);
    const recording& test = at(found, "eval/test/id00801-vlog-02-001.flac");
    BOOST_TEST(!test.may_train);
    BOOST_TEST(test.speaker == "id00801");
    BOOST_TEST(test.path.substr(test.name_begin) == "test/id00801-vlog-02-001.flac");
    BOOST_CHECK_EXCEPTION(scan_cnceleb(path), std::runtime_error, says("data/id00000"));

    record("cn2/data/id10000/drama-01-001.flac", 1, 1);
    record("cn2/data/id10001/drama-01-001.flac", 1, 1);
    write("cn2/spk.lst", "id10001\n");
    const corpus second = scan_cnceleb(path / "cn2");
    BOOST_TEST(!at(second, "data/id10000/drama-01-001.flac").may_train);
    BOOST_TEST(at(second, "data/id10001/drama-01-001.flac").may_train);
    BOOST_TEST(cnceleb_trials(path / "cn2", enrolment::both).empty());
    BOOST_TEST(cnceleb_trials(path / "cn", enrolment::both).size() == 2u);
    BOOST_TEST(cnceleb_trials(path / "cn", enrolment::average)[0].models.at("id00800-enroll").size() == 2u);
    BOOST_TEST(cnceleb_trials(path / "cn", enrolment::joined)[0].models.at("id00800-enroll").size() == 1u);
}

BOOST_AUTO_TEST_CASE(kaldi_lists_name_files_and_never_run_commands) {
    record("sound/a b.wav", .2, 1);
    write("kaldi/wav.scp", "anna-1 ../sound/a b.wav\nberta/2\t" + (path / "sound/b.wav").string() + " \n");
    write("kaldi/utt2spk", "anna-1 anna\nberta/2 berta\nclara-3 clara\n");
    const corpus found = scan_kaldi(path / "kaldi");
    BOOST_TEST(at(found, "anna-1").speaker == "anna");
    BOOST_TEST(at(found, "berta/2").source == (path / "sound/b.wav").string());
    BOOST_TEST(measure_outside_audio(found.root, at(found, "anna-1").source) == 3200);

    write("kaldi/wav.scp", "anna-1 touch " + (path / "ran").string() + "; cat ../sound/a.wav |\n");
    BOOST_CHECK_EXCEPTION(scan_kaldi(path / "kaldi"), std::runtime_error,
                          says("line 1", "anna-1", "pipe", "would run a command"));
    BOOST_TEST(!std::filesystem::exists(path / "ran"));
    write("kaldi/wav.scp", "dora-4 x.wav\n");
    BOOST_CHECK_EXCEPTION(scan_kaldi(path / "kaldi"), std::runtime_error,
                          says("dora-4", "utt2spk", "anna-1", "berta/2", "clara-3"));
    write("kaldi/wav.scp", "anna-1\n");
    BOOST_CHECK_EXCEPTION(scan_kaldi(path / "kaldi"), std::runtime_error, says("line 1", "key path"));
    write("kaldi/wav.scp", "anna-1 x.wav\nanna-1 y.wav\n");
    BOOST_CHECK_EXCEPTION(scan_kaldi(path / "kaldi"), std::runtime_error, says("anna-1", "twice"));
    write("kaldi/segments", "anna-1 long 0 1\n");
    BOOST_CHECK_EXCEPTION(scan_kaldi(path / "kaldi"), std::runtime_error, says("segments", "parts"));
    BOOST_CHECK_EXCEPTION(scan_kaldi(path / "sound"), std::runtime_error, says("utt2spk", "cannot be opened"));
}

BOOST_AUTO_TEST_CASE(a_key_has_one_speaker) {
    write("kaldi/wav.scp", "k x.wav\n");
    write("kaldi/utt2spk", "k anna\nk anna\n");
    BOOST_TEST(at(scan_kaldi(path / "kaldi"), "k").speaker == "anna");
    write("kaldi/utt2spk", "k anna\nk berta\n");
    BOOST_CHECK_EXCEPTION(scan_kaldi(path / "kaldi"), std::runtime_error,
                          says("utt2spk", "line 2", "'k'", "'anna'", "'berta'", "keep one"));
    for (const char* line : {R"({"key": "", "wav": "x.wav", "spk": "anna"})", R"({"key": "k", "wav": "", "spk": "a"})",
                             R"({"key": "k", "wav": "x.wav", "spk": ""})"}) {
        write("list.jsonl", line);
        BOOST_CHECK_EXCEPTION(scan_json_lines(path / "list.jsonl"), std::runtime_error, says("line 1", "is empty"));
    }
    record("in/a.wav", .3, 1);
    write("in/a.spk", "anna");
    pack(path / "in", "one.tar", "cf", {"a.wav", "a.spk"});
    write("in/a.spk", "berta");
    pack(path / "in", "one.tar", "rf", {"a.spk"});
    BOOST_CHECK_EXCEPTION(scan_shards(path / "in/one.tar"), std::runtime_error, says("'a'", "'anna'", "'berta'"));
    record("in/.wav", .3, 1);
    write("in/.spk", "anna");
    pack(path / "in", "none.tar", "cf", {".wav", ".spk"});
    BOOST_CHECK_EXCEPTION(scan_shards(path / "in/none.tar"), std::runtime_error, says("none.tar", "empty key"));
}

BOOST_AUTO_TEST_CASE(lists_come_from_other_systems) {
    const std::string mark = "\xef\xbb\xbf";
    write("kaldi/wav.scp", mark + "k x.wav\r\n");
    write("kaldi/utt2spk", mark + "k anna\r\n");
    BOOST_TEST(at(scan_kaldi(path / "kaldi"), "k").speaker == "anna");
    BOOST_TEST(at(scan_kaldi(path / "kaldi"), "k").source == "x.wav");
    write("list.jsonl", mark + "{\"key\": \"a\", \"wav\": \"x.wav\", \"spk\": \"anna\"}\r\n");
    BOOST_TEST(scan_json_lines(path / "list.jsonl").recordings.size() == 1u);
    write("trials.txt", mark + "1 a b\r\n");
    BOOST_TEST(read_named_trials(path / "trials.txt").names[0] == "a");
}

BOOST_AUTO_TEST_CASE(file_names_come_from_other_systems) {
    record("vox/wav/id10001/abc/00001.WAV", .2, 1);
    record("vox/wav/id10001/abc/00002.Flac", .2, 1);
    write("vox/wav/id10001/abc/._00001.WAV", "what a Mac leaves beside each file");
    const corpus found = scan_voxceleb(path / "vox");
    BOOST_TEST(paths_of(found) == std::vector<std::string>({"wav/id10001/abc/00001.WAV", "wav/id10001/abc/00002.Flac"}),
               boost::test_tools::per_element());
    BOOST_TEST(recording_finder({found}).find("id10001/abc/00001.wav", "list").index == 0u);
    std::filesystem::rename(path / "vox/wav/id10001/abc/00001.WAV", path / "vox/wav/id10001/abc/00001.M4A");
    BOOST_CHECK_EXCEPTION(scan_voxceleb(path / "vox"), std::runtime_error, says("AAC", "ffmpeg"));
    record("in/a.wav", .3, 1);
    write("in/a.spk", "anna");
    write("in/._a.wav", "no audio");
    write("in/._a.spk", std::string(5000, 'x'));
    pack(path / "in", "../mac.tar", "cf", {"._a.wav", "a.wav", "._a.spk", "a.spk"});
    BOOST_TEST(paths_of(scan_shards(path / "mac.tar")) == std::vector<std::string>({"a"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(relative_paths_of_kaldi_start_at_its_folder_or_here) {
    struct working_folder {
        std::filesystem::path before = std::filesystem::current_path();
        ~working_folder() { std::filesystem::current_path(before); }
    } const restored;
    std::filesystem::current_path(path);
    record("data/x.wav", .2, 1);
    record("data/y.wav", .2, 2);
    record("kaldi/data/y.wav", .3, 3);
    write("kaldi/wav.scp", "x data/x.wav\ny data/y.wav\n");
    write("kaldi/utt2spk", "x anna\ny anna\n");
    const corpus found = scan_kaldi(path / "kaldi");
    std::filesystem::current_path("/"); // the store is used from anywhere
    BOOST_TEST(measure_outside_audio(found.root, at(found, "x").source) == 3200);
    BOOST_TEST(measure_outside_audio(found.root, at(found, "y").source) == 4800);
}

BOOST_AUTO_TEST_CASE(a_model_is_enrolled_by_one_line) {
    build_cnceleb();
    write("cn/eval/lists/enroll.map", "m id00800/singing-01-001.wav\nm id00801/vlog-01-001.wav\n");
    BOOST_CHECK_EXCEPTION(cnceleb_trials(path / "cn", enrolment::average), std::runtime_error,
                          says("line 2", "'m'", "twice"));
}

BOOST_AUTO_TEST_CASE(json_lines_need_three_texts) {
    write("list/data.jsonl", "{\"key\": \"a/1\", \"wav\": \"../x.wav\", \"spk\": \"anna\"}\n\n");
    const corpus found = scan_json_lines(path / "list/data.jsonl");
    BOOST_TEST(found.recordings.size() == 1u);
    BOOST_TEST(found.recordings[0].speaker == "anna");
    BOOST_TEST((found.root / found.recordings[0].source).lexically_normal() == path / "x.wav");
    write("list/data.jsonl", "{\"key\": \"a\", \"wav\": \"x.wav\", \"spk\": 3}\n");
    BOOST_CHECK_EXCEPTION(scan_json_lines(path / "list/data.jsonl"), std::runtime_error, says("line 1", "\"spk\""));
    write("list/data.jsonl", "[1\n");
    BOOST_CHECK_EXCEPTION(scan_json_lines(path / "list/data.jsonl"), std::runtime_error,
                          says("line 1", "not a JSON object"));
}

BOOST_AUTO_TEST_CASE(shards_hold_keys_with_slashes) {
    const auto first = record("in/id1/video/00001.wav", .3, 1);
    const auto second = record("in/id2/" + std::string(120, 'v') + "/00002.flac", .4, 2); // a pax header
    write("in/id1/video/00001.spk", "anna\n");
    write("in/id2/" + std::string(120, 'v') + "/00002.spk", "berta");
    std::filesystem::create_directories(path / "shards");
    pack(path / "in", "../shards/s0.tar", "cf", {"id1/video/00001.wav", "id1/video/00001.spk"});
    BOOST_REQUIRE(run_program({"tar", "--format=pax", "-cf", "../shards/s1.tar", "id2"}, path / "in").status == 0);
    const corpus found = scan_shards(path / "shards");
    BOOST_TEST(found.recordings.size() == 2u);
    BOOST_TEST(at(found, "id1/video/00001").speaker == "anna");
    const recording& other = at(found, "id2/" + std::string(120, 'v') + "/00002");
    BOOST_TEST(other.speaker == "berta");
    BOOST_TEST(read_outside_audio(found.root, at(found, "id1/video/00001").source) == first,
               boost::test_tools::per_element());
    BOOST_TEST(read_outside_audio(found.root, other.source) == second, boost::test_tools::per_element());
    BOOST_TEST(measure_outside_audio(found.root, other.source) == 6400);
    BOOST_TEST(scan_shards(path / "shards/s0.tar").recordings.size() == 1u);
}

BOOST_AUTO_TEST_CASE(unusable_shards_are_refused) {
    record("in/a/1.wav", .3, 1);
    pack(path / "in", "lonely.tar", "cf", {"a/1.wav"});
    BOOST_CHECK_EXCEPTION(scan_shards(path / "in/lonely.tar"), std::runtime_error,
                          says("lonely.tar", "a/1", "without its speaker"));
    pack(path / "in", "packed.tar", "czf", {"a/1.wav"});
    BOOST_CHECK_EXCEPTION(scan_shards(path / "in/packed.tar"), std::runtime_error, says("packed.tar", "uncompressed"));
    write("in/a/1.spk", "anna");
    std::filesystem::create_directories(path / "twice");
    for (const char* name : {"../twice/a.tar", "../twice/b.tar"}) pack(path / "in", name, "cf", {"a/1.wav", "a/1.spk"});
    BOOST_CHECK_EXCEPTION(scan_shards(path / "twice"), std::runtime_error, says("a/1", "another shard"));
    cut_off("twice/a.tar");
    BOOST_CHECK_EXCEPTION(scan_shards(path / "twice/a.tar"), std::runtime_error, says("a.tar"));
    BOOST_CHECK_EXCEPTION(scan_shards(path / "in"), std::runtime_error, says("without its speaker"));
    BOOST_CHECK_EXCEPTION(scan_shards(path / "in/a"), std::runtime_error, says("holds none"));
}

BOOST_AUTO_TEST_CASE(sizes_that_an_archive_claims_are_not_believed) {
    record("in/a.wav", .3, 1);
    write("in/a.spk", "anna");
    pack(path / "in", "../s.tar", "cf", {"a.spk", "a.wav"});
    // Sets the size in the header at `place`, and the checksum over it.
    const auto claim = [&](std::size_t place, std::uint64_t size) {
        std::ifstream stream(path / "s.tar", std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(place));
        std::string header(512, ' ');
        stream.read(header.data(), 512);
        char text[13];
        std::snprintf(text, sizeof text, "%011llo", static_cast<unsigned long long>(size));
        header.replace(124, 11, text);
        header.replace(148, 8, 8, ' ');
        unsigned sum = 0;
        for (const char letter : header) sum += static_cast<unsigned char>(letter);
        std::snprintf(text, sizeof text, "%06o", sum);
        header.replace(148, 7, text, 7);
        patch("s.tar", place, {header.begin(), header.end()});
    };
    claim(1024, 0x1ffffffff);                                  // of a.wav, behind the header and the block of a.spk
    std::filesystem::resize_file(path / "s.tar", 0x200002000); // holes take no disk
    const corpus found = scan_shards(path / "s.tar");
    for (const auto& use : {std::function<void()>([&] { measure_outside_audio(found.root, at(found, "a").source); }),
                            std::function<void()>([&] { read_outside_audio(found.root, at(found, "a").source); })})
        BOOST_CHECK_EXCEPTION(use(), unusable_audio, says("a.wav", "8589934591 bytes"));
    claim(0, 0xffffffff);
    BOOST_CHECK_EXCEPTION(scan_shards(path / "s.tar"), std::runtime_error, says("s.tar", "a.spk", "4294967295 bytes"));
}

BOOST_AUTO_TEST_CASE(trial_layouts_are_told_apart_by_their_columns) {
    write("voxceleb", "1 a b\n0 a c\n\n");
    write("cnceleb", "a b 1\na c 0\n");
    write("kaldi", "a b target\r\na c nontarget\r\n");
    write("numbers", "1 7 0\n0 7 1\n1 7 9\n"); // only the first column is a label in every line
    for (const char* name : {"voxceleb", "cnceleb", "kaldi"}) {
        const named_trials read = read_named_trials(path / name);
        BOOST_TEST(read.names == std::vector<std::string>({"a", "b", "c"}), boost::test_tools::per_element());
        BOOST_REQUIRE(read.trials.size() == 2u);
        BOOST_TEST(read.trials[0].target);
        BOOST_TEST(!read.trials[1].target);
        BOOST_TEST(read.trials[1].b == 2u);
    }
    BOOST_TEST(read_named_trials(path / "numbers").names[0] == "7");
}

BOOST_AUTO_TEST_CASE(other_trial_lists_are_refused) {
    const std::vector<std::pair<std::string, std::string>> lists{
        {"1 a b\na b 1\n", "line 2"}, {"a b c\n", "line 1"}, {"1 a\n", "line 1"},
        {"1 a b c\n", "line 1"},      {"", "has no trial"},  {"1 7 0\n0 7 1\n", "first and last"}};
    for (const auto& [text, complaint] : lists) {
        write("trials.txt", text);
        BOOST_CHECK_EXCEPTION(read_named_trials(path / "trials.txt"), std::runtime_error,
                              says("trials.txt", complaint));
    }
    BOOST_CHECK_EXCEPTION(read_named_trials(path / "absent"), std::runtime_error, says("cannot be opened"));
}

BOOST_AUTO_TEST_CASE(joining_keeps_every_sample_within_speaker_and_genre) {
    std::vector<recording> recordings;
    for (int i = 0; i < 11; ++i)
        recordings.push_back(short_recording(std::string("a").append(std::to_string(i)), i < 8 ? "anna" : "berta",
                                             i % 2 ? "vlog" : "drama", 1000 + 100 * i));
    recordings.push_back(short_recording("long", "anna", "vlog", 9000));
    const auto joined = join_short(recordings, 2500);
    BOOST_TEST((totals(joined) == totals(recordings)));
    const auto sums = totals(recordings);
    for (const recording& each : joined)
        BOOST_TEST((each.samples >= 2500 || sums.at({each.speaker, each.genre}) < 2500), each.path);
    const auto drama =
        std::find_if(joined.begin(), joined.end(), [](const recording& each) { return each.path.starts_with("a0"); });
    BOOST_REQUIRE(drama != joined.end());
    // 1000 + 1200 + 1400 suffice, and the 1600 that are left go with them.
    BOOST_TEST(drama->path == "a0+3");
    BOOST_TEST(drama->source == "a0|a2|a4|a6");
}

BOOST_AUTO_TEST_CASE(what_must_stay_alone_is_not_joined) {
    auto evaluation = short_recording("e", "id00800", "vlog", 10), broken = short_recording("b", "a", "vlog", 0);
    evaluation.may_train = false;
    broken.problem = "is broken";
    const auto plain = short_recording("p", "a", "", 10);
    const auto joined = join_short({evaluation, broken, plain, plain}, 100);
    BOOST_TEST(joined.size() == 4u);
    for (const recording& each : joined) BOOST_TEST(each.source.empty());
}

BOOST_AUTO_TEST_CASE(counts_are_held_against_what_was_published) {
    corpus vox{"voxceleb", path, {}};
    for (int i = 0; i < 4874; ++i)
        vox.recordings.push_back(short_recording(std::to_string(i), "id" + std::to_string(10270 + i % 40), "", 1));
    for (recording& each : vox.recordings) each.may_train = false;
    const auto whole = count_sets({vox});
    BOOST_REQUIRE(whole.size() == 1u);
    BOOST_TEST(whole[0].as_published());
    BOOST_TEST(whole[0].describe() == "VoxCeleb1 test: 40 speakers, 4874 recordings");
    const corpus half{"voxceleb", path, {vox.recordings.begin(), vox.recordings.begin() + 39}};
    BOOST_TEST(!count_sets({half})[0].as_published());
    BOOST_TEST(count_sets({half})[0].describe().find("published are 40 speakers") != std::string::npos);
    const corpus rest{"voxceleb", path, {vox.recordings.begin() + 39, vox.recordings.end()}};
    BOOST_TEST(count_sets({half, rest})[0].as_published()); // several roots
    BOOST_TEST(count_sets({{"kaldi", path, vox.recordings}}).empty());

    const trial_source cleaned{"x", "vox1_O_cleaned.txt", {}}, any{"x", "mine.txt", {}};
    BOOST_TEST(check_trial_count(cleaned, 37611, 0, 4708) == "");
    BOOST_TEST(check_trial_count(cleaned, 37610, 0, 4708).find("37611") != std::string::npos);
    BOOST_TEST(check_trial_count(any, 5, 0, 4) == "");
    BOOST_TEST(check_trial_count(any, 3484292, 196, 17777) == "");
    BOOST_TEST(check_trial_count(any, 3484291, 196, 17777).find("196 models") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_are_found_by_their_stem_or_missed_with_three_that_are_known) {
    build_voxceleb();
    const std::vector<corpus> corpora{scan_voxceleb(path / "vox1"), scan_voxceleb(path / "vox2")};
    const recording_finder finder(corpora);
    BOOST_TEST(finder.find("id00012/v/00001.flac", "list").corpus == 1u);
    BOOST_CHECK_EXCEPTION(finder.find("id10999/v/00001.wav", "list"), std::runtime_error,
                          says("id10999/v/00001.wav", "list", "known are 'id", "', 'id", "root"));
    const recording_finder twice({corpora[1], corpora[1]});
    BOOST_CHECK_EXCEPTION(twice.find("id00012/v/00001", "list"), std::runtime_error, says("two recordings"));
}

BOOST_AUTO_TEST_SUITE_END()
