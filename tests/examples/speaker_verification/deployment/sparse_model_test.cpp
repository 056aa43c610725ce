#include "speaker_verification/deployment/averaging.hpp"
#include "speaker_verification/deployment/embedding_network.hpp"
#include "speaker_verification/deployment/product_threads.hpp"
#include "speaker_verification/deployment/sparse_model.hpp"

#include "../training/every_field.hpp"
#include "../training/support.hpp"
#include "common/sealed_file.hpp"
#include "random_model.hpp"
#include "speaker_verification/deployment/export_check.hpp"
#include "speaker_verification/model/state_dict.hpp"
#include "speaker_verification/scoring/cosine.hpp"
#include "speaker_verification/scoring/score_file.hpp"
#include "speaker_verification/training/checkpoints/plain_state.hpp"
#include "speaker_verification/training/checkpoints/safetensors_file.hpp"
#include "speaker_verification/training/loop/embedding.hpp"
#include "speaker_verification/training/optimizers/sparsity_count.hpp"

#include <boost/test/unit_test.hpp>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

constexpr examples::sealed_file_kind model_kind{"BRGMSPRS", 1, "model", "a model", "test", "try again"};

settings mid_sized(const char* network) {
    settings all;
    all.model.network = network;
    all.model.stage_channels = 16;
    return all;
}

void check_same_network(const speaker_model& one, const speaker_model& other, bool with_head) {
    const auto read = state_dict(*other.trained.network.embedder);
    std::size_t place = 0;
    for (const auto& entry : state_dict(*one.trained.network.embedder)) {
        if (!with_head && entry.name == "projection.weight") continue;
        BOOST_TEST_REQUIRE(place < read.size());
        BOOST_TEST(read[place].name == entry.name);
        if (entry.tensor.is_floating_point()) {
            BOOST_TEST(torch::equal(read[place].tensor, entry.tensor), entry.name);
        }
        ++place;
    }
    BOOST_TEST(place == read.size());
    BOOST_TEST((one.mean.array() == other.mean.array()).all());
}

feature_matrix some_features(std::int64_t bands, std::int64_t frames = 40) {
    feature_matrix features{std::size_t(frames), std::size_t(bands), {}};
    counter_random random(3, 0, 0);
    for (std::int64_t i = 0; i < frames * bands; ++i) features.values.push_back(float(8 + random.normal()));
    return features;
}

/// The message with which a file is refused, with LibTorch and without: the same.
std::string refusal_of(const std::filesystem::path& path) {
    const auto message = message_of([&] { read_sparse_model(path); });
    BOOST_TEST(message_of([&] { read_embedding_model(path); }) == message);
    return message;
}

/// The message with which a file of this table is refused.
std::string refusal_of(const std::filesystem::path& path, const std::function<void(nlohmann::json& table)>& change) {
    auto contents = examples::read_sealed_file(path, model_kind);
    change(contents.table);
    const auto changed = path.parent_path() / "changed.sparse";
    examples::write_sealed_file(changed, model_kind, contents);
    return refusal_of(changed);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sparse_model_suite)

