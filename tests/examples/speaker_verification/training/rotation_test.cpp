#include "common/json_file.hpp"
#include "small_store.hpp"
#include "speaker_verification/training/checkpoints/network_fingerprint.hpp"
#include "speaker_verification/training/reports/score_origin.hpp"

#include <boost/test/unit_test.hpp>

using namespace speaker_verification;
using namespace speaker_verification::testing;

BOOST_AUTO_TEST_SUITE(rotation_of_held_out_actors)

BOOST_AUTO_TEST_CASE(each_fold_is_trained_without_its_actors_scored_on_them_and_pooled) {
    program_folder folder;
    folder.all.schedule.max_steps = 4;
    const std::string others = "qa_tom_hill,qa_brad_lavelle,qa_regina_reagan";
    BOOST_TEST(contains(folder.refusal(folder.train("none", {"--held_out_actors", "qa_tom_hill,qa_tim"})),
                        "train: setting 'held_out_actors' names 'qa_tim', who is none of the actors "
                        "qa_barry_james, qa_brad_lavelle, qa_enn_reitel, qa_regina_reagan, qa_tom_hill"));
    BOOST_TEST(!std::filesystem::exists(folder / "none"));

    folder.succeed(folder.train("standard"));
    folder.succeed(folder.train("rotated", {"--held_out_actors", others}));
    const auto printed = folder.succeed({SCORE, "--checkpoint", "standard/last.checkpoint", "--threads", "1"});
    BOOST_TEST(contains(printed, "with AS-norm"));
    BOOST_TEST(contains(printed, "of 5 held-out utterances of 5 training speakers"));
    BOOST_TEST(contains(printed, "held out: qa_barry_james, qa_enn_reitel"));
    folder.succeed({SCORE, "--checkpoint", "rotated/last.checkpoint", "--threads", "1", "--as_norm_top", "3",
                    "--as_norm_ddof", "1"});

    const auto standard = examples::read_json_file(folder / "standard/score.json");
    const auto rotated = examples::read_json_file(folder / "rotated/score.json");
    BOOST_TEST(standard["lists"]["fotaq_heldout_3s"]["targets"] == 12);
    BOOST_TEST(!rotated["lists"].contains("fotaq_heldout_3s"));
    const auto& list = rotated["lists"]["fotaq_rotation_3s"];
    BOOST_TEST(list["targets"] == 6 + 6 + 1 + 1); // four crops of two actors, two of each role of the third
    BOOST_TEST(list["nontargets"] == 16);
    BOOST_TEST(rotated["lists"]["fotaq_rotation_3s/cross_character"]["targets"] == 4);
    for (const char* field : {"eer_as_norm", "min_dcf_001_as_norm", "min_dcf_005_as_norm"}) {
        BOOST_TEST((list[field] >= 0 && list[field] <= 1), field);
    }
    BOOST_TEST((rotated["as_norm"] == nlohmann::json{{"top", 3}, {"ddof", 1}}));
    BOOST_TEST(standard["as_norm"]["top"] == 5);
    BOOST_TEST(rotated["speakers"] == 4);
    BOOST_TEST((rotated["held_out_actors"] == nlohmann::json{"qa_brad_lavelle", "qa_regina_reagan", "qa_tom_hill"}));
    for (const auto& actor : rotated["held_out_actors"]) {
        BOOST_TEST(!rotated["closed_set"]["by_speaker"].contains(actor.get<std::string>()));
    }
    BOOST_TEST(rotated["closed_set"]["by_speaker"].contains("qa_enn_reitel"));

    const auto network = [&](const std::string& run) {
        return network_fingerprint(read_checkpoint_file(folder / run / "last.checkpoint"));
    };
    const auto scored = folder / "rotated/scores/fotaq_rotation_3s.txt";
    BOOST_TEST(message_of([&] { require_scores_of(scored, network("rotated"), "c"); }) == "nothing was thrown");
    BOOST_TEST(contains(message_of([&] { require_scores_of(scored, network("standard"), "c"); }), "another network"));

    const auto pooled = folder.succeed({COMBINE, "standard", "rotated", "--out", "pooled.json"});
    BOOST_TEST(contains(pooled, "rotation, 5 speakers\n  EER "));
    const auto figure = examples::read_json_file(folder / "pooled.json")["figures"]["rotation"];
    BOOST_TEST(figure["value"].get<double>() ==
                   (2 * standard["lists"]["fotaq_heldout_3s"]["eer"].get<double>() + 3 * list["eer"].get<double>()) / 5,
               boost::test_tools::tolerance(1e-9));
    BOOST_TEST(contains(folder.refusal({COMBINE, "rotated", "rotated"}), "combine: "));

    // Other actors are another run.
    BOOST_TEST(contains(folder.refusal(folder.train("rotated", {"--resume"})), "held_out_actors = "));
}

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t i = 0; (i = text.find(from, i)) != std::string::npos; i += to.size())
        text.replace(i, from.size(), to);
}

/// The same sounds as a store of other people and lists.
void make_foreign(const std::filesystem::path& store) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(store)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    const std::vector<std::pair<std::string, std::string>> names = {{std::string(rotation_package), "interviews"},
                                                                    {std::string(standard_list), "mine"},
                                                                    {"qa_", "guest_"},
                                                                    {"robot_", "host_"}};
    for (const auto& file : files) {
        std::string name = file.filename().string(), text = bytes_of(file);
        for (const auto& [from, to] : names) {
            replace_all(name, from, to);
            if (file.extension() != ".s16") replace_all(text, from, to);
        }
        std::filesystem::remove(file);
        write_bytes(file.parent_path() / name, text);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(a_foreign_store_is_scored_without_the_network_s_own_speakers) {
    program_folder folder;
    folder.all.schedule.max_steps = 4;
    folder.succeed(folder.train("run", {"--held_out_actors", "qa_tom_hill,qa_brad_lavelle,qa_regina_reagan"}));
    small_store(folder / "foreign");
    make_foreign(folder / "foreign");
    const auto printed = folder.succeed(
        {SCORE, "--checkpoint", "run/last.checkpoint", "--threads", "1", "--speech", "foreign", "--out", "out"});
    BOOST_TEST(contains(printed, "mine "), printed);
    BOOST_TEST(contains(printed, "left out: the store's training speakers are not the network's"), printed);
    BOOST_TEST(!contains(printed, "actors"), printed);
    BOOST_TEST(!contains(printed, "recognised"), printed);
    const auto score = examples::read_json_file(folder / "out/score.json");
    BOOST_TEST(score["closed_set"]["utterances"] == 0);
    BOOST_TEST(!score["closed_set"].contains("accuracy"));
    BOOST_TEST(score["held_out_actors"].empty());
}

BOOST_AUTO_TEST_SUITE_END()
