#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "bytes.hpp"
#include "speaker_verification/data/archives/drascula_speech.hpp"
#include "speaker_verification/data/audio/sound_file.hpp"
#include "speaker_verification/data/store/speech_index.hpp"
#include "speaker_verification/data/store/store_lock.hpp"
#include "synthetic_corpus.hpp"
#include "throws_message.hpp"

using namespace speaker_verification;

namespace {

/// The program failed with one sentence on the last line that has all parts, and left no index behind.
template <class... Parts>
void check_refused(const synthetic_corpus& corpus, const process_result& result, Parts... parts) {
    BOOST_TEST(result.status == 1);
    const std::size_t begin = result.output.find("fetch_speech: ");
    BOOST_REQUIRE_MESSAGE(begin != std::string::npos, result.output);
    const std::string sentence = result.output.substr(begin, result.output.size() - begin - 1);
    BOOST_TEST(says(parts...)(std::runtime_error(sentence)), sentence);
    BOOST_TEST(!std::filesystem::exists(corpus.cache() / "index.json"));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(fetch_speech_test, synthetic_corpus)

BOOST_AUTO_TEST_CASE(a_store_holds_what_the_lists_name) {
    const process_result result = fetch();
    BOOST_REQUIRE_MESSAGE(result.status == 0, result.output);
    const speech_store store(cache());
    BOOST_TEST(store.training().size() == 6u);
    BOOST_TEST(store.training_left_out() == 1u);
    BOOST_TEST(store.speakers() == std::vector<std::string>({"anna", "berta"}), boost::test_tools::per_element());
    BOOST_TEST(store.training()[3].speaker == "berta");
    BOOST_TEST(store.training()[3].key == "synthetic-voices/usr/voices/v3.ALS");
    BOOST_REQUIRE(store.trial_lists().size() == 1u);
    const trial_list& list = store.trial_lists()[0];
    BOOST_TEST(list.name == "pair");
    BOOST_TEST(list.trials[0].target);
    BOOST_TEST(list.trials[0].crop_b == 1u);
    BOOST_TEST(store.utterances()[list.crops[1].utterances[0]].path == "usr/voices/v8.ALS");
    BOOST_TEST(store.utterances()[list.crops[1].utterances[0]].speaker == "dora");
}

BOOST_AUTO_TEST_CASE(samples_are_the_files_resampled) {
    BOOST_REQUIRE(fetch().status == 0);
    const speech_store store(cache());
    for (const utterance& each : store.utterances()) {
        const auto expected = to_int16(resample(decode_drascula_speech(path / "package" / each.path), 16000).samples);
        const std::vector<float> samples = store.samples(each);
        BOOST_TEST(samples.size() == expected.size());
        BOOST_TEST(samples == std::vector<float>(expected.begin(), expected.end()), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(finished_work_is_not_redone) {
    BOOST_REQUIRE(fetch().status == 0);
    BOOST_REQUIRE(fetch().status == 0);
    BOOST_TEST(downloads() == 1);
    std::filesystem::remove(cache() / "synthetic-voices.s16");
    BOOST_REQUIRE(fetch().status == 0);
    BOOST_TEST(downloads() == 1); // decoded again from the download that is there
    BOOST_TEST(speech_store(cache()).training().size() == 6u);
}

BOOST_AUTO_TEST_CASE(a_relative_cache_resumes_behind_its_download) {
    BOOST_REQUIRE(fetch_into("cache").status == 0);
    std::filesystem::remove(cache() / "synthetic-voices.json"); // as if it had been killed before it decoded
    const process_result again = fetch_into("cache");
    BOOST_TEST(again.status == 0, again.output);
    BOOST_TEST(downloads() == 1);
    BOOST_TEST(speech_store(cache()).training().size() == 6u);
}

BOOST_AUTO_TEST_CASE(partial_work_is_redone) {
    BOOST_REQUIRE(fetch().status == 0);
    std::filesystem::resize_file(cache() / "synthetic-voices.s16", 100);
    std::filesystem::resize_file(cache() / "downloads/synthetic-voices.deb", 100);
    BOOST_CHECK_EXCEPTION(speech_store{cache()}, std::runtime_error, says("synthetic-voices.s16", "fetch_speech"));
    BOOST_REQUIRE(fetch().status == 0);
    BOOST_TEST(downloads() == 2);
    const speech_store store(cache());
    BOOST_TEST(store.samples(store.training()[5]).size() == 7999u); // 5512 samples at 11025 Hz
}

BOOST_AUTO_TEST_CASE(decoded_speech_of_equal_size_and_another_content_is_redone) {
    BOOST_REQUIRE(fetch().status == 0);
    const auto file = cache() / "synthetic-voices.s16";
    const auto later = [&] { // clocks of file systems are coarse
        std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + std::chrono::seconds(1));
    };
    later();
    BOOST_TEST(speech_store(cache()).training().size() == 6u); // only its date has changed
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(1000).put('x');
    later();
    BOOST_CHECK_EXCEPTION(speech_store{cache()}, std::runtime_error,
                          says("synthetic-voices.s16", "has changed", "fetch_speech again"));
    BOOST_REQUIRE(fetch().status == 0);
    BOOST_TEST(downloads() == 1);
    BOOST_TEST(speech_store(cache()).training().size() == 6u);
}

BOOST_AUTO_TEST_CASE(what_killed_programs_left_is_removed) {
    BOOST_REQUIRE(fetch().status == 0);
    write_text(cache() / "unpacked/usr/voice.ALS", "of a fetch that was killed before it tidied up");
    write_text(cache() / "downloads/other-voices.part/other-voices.deb", "of one that fetched another set");
    const pid_t ended = fork();
    if (ended == 0) _exit(0);
    waitpid(ended, nullptr, 0);
    const auto left = cache() / ("synthetic-voices.partial-" + std::to_string(ended) + ".s16");
    const auto of_another = cache() / ("synthetic-voices.partial-" + std::to_string(getpid()) + ".s16");
    write_text(left, "half");
    write_text(of_another, "half");
    BOOST_REQUIRE(fetch().status == 0);
    BOOST_TEST(!std::filesystem::exists(cache() / "unpacked"));
    BOOST_TEST(!std::filesystem::exists(cache() / "downloads/other-voices.part"));
    BOOST_TEST(!std::filesystem::exists(left));
    BOOST_TEST(std::filesystem::exists(of_another)); // this process lives
}

BOOST_AUTO_TEST_CASE(a_list_that_grew_is_decoded_again) {
    BOOST_REQUIRE(fetch().status == 0);
    std::ofstream(lists() / "train.csv", std::ios::app) << "berta,role,synthetic-voices,usr/voices/v6.ALS,0.5\n";
    std::filesystem::remove(lists() / "crops_pair.csv");
    write_text(lists() / "crops_pair.csv", "crop,speaker,character,speech_s,members\na,d,r,1,synthetic-voices/usr/"
                                           "voices/v8.ALS\nb,d,r,1,synthetic-voices/usr/voices/v9.ALS\n");
    BOOST_REQUIRE(fetch().status == 0);
    BOOST_TEST(speech_store(cache()).training().size() == 7u);
}

BOOST_AUTO_TEST_CASE(a_store_is_one_process_s_at_a_time) {
    std::promise<void> waits;
    std::atomic<bool> has_it = false;
    std::optional<store_lock> first(std::in_place, cache(), [] { BOOST_FAIL("nobody had it"); });
    std::thread second([&] {
        const store_lock mine(cache(), [&] { waits.set_value(); });
        has_it = true;
    });
    waits.get_future().wait();
    BOOST_TEST(!has_it.load());
    first.reset();
    second.join();
    BOOST_TEST(has_it.load());
}

BOOST_AUTO_TEST_CASE(two_at_once_make_one_store) {
    auto one = std::async(std::launch::async, [this] { return fetch(); });
    const process_result other = fetch();
    BOOST_TEST(one.get().status == 0);
    BOOST_TEST(other.status == 0, other.output);
    BOOST_TEST(speech_store(cache()).training().size() == 6u);
}

BOOST_AUTO_TEST_CASE(network_failure_is_one_sentence) {
    break_network("E: Failed to fetch http://deb.debian.org/x.deb  Could not resolve host");
    check_refused(*this, fetch(), "synthetic-voices=1.0", "Could not resolve host", "network", "again");
}

BOOST_AUTO_TEST_CASE(another_version_is_named) {
    offer_version("2.0");
    check_refused(*this, fetch(), "synthetic-voices=1.0", "2.0", "packages.txt");
    offer_version("(none)");
    check_refused(*this, fetch(), "synthetic-voices=1.0", "no package", "apt-get update");
}

BOOST_AUTO_TEST_CASE(another_checksum_is_refused) {
    std::ofstream(archive(), std::ios::app) << "x";
    check_refused(*this, fetch(), "synthetic-voices=1.0", "sha256");
}

BOOST_AUTO_TEST_CASE(a_listed_file_that_the_package_lacks_is_refused) {
    std::ofstream(lists() / "train.csv", std::ios::app) << "anna,role,synthetic-voices,usr/voices/v77.ALS,0.5\n";
    check_refused(*this, fetch(), "usr/voices/v77.ALS", "synthetic-voices", "list");
}

BOOST_AUTO_TEST_CASE(unknown_packages_are_refused) {
    check_refused(*this, fetch("other-voices"), "other-voices", "unknown", "synthetic");
    check_refused(*this, fetch("all"), "absent-voices", "packages.txt");
}

BOOST_AUTO_TEST_CASE(a_list_that_names_a_file_outside_the_store_is_refused) {
    BOOST_REQUIRE(fetch().status == 0);
    std::ofstream(cache() / "lists/train.csv", std::ios::app) << "anna,role,synthetic-voices,usr/voices/v9z.ALS,1\n";
    BOOST_CHECK_EXCEPTION(
        speech_store{cache()}, std::runtime_error,
        says("train.csv", "usr/voices/v9z.ALS", "not in the store", "usr/voices/v0.ALS", "usr/voices/v2.ALS"));
}

BOOST_AUTO_TEST_CASE(trial_lists_of_absent_packages_are_left_out) {
    BOOST_REQUIRE(fetch().status == 0);
    std::ofstream(cache() / "lists/crops_pair.csv", std::ios::app) << "c,d,r,1,absent-voices/usr/c.ALS\n";
    const speech_store store(cache());
    BOOST_TEST(store.trial_lists().empty());
    BOOST_TEST(store.trial_lists_left_out() == std::vector<std::string>{"pair"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_missing_or_foreign_index_is_refused) {
    BOOST_CHECK_EXCEPTION(speech_store{cache()}, std::runtime_error, says("index.json", "run fetch_speech"));
    write_text(cache() / "index.json", R"({"format": "another"})");
    BOOST_CHECK_EXCEPTION(speech_store{cache()}, std::runtime_error, says("index.json", "run fetch_speech again"));
}

BOOST_AUTO_TEST_SUITE_END()