BOOST_AUTO_TEST_CASE(at_95_percent_a_file_is_under_an_eighth_and_keeps_every_weight) {
    const scratch_folder scratch;
    for (const char* network : {"ecapa_tdnn", "resnet34"}) {
        BOOST_TEST_CONTEXT(network) {
            auto model = hearing_model(mid_sized(network), .05);
            const auto count = count_sparsity(*model.trained.network.embedder);
            BOOST_TEST(std::abs(count.sparsity() - .95) < .002);
            for (const bool with_head : {false, true}) {
                const auto path = scratch.path / "network.sparse";
                const auto size = write_sparse_model(path, model, with_head);
                BOOST_TEST(size.file_bytes == std::int64_t(std::filesystem::file_size(path)));
                BOOST_TEST(8 * size.file_bytes < size.dense_bytes);
                const auto read = read_sparse_model(path);
                check_same_network(model, read, with_head);
                BOOST_TEST(!read.threshold);
                const auto features = some_features(model.trained.run.all.features.bands);
                BOOST_TEST((embed(read.trained, features).array() == embed(model.trained, features).array()).all());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_network_without_libtorch_embeds_as_libtorch_does) {
    const scratch_folder scratch;
    const auto path = scratch.path / "network.sparse";
    for (const char* network : {"ecapa_tdnn", "resnet34"}) {
        for (const double density : {.06, .7}) { // sparse layers and dense ones
            auto all = mid_sized(network);
            all.model.stage_channels = 8;
            const auto model = hearing_model(all, density);
            write_sparse_model(path, model, density > .5);
            const auto lean = read_embedding_model(path);
            const Eigen::RowVectorXd one = embed(model.trained, some_features(all.features.bands, 40)),
                                     another = embed(model.trained, some_features(all.features.bands, 41));
            BOOST_TEST((one - another).norm() > .01 * one.norm(), network << " says the same of whatever it hears");
            BOOST_TEST((lean.mean.array() == model.mean.array()).all());
            for (const std::int64_t frames : {9, 64, 131}) {
                const auto features = some_features(all.features.bands, frames);
                const Eigen::RowVectorXd expected = embed(model.trained, features);
                for (const int threads : {1, 2}) {
                    use_product_threads(threads);
                    const Eigen::RowVectorXd embedding = lean.embed(features).cast<double>();
                    BOOST_TEST((embedding - expected).norm() < 1e-5 * expected.norm(),
                               network << ", " << frames << " frames, density " << density << ": "
                                       << (embedding - expected).norm() / expected.norm());
                }
            }
            BOOST_TEST(contains(message_of([&] { lean.embed(some_features(all.features.bands, 8)); }), "too short"));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_summary_counts_what_the_exporter_writes) {
    const scratch_folder scratch;
    const auto model = random_model(mid_sized("ecapa_tdnn"), .1);
    const auto path = scratch.path / "network.sparse";
    write_sparse_model(path, model, true);
    std::int64_t written = 0;
    const auto network = model.trained.network.embedder->named_parameters();
    const auto table = examples::read_sealed_file(path, model_kind).table;
    for (const auto& row : table["tensors"]) {
        if (network.contains(row[0].get<std::string>())) written += row[3].get<std::int64_t>();
    }
    BOOST_TEST(count_sparsity(*model.trained.network.embedder).sparse_bytes == written);
}

BOOST_AUTO_TEST_CASE(settings_and_threshold_are_kept) {
    const scratch_folder scratch;
    auto model = random_model(small_settings(), .5);
    model.threshold = {.25, .125, "trials of mine"};
    const auto path = scratch.path / "network.sparse";
    write_sparse_model(path, model);
    const auto read = read_sparse_model(path);
    BOOST_TEST((read.trained.run.features == model.trained.run.features));
    BOOST_TEST((read.trained.run.normalization == model.trained.run.normalization));
    BOOST_TEST(read.trained.run.all.model.channels == 16);
    BOOST_REQUIRE(read.threshold.has_value());
    BOOST_TEST(read.threshold->cosine == .25);
    BOOST_TEST(read.threshold->eer == .125);
    BOOST_TEST(read.threshold->trials == "trials of mine");
}

BOOST_AUTO_TEST_CASE(truncated_and_changed_files_are_refused) {
    const scratch_folder scratch;
    const auto path = scratch.path / "network.sparse";
    write_sparse_model(path, random_model(small_settings(), .5));
    const auto whole = bytes_of(path);
    for (std::size_t size = 0; size < whole.size(); size += 1 + size / 5) {
        write_bytes(path, whole.substr(0, size));
        const auto message = refusal_of(path);
        BOOST_TEST(contains(message, "sparse model '" + path.string() + "'"));
        BOOST_TEST(!contains(message, "\n"));
    }
    for (std::size_t place = 0; place < whole.size(); place += 101) {
        for (const int bit : {0, 7}) {
            auto changed = whole;
            changed[place] = char(changed[place] ^ (1 << bit));
            write_bytes(path, changed);
            BOOST_REQUIRE(message_of([&] { read_sparse_model(path); }) != "nothing was thrown");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_contradicts_itself_is_refused) {
    const scratch_folder scratch;
    const auto path = scratch.path / "network.sparse";
    write_sparse_model(path, random_model(small_settings(), .5), /*with_head=*/true);
    using json = nlohmann::json;
    BOOST_TEST(refusal_of(path, [](json&) {}) == "nothing was thrown");
    const std::vector<std::function<void(json&)>> lies = {
        [](json& table) { table["network"]["network"] = "resnet34"; },
        [](json& table) { table["network"]["network"] = "resnet50"; },
        [](json& table) { table["network"]["channels"] = -16; },
        [](json& table) { table["mean"] = 3; },
        [](json& table) { table["features"]["mel_bins"] = 13; },
        [](json& table) { table["tensors"][0][0] = "layer1.conv.wait"; },
        [](json& table) {
            table["tensors"][0][1] = {16, 12, 6};
        },
        [](json& table) { table["tensors"][0][2] = "coo"; },
        [](json& table) { table["tensors"][0][3] = 5; },
        [](json& table) { table["tensors"].back()[1] = {9}; },
        [](json& table) {
            table["tensors"].back()[1] = {1000000000, 16};
        },
        [](json& table) {
            table["tensors"].push_back({"layer1.conv.more", {0}, "dense", 0});
        }};
    for (std::size_t i = 0; i < lies.size(); ++i) {
        const auto message = refusal_of(path, lies[i]);
        BOOST_TEST(contains(message, "does not hold the network it describes"), "lie " << i << ": " << message);
    }
    BOOST_TEST(contains(refusal_of(path, [](json& table) { table.erase("levels"); }), "cannot read"));
    BOOST_TEST(
        contains(refusal_of(path, [](json& table) { table["tensors"].erase(std::size_t{0}); }), "does not hold"));
    BOOST_TEST(contains(refusal_of(path, [](json& table) { table["tensors"].push_back(table["tensors"][0]); }),
                        "names more data than it holds"));
    BOOST_TEST(contains(refusal_of(path, [](json& table) { table["tensors"][5][3] = 1 << 30; }),
                        "names more data than it holds"));
}

BOOST_AUTO_TEST_CASE(every_field_of_a_model_is_looked_at_as_if_typed) {
    const scratch_folder scratch;
    const auto path = scratch.path / "network.sparse";
    auto model = random_model(small_settings(), .5);
    model.threshold = {.25, .125, "trials of mine"};
    write_sparse_model(path, model, /*with_head=*/true);
    at::set_num_threads(1); // threads would wait for each other all the time
    const auto whole = examples::read_sealed_file(path, model_kind);
    const auto changed = scratch.path / "changed.sparse";
    const auto features = some_features(model.trained.run.all.features.bands);
    std::int64_t refused = 0, taken = 0;
    for_each_change(whole.table, [&](const std::string& where, const nlohmann::json& table) {
        examples::write_sealed_file(changed, model_kind, {table, whole.payload});
        const auto message = message_of([&] {
            const auto read = read_sparse_model(changed);
            BOOST_TEST(embed(read.trained, features).allFinite(), where);
        });
        BOOST_TEST(message_of([&] { read_embedding_model(changed); }) == message, where);
        ++(message == "nothing was thrown" ? taken : refused);
        if (message == "nothing was thrown") return;
        const bool right = message.starts_with("sparse model '" + changed.string() + "' ") &&
                           !contains(message, "\n") && !contains(message, "json.exception");
        BOOST_TEST(right, where << ": " << message);
    });
    BOOST_TEST(refused > 400);
    BOOST_TEST(taken > 20); // what it is called and was trained with
    auto no_number = whole;
    no_number.payload.replace(0, 4, "\xff\xff\xff\xff");
    examples::write_sealed_file(changed, model_kind, no_number);
    BOOST_TEST(contains(refusal_of(changed), "its mean is not finite"));
    examples::write_sealed_file(changed, model_kind, {whole.table, whole.payload + "x"});
    BOOST_TEST(contains(refusal_of(changed), "holds more data than it names"));
}

BOOST_AUTO_TEST_CASE(an_exported_network_is_compared_with_the_scores_of_its_checkpoint) {
    const scratch_folder scratch;
    const auto model = hearing_model(small_settings(), .5);
    write_sparse_model(scratch.path / "network.sparse", model);
    const auto sparse = read_embedding_model(scratch.path / "network.sparse");
    std::vector<list_to_score> lists(1);
    auto& list = lists.front();
    list.trials.name = "mine";
    for (const char* name : {"a", "b", "c"}) list.trials.crops.emplace_back().name = name;
    list.trials.trials = {{true, 0, 1, "any"}, {false, 0, 2, "any"}, {false, 1, 2, "any"}};
    const auto bands = model.trained.run.all.features.bands;
    for (const std::int64_t frames : {20, 40, 60, 30}) list.joined.push_back(some_features(bands, frames));
    list.crops = {{list.joined[0]}, {list.joined[1], list.joined[2]}, {list.joined[3]}}; // b is a mean of two

    const auto unit = center_and_normalize(embed_crops(model.trained, list.crops), model.mean.cast<double>());
    std::vector<score_line> lines;
    for (const auto& each : list.trials.trials) {
        lines.push_back({each.target, list.trials.crops[each.crop_a].name, list.trials.crops[each.crop_b].name,
                         unit.row(Eigen::Index(each.crop_a)).dot(unit.row(Eigen::Index(each.crop_b)))});
    }
    const auto compared = [&] {
        write_score_file(scratch.path / "mine.txt", lines);
        return compare_with_scores(model.trained, sparse, lists, scratch.path);
    };
    const auto same = compared();
    BOOST_TEST_REQUIRE(same.lists.size() == 1);
    BOOST_TEST(same.lists[0].trials == 3);
    BOOST_TEST(same.lists[0].difference < 1e-5);
    BOOST_TEST(same.embedding_error < 1e-5);
    BOOST_TEST(same.crops == 3);
    BOOST_TEST(std::abs(same.speech_seconds - 1.5) < 1e-9);
    BOOST_TEST(disagreement(same, 1e-4).empty());
    const auto result = json_of(same, {1000, 100}, 1e-4);
    BOOST_TEST(result["agrees"] == true);
    BOOST_TEST(result["times_smaller"] == 10.);
    BOOST_TEST(contains(agreement_table(result), "3 scores, which differ by at most"));

    BOOST_TEST(same.spread > .01);

    lines[2].score += .01;
    const auto other = compared();
    BOOST_TEST(std::abs(other.lists[0].difference - .01) < 1e-4);
    BOOST_TEST(contains(disagreement(other, 1e-4), "differ from those of 'mine' by up to 1.00e-02"));
    BOOST_TEST(disagreement(other, .02).empty());
    BOOST_TEST(json_of(other, {1000, 100}, 1e-4)["agrees"] == false);
    {
        const torch::NoGradGuard no_gradients;
        const auto dead = hearing_model(small_settings(), .5);
        dead.trained.network.embedder->named_parameters()["linear.weight"].zero_();
        write_sparse_model(scratch.path / "dead.sparse", dead);
        const auto deaf =
            compare_with_scores(dead.trained, read_embedding_model(scratch.path / "dead.sparse"), lists, scratch.path);
        BOOST_TEST(contains(disagreement(deaf, 10), "gives every crop the same embedding"));
        BOOST_TEST(json_of(deaf, {1000, 100}, 10)["agrees"] == false);
    }
    std::swap(lines[2].enrolled, lines[2].test);
    BOOST_TEST(contains(message_of([&] { compared(); }), "has other trials than the list 'mine'"));
    lines.pop_back();
    BOOST_TEST(contains(message_of([&] { compared(); }), "has other trials than the list 'mine'"));
    lists.clear();
    BOOST_TEST(contains(message_of([&] { compared(); }), "there is no trial list"));
}

BOOST_AUTO_TEST_CASE(a_plain_state_goes_into_a_network_of_its_shape_or_changes_nothing) {
    const scratch_folder scratch;
    const auto path = scratch.path / "network.safetensors";
    for (const char* name : {"ecapa_tdnn", "resnet34"}) {
        auto all = small_settings();
        all.model.network = name;
        all.model.stage_channels = 2;
        auto model = random_model(all, .5);
        for (const auto& entry : state_dict(*model.trained.network.embedder)) {
            torch::Tensor tensor = entry.tensor;
            if (!tensor.is_floating_point()) tensor.fill_(7);
        }
        all.run.seed = 9;
        for (const bool with_head : {true, false}) {
            write_plain_state(path, model.trained, with_head);
            const auto fresh = make_network(description_of(all));
            const auto own_head = fresh.head->weight.detach().clone();
            BOOST_TEST(restore_plain_state(path, model.trained.run, fresh) == "");
            const auto started = state_dict(*fresh.embedder);
            std::size_t place = 0;
            for (const auto& entry : state_dict(*model.trained.network.embedder)) {
                const auto& expected = with_head || entry.name != "projection.weight" ? entry.tensor : own_head;
                BOOST_TEST(torch::equal(started[place++].tensor, expected), entry.name);
            }
        }
    }

    BOOST_TEST(settings_to_start_from(path).sparsity.density == 1); // nothing of it is thinned out
    const auto run = description_of(small_settings());
    const auto network = make_network(run);
    write_plain_state(path, {run, network, {}, {}}, /*with_head=*/true);
    const auto whole = read_safetensors_file(path);
    const torch::NoGradGuard no_gradient;
    for (const auto& parameter : network.embedder->parameters()) parameter.fill_(.25f);
    /// What refuses or notices the changed state; the network is as it was but where `taken`.
    const auto restored = [&](bool taken, const std::function<void(safetensors_contents&)>& change) {
        auto changed = whole;
        change(changed);
        write_safetensors_file(path, changed);
        std::string said;
        const auto message = message_of([&] { said = restore_plain_state(path, run, network); });
        bool untouched = true;
        for (const auto& parameter : network.embedder->parameters()) {
            untouched = untouched && parameter.eq(.25f).all().item<bool>();
        }
        BOOST_TEST(untouched == !taken, message);
        BOOST_TEST(!contains(message, "\n"));
        return taken ? said : message;
    };
    const auto tensor = [](safetensors_contents& state, const std::string& name) -> stored_tensor& {
        return *std::find_if(state.tensors.begin(), state.tensors.end(),
                             [&](const stored_tensor& each) { return each.name == name; });
    };
    const std::string weight = "layer1.conv.weight";
    BOOST_TEST(contains(restored(false, [&](auto& state) { tensor(state, weight).name = "layer1.conv.wait"; }),
                        "lacks the tensor 'layer1.conv.weight'"));
    BOOST_TEST(contains(
        restored(false,
                 [&](auto& state) { std::swap(tensor(state, weight).shape[0], tensor(state, weight).shape[2]); }),
        "holds the tensor 'layer1.conv.weight' in another type or shape"));
    BOOST_TEST(contains(restored(false,
                                 [&](auto& state) {
                                     state.tensors.push_back({"more", "int64", {0}, ""});
                                 }),
                        "it is of another network"));
    BOOST_TEST(
        contains(restored(false, [&](auto& state) { tensor(state, weight).bytes.replace(0, 4, "\xff\xff\xff\xff"); }),
                 "that no training makes"));
    BOOST_TEST(contains(restored(false, [](auto& state) { state.metadata["features"] = "{}"; }), "for other features"));
    const auto said = restored(true, [&](auto& state) {
        state.metadata.clear(); // as WeSpeaker's
        auto& head = tensor(state, "projection.weight");
        head.bytes += head.bytes;
        head.shape[0] *= 2;
        std::erase_if(state.tensors, [](const stored_tensor& each) { return each.type == "int64"; });
    });
    const auto classes = network.head->weight.size(0);
    BOOST_TEST(contains(said, "has a classifier of " + std::to_string(2 * classes) + " classes where this run has " +
                                  std::to_string(classes) + ": a new one is trained"));
    BOOST_TEST(network.head->weight.eq(.25f).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(an_average_keeps_the_last_networks_support) {
    const scratch_folder scratch;
    auto all = small_settings();
    resolve_defaults(all);
    auto one = random_model(all, .5);
    all.run.seed = 9;
    const auto other = random_model(all, .5);
    const auto optimizer = make_training_optimizer(all, *other.trained.network.embedder);
    // A sparse optimizer thins its network out: what the checkpoint holds is what the average must use.
    const auto path = scratch.path / "other.checkpoint";
    std::ostringstream state;
    optimizer->save(state);
    write_checkpoint_file(path, make_checkpoint(other.trained.run, other.trained.network, state.str(), {}));

    std::vector<torch::Tensor> before;
    for (const auto& entry : state_dict(*one.trained.network.embedder)) before.push_back(entry.tensor.clone());
    const auto sparsity = average_networks(one.trained, {path});
    const auto after = state_dict(*one.trained.network.embedder);
    const auto others = state_dict(*other.trained.network.embedder);
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (!after[i].tensor.is_floating_point()) continue;
        auto expected = (before[i] + others[i].tensor) / 2;
        if (after[i].tensor.requires_grad()) expected = expected * before[i].ne(0);
        BOOST_TEST(torch::equal(after[i].tensor, expected), after[i].name);
    }
    BOOST_TEST(sparsity.kept == sparsity.last);
    BOOST_TEST(sparsity.united < sparsity.last);
}

BOOST_AUTO_TEST_SUITE_END()
