#include "small_training.hpp"
#include "speaker_verification/training/loop/autocast.hpp"
#include "speaker_verification/training/loop/embedding.hpp"
#include "speaker_verification/training/loop/head_gradient.hpp"
#include "speaker_verification/training/optimizers/sparsity_count.hpp"

#include "speaker_verification/model/parameter_roles.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace speaker_verification;
using namespace speaker_verification::testing;

namespace {

/// Running statistics are neither those of a fresh layer nor accumulated over all of training.
bool statistics_were_measured(const trained_network& trained) {
    const auto wanted = std::min(trained.run.all.monitoring.statistics_batches, trained.progress.clock.step);
    bool measured = false;
    for (const auto& buffer : trained.network.embedder->named_buffers()) {
        if (buffer.key().find("num_batches_tracked") == std::string::npos) continue;
        measured = true;
        if (buffer.value().item<std::int64_t>() != wanted) return false;
    }
    return measured;
}

} // namespace

BOOST_AUTO_TEST_SUITE(training)

BOOST_AUTO_TEST_CASE(resuming_continues_to_the_bit) {
    struct kind {
        const char *optimizer, *pruning;
    };
    const kind kinds[] = {{"adabreg", "none"}, {"linbreg", "none"},     {"proxsgd", "none"}, {"adamw", "none"},
                          {"sgd", "none"},     {"adamw", "gradual"},    {"sgd", "gradual"},  {"adamw", "rigl"},
                          {"sgd", "set"},      {"adamw", "hypersparse"}};
    for (const auto& [optimizer, pruning] : kinds) {
        BOOST_TEST_CONTEXT(optimizer << " with pruning " << pruning) {
            small_training training;
            training.choose(optimizer, pruning);
            training.train("whole");
            training.train("parts", 17); // between two changes of masks
            check_same_training(training.last("whole"), training.last("parts"));
            // LibTorch archives name tensors by their addresses, so equal states of dense optimizers differ.
            if (is_sparse(training.all)) {
                BOOST_TEST((training.last("whole").blocks == training.last("parts").blocks));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(resuming_with_other_workers_and_between_two_lines_of_the_log_continues_to_the_bit) {
    small_training training;
    training.all.schedule.schedule = "plateau";
    training.train("whole");
    BOOST_REQUIRE(
        (trainer(training.all, training.material(), training.folder("parts")).run(13) == training_end::paused));
    training.all.run.workers = 3;
    trainer rest(training.all, training.material(), training.folder("parts"));
    rest.resume();
    rest.run();
    check_same_training(training.last("whole"), training.last("parts"));
    const auto losses = [&](const char* name) {
        std::vector<double> values;
        for (const auto& line : read_step_log(training.folder(name) / "log.jsonl")) {
            if (line.contains("loss")) values.push_back(line["loss"]);
        }
        return values;
    };
    BOOST_TEST(losses("whole").size() == 8u);
    BOOST_TEST(losses("whole") == losses("parts"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_loss_falls_and_the_target_is_reached) {
    small_training training;
    training.all.schedule.max_steps = 200;
    training.all.loss.margin = 0;
    training.all.sparsity.target = 0.6;
    training.all.monitoring.validate_every = 200;
    trainer trainer(training.all, training.material(), training.folder("run"));
    trainer.run();
    const auto log = read_step_log(training.folder("run") / "log.jsonl");
    BOOST_TEST(log.front()["loss"].get<double>() > 2);
    BOOST_TEST(log[log.size() - 2]["loss"].get<double>() < 1);
    const auto count = count_sparsity(*trainer.network().embedder);
    BOOST_TEST(std::abs(count.sparsity() - 0.6) < 0.02);
    BOOST_TEST(log[log.size() - 2]["sparsity"].get<double>() == count.sparsity(), boost::test_tools::tolerance(1e-6));
    BOOST_TEST(log.back()["validation_accuracy"].get<double>() > 0.5);
}

BOOST_AUTO_TEST_CASE(autocast_ends_with_its_guard) {
    const auto x = torch::ones({4, 4});
    const auto type = [&] { return x.matmul(x).scalar_type(); };
    {
        const autocast_guard off("none", torch::kCPU);
        BOOST_TEST((type() == torch::kFloat32));
        const autocast_guard on("bfloat16", torch::kCPU);
        BOOST_TEST((type() == torch::kBFloat16));
        {
            const autocast_guard inner("bfloat16", torch::kCPU);
            BOOST_TEST((type() == torch::kBFloat16));
        }
        BOOST_TEST((type() == torch::kBFloat16));
    }
    BOOST_TEST((type() == torch::kFloat32));
}

BOOST_AUTO_TEST_CASE(networks_learn_with_autocast_and_stay_in_float32) {
    struct kind {
        const char *network, *optimizer;
        std::int64_t steps;
    };
    for (const kind& each : {kind{"ecapa_tdnn", "adabreg", 150}, kind{"resnet34", "adamw", 60}}) {
        BOOST_TEST_CONTEXT(each.network) {
            small_training training;
            training.all.model.network = each.network;
            training.all.model.stage_channels = 4;
            training.choose(each.optimizer);
            training.all.optimizer.learning_rate = 0.01;
            training.all.schedule.max_steps = each.steps;
            training.all.loss.margin = 0;
            training.all.sparsity.target = 0.6;
            training.all.monitoring.validate_every = each.steps;
            trainer(training.all, training.material(), training.folder("exact")).run(1);
            training.all.run.autocast = "bfloat16";
            trainer(training.all, training.material(), training.folder("cast")).run(1);
            BOOST_TEST((training.last("exact").tensors[0].bytes != training.last("cast").tensors[0].bytes));

            training.train("whole");
            training.train("parts", each.steps / 2 + 1);
            check_same_training(training.last("whole"), training.last("parts"));
            const auto log = read_step_log(training.folder("whole") / "log.jsonl");
            BOOST_TEST(log[log.size() - 2]["loss"].get<double>() < log.front()["loss"].get<double>() / 3);
            for (const auto& tensor : training.last("whole").tensors) {
                const bool counts = contains(tensor.name, "num_batches_tracked");
                BOOST_TEST(tensor.type == (counts ? "int64" : "float32"), tensor.name);
            }
            const auto trained = load_trained_network(training.folder("whole") / "last.checkpoint");
            if (is_sparse(training.all))
                BOOST_TEST(std::abs(count_sparsity(*trained.network.embedder).sparsity() - 0.6) < 0.02);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_quantile_law_holds_the_target_at_every_step) {
    small_training training;
    training.all.sparsity.law = "quantile";
    training.all.sparsity.every = 1;
    training.all.sparsity.target = 0.8;
    training.all.sparsity.density = 1; // no dead channel, whose biases would be further zeros
    training.train("run");
    for (const auto& line : read_step_log(training.folder("run") / "log.jsonl")) {
        BOOST_TEST(std::abs(line["sparsity"].get<double>() - 0.8) < 0.01);
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_is_no_longer_finite_stops_and_keeps_its_running_statistics) {
    small_training training;
    training.all.monitoring.max_refused = 3;
    training.all.monitoring.checkpoint_every = 1;
    trainer trainer(training.all, training.material(), training.folder("run"));
    BOOST_REQUIRE((trainer.run(10) == training_end::paused));
    const auto before = training.last("run");
    {
        const torch::NoGradGuard no_gradient;
        trainer.network().embedder->parameters().front().fill_(std::nan(""));
    }
    const auto message = message_of([&] { trainer.run(); });
    BOOST_TEST(contains(message, "not finite in 3 steps in a row up to step 13"));
    BOOST_TEST(contains(message, "last good checkpoint is " + trainer.last_checkpoint().string()));
    check_same_training(before, training.last("run")); // and not one with weights that are no numbers
    const auto buffers = trainer.network().embedder->named_buffers();
    for (const auto& buffer : buffers) {
        BOOST_TEST(buffer.value().isfinite().all().item<bool>(), buffer.key());
    }
}

BOOST_AUTO_TEST_CASE(resnet34_trains_to_its_target_and_resumes_to_the_bit) {
    small_training training;
    training.all.model.network = "resnet34";
    training.all.model.stage_channels = 2;
    training.all.schedule.max_steps = 20;
    training.all.sparsity.law = "quantile";
    training.all.sparsity.every = 1;
    training.all.sparsity.density = 1;
    training.train("whole");
    training.train("parts", 10);
    check_same_training(training.last("whole"), training.last("parts"));
    const auto log = read_step_log(training.folder("whole") / "log.jsonl");
    BOOST_TEST(std::abs(log.back()["sparsity"].get<double>() - 0.9) < 0.02);
    // Single weights of its kernels become zero, which a group norm over kernels would not do.
    const auto loaded = load_trained_network(training.folder("whole") / "last.checkpoint");
    std::int64_t broken_kernels = 0;
    for (const auto& parameter : classify_parameters(*loaded.network.embedder)) {
        if (parameter.role != parameter_role::convolution_weight) continue;
        const auto kept = parameter.tensor.ne(0).flatten(2).sum(2);
        broken_kernels +=
            torch::logical_and(kept > 0, kept < parameter.tensor[0][0].numel()).sum().item<std::int64_t>();
    }
    BOOST_TEST(broken_kernels > 0);
    BOOST_TEST(loaded.run.all.model.network == "resnet34");
    const auto utterances = training.speakers.features();
    BOOST_TEST(embed(loaded, utterances.front().features).allFinite());
    BOOST_TEST(statistics_were_measured(loaded));
}

BOOST_AUTO_TEST_CASE(settings_choose_the_network_and_the_margin_beyond_pi) {
    const small_training training;
    run_description run{training.all, filter_bank_of(training.all.features), {}, {"anna", "bert"}};
    const auto continuation = [&](const char* name) {
        run.all.loss.margin_continuation = name;
        return make_network(run).head->options.continuation;
    };
    BOOST_TEST((continuation("one_plus_cosine") == margin_continuation::shifted_by_one_plus_cosine));
    BOOST_TEST((continuation("margin_sine") == margin_continuation::shifted_by_margin_sine));
    BOOST_TEST((continuation("easy") == margin_continuation::easy));
    const auto names = [&](const char* network) {
        run.all.model.network = network;
        return make_network(run).embedder->named_parameters().keys();
    };
    BOOST_TEST(names("ecapa_tdnn").front() == "layer1.conv.weight");
    BOOST_TEST(names("resnet34").front() == "conv1.weight");
    BOOST_TEST(names("resnet34").back() == "projection.weight");
}

BOOST_AUTO_TEST_CASE(a_device_that_is_not_there_is_refused_in_one_sentence) {
    small_training training;
    training.choose("adamw");
    training.all.run.device = "cuda";
    if (torch::cuda::is_available()) {
        training.all.schedule.max_steps = 5;
        training.train("run");
        BOOST_TEST(load_trained_network(training.folder("run") / "last.checkpoint").network.device().is_cpu());
    } else {
        const auto message = message_of([&] { trainer(training.all, training.material(), training.folder("run")); });
        BOOST_TEST(contains(message, "'device' is cuda but LibTorch finds none here"));
    }
}

BOOST_AUTO_TEST_CASE(large_margin_fine_tuning_starts_from_the_trained_network) {
    small_training training;
    training.all.batches.warps = {0.9};
    training.train("run");
    const auto path = training.folder("run") / "last.checkpoint";
    const auto trained = load_trained_network(path);
    settings fine = settings_to_start_from(path);
    BOOST_TEST(fine.sparsity.density == 1);
    BOOST_TEST(fine.sparsity.lambda == trained.progress.outcome.lambda);
    fine_tune_with_large_margin(fine);
    BOOST_TEST(fine.loss.margin == 0.5);
    BOOST_TEST(fine.optimizer.learning_rate == 1e-5, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(fine.schedule.max_steps == 1);
    check(fine);
    fine.batches.shortest_crop = fine.batches.longest_crop = 40;
    trainer tuner(fine, training.material(), training.folder("tuned"));
    tuner.start_from(path);
    const auto& head = tuner.network().head->weight;
    BOOST_TEST(head.size(0) == 4);
    BOOST_TEST(torch::equal(head, trained.network.head->weight.narrow(0, 0, 4)));
    const auto before = count_sparsity(*tuner.network().embedder).sparsity();
    tuner.run();
    BOOST_TEST(std::abs(count_sparsity(*tuner.network().embedder).sparsity() - before) < 0.02);
    BOOST_TEST(read_step_log(training.folder("tuned") / "log.jsonl").back()["sparsity"].get<double>() > 0.5);
    fine.model.channels = 32;
    trainer other(fine, training.material(), training.folder("other"));
    BOOST_TEST(contains(message_of([&] { other.start_from(path); }), "it is of another network"));
}

BOOST_AUTO_TEST_CASE(a_start_takes_the_rows_of_phantom_speakers_from_phantom_speakers) {
    small_training training;
    training.choose("adamw"); // no row is zero
    training.all.batches.warps = {0.9};
    training.all.loss.phantom_speakers = 5;
    training.all.loss.head_bias = true;
    trainer before(training.all, training.material(), training.folder("run"));
    before.run(3);
    const auto path = before.last_checkpoint();
    const auto trained = load_trained_network(path);
    const auto weight = trained.network.head->weight, bias = trained.network.head->bias;
    BOOST_REQUIRE(!torch::equal(bias.narrow(0, 4, 3), bias.narrow(0, 8, 3)));
    settings start = settings_to_start_from(path);
    start.batches.warps = {};
    start.loss.phantom_speakers = 3;
    trainer after(start, training.material(), training.folder("after"));
    after.start_from(path);
    const auto& head = after.network().head;
    BOOST_TEST(torch::equal(head->weight, torch::cat({weight.narrow(0, 0, 4), weight.narrow(0, 8, 3)})));
    BOOST_TEST(torch::equal(head->bias, torch::cat({bias.narrow(0, 0, 4), bias.narrow(0, 8, 3)})));

    const auto refusal = [&](const settings& all, const std::filesystem::path& from) {
        trainer other(all, training.material(), training.folder("other"));
        const auto untouched = other.network().head->weight.detach().clone();
        const auto message = message_of([&] { other.start_from(from); });
        BOOST_TEST(torch::equal(other.network().head->weight, untouched));
        return message;
    };
    const std::string checkpoint = "but checkpoint '" + path.string() + "' ";
    start.loss.phantom_speakers = 6;
    BOOST_TEST(refusal(start, path) == "setting 'phantom_speakers' is 6 " + checkpoint +
                                           "was trained with 5: set it to 5 or less, or leave 'start_from' out");
    start.loss.phantom_speakers = 5;
    start.batches.warps = {0.9, 1.1};
    BOOST_TEST(refusal(start, path) == "setting 'warps' has 2 values " + checkpoint +
                                           "was trained with 1: give 1 or fewer, or leave 'start_from' out");
    start.batches.warps = {0.9};
    start.loss.head_bias = false;
    BOOST_TEST(refusal(start, path) == "setting 'head_bias' is false " + checkpoint +
                                           "was trained with true: set it to true, or leave 'start_from' out");
    training.all.loss.head_bias = false;
    trainer without(training.all, training.material(), training.folder("without"));
    without.run(1);
    start.loss.head_bias = true;
    BOOST_TEST(contains(refusal(start, without.last_checkpoint()),
                        "was trained with false: set it to false, or leave 'start_from' out"));
}

BOOST_AUTO_TEST_CASE(held_out_utterances_are_recognised_as_the_head_s_logits_say) {
    const torch::NoGradGuard no_gradient;
    for (const double gate : {0., 0.3}) {
        for (const bool has_bias : {false, true}) {
            small_training training;
            training.all.batches.warps = {0.9};
            training.all.loss.phantom_speakers = 3;
            training.all.loss.head_gate = gate;
            training.all.loss.head_bias = has_bias;
            trained_network trained;
            trained.run = {training.all, filter_bank_of(training.all.features), {}, training.material().speakers};
            const auto utterances = training.speakers.features();
            std::vector<feature_view> features;
            for (const auto& each : utterances) features.push_back(each.features);
            trained.run.normalization = level_normalization::measure(features, {});
            trained.network = make_network(trained.run);
            trained.network.embedder->eval();

            // Rows that recognise their speakers, one of them too short to be seen through a gate.
            auto weight = trained.network.head->weight;
            std::vector<torch::Tensor> embeddings;
            for (const auto& each : utterances) {
                const Eigen::RowVectorXd row = embed(trained, each.features);
                const std::vector<double> numbers(row.data(), row.data() + row.size());
                embeddings.push_back(torch::tensor(numbers, torch::kFloat64));
                weight[each.speaker] = embeddings.back().to(torch::kFloat32);
            }
            weight[0].mul_(1e-4);
            if (has_bias) trained.network.head->bias[1] = 1000;

            const auto rows = weight.to(torch::kFloat64);
            const auto lengths = rows.norm(2, 1);
            std::vector<std::int64_t> recognised(4), by_angle(4);
            for (std::size_t i = 0; i < utterances.size(); ++i) {
                const auto speaker = utterances[i].speaker;
                const auto cosines = torch::mv(rows, embeddings[i]) / lengths / embeddings[i].norm();
                auto logits = cosines * lengths / (lengths + gate) * training.all.loss.scale;
                if (has_bias) logits = logits + trained.network.head->bias;
                recognised[std::size_t(speaker)] += logits.argmax().item<std::int64_t>() == speaker;
                by_angle[std::size_t(speaker)] += cosines.argmax().item<std::int64_t>() == speaker;
            }
            BOOST_TEST((recognised == by_angle) == (gate == 0 && !has_bias));
            const auto counts = identify_held_out(trained, utterances);
            for (std::size_t speaker = 0; speaker < 4; ++speaker) {
                BOOST_TEST(counts.at(speaker).utterances == 12);
                BOOST_TEST(counts.at(speaker).correct == recognised[speaker],
                           "gate " << gate << ", bias " << has_bias << ", speaker " << speaker);
            }
            BOOST_TEST(identify_held_out(trained, {}).size() == 4u);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_loaded_network_embeds_as_the_trained_one_did) {
    small_training training;
    trainer trainer(training.all, training.material(), training.folder("run"));
    trainer.run(10);
    const auto loaded = load_trained_network(trainer.last_checkpoint());
    BOOST_TEST(loaded.run.speakers == (std::vector<std::string>{"anna", "bert", "cleo", "dan"}),
               boost::test_tools::per_element());
    const auto utterances = training.speakers.features();
    const auto first = embed(loaded, utterances.front().features);
    const auto levelled = loaded.run.normalization.apply(utterances.front().features);
    auto embedder = trainer.network().embedder;
    embedder->eval();
    const torch::NoGradGuard no_gradient;
    const auto expected = embedder->forward(torch::from_blob(
        const_cast<float*>(levelled.values.data()), {1, std::int64_t(levelled.frames), std::int64_t(levelled.bins)}));
    for (Eigen::Index i = 0; i < first.size(); ++i) BOOST_TEST(first[i] == double(expected[0][i].item<float>()));
    const auto mean = mean_training_embedding(loaded, utterances, 2, 50);
    BOOST_TEST(mean.size() == training.all.model.embedding);
    BOOST_TEST(mean.allFinite());
    // An averaged crop is the mean of its parts, a joined one its only part.
    const auto other = embed(loaded, utterances.back().features);
    const auto crops =
        embed_crops(loaded, {{utterances.front().features, utterances.back().features}, {utterances.back().features}});
    BOOST_TEST(crops.row(0).isApprox((first + other) / 2));
    BOOST_TEST(crops.row(1).isApprox(other));
    const feature_matrix tiny{3, 12, std::vector<float>(36)};
    BOOST_TEST(contains(message_of([&] { embed(loaded, tiny); }), "too short"));
}

BOOST_AUTO_TEST_CASE(a_class_vector_of_zeros_does_not_drown_the_gradient) {
    auto weight = torch::tensor({{0.f, 0.f}, {3.f, 4.f}, {0.03f, 0.04f}}, torch::requires_grad());
    weight.mutable_grad() = torch::ones({3, 2});
    bound_head_gradient(weight, 0.1);
    BOOST_TEST(weight.grad()[0][0].item<float>() == 1e-11f, boost::test_tools::tolerance(1e-4f));
    BOOST_TEST(weight.grad()[1][0].item<float>() == 1.f);
    BOOST_TEST(weight.grad()[2][0].item<float>() == 0.5f, boost::test_tools::tolerance(1e-4f));
}

BOOST_AUTO_TEST_CASE(dense_optimizers_log_the_zeros_of_the_network) {
    small_training training;
    trainer sparse(training.all, training.material(), training.folder("sparse"));
    sparse.run(2);
    const auto start = sparse.last_checkpoint();
    const double zeros = count_sparsity(*load_trained_network(start).network.embedder).sparsity();
    BOOST_REQUIRE(zeros > 0.5);
    for (const char* optimizer : {"adamw", "sgd"}) {
        training.choose(optimizer);
        training.all.optimizer.learning_rate = 1e-60; // 0 in float: the zeros stay
        trainer dense(training.all, training.material(), training.folder(optimizer));
        dense.start_from(start);
        dense.run(20);
        int lines = 0;
        for (const auto& line : read_step_log(training.folder(optimizer) / "log.jsonl")) {
            ++lines;
            BOOST_TEST(line["sparsity"] == zeros, optimizer << ", step " << line["step"]);
        }
        BOOST_TEST(lines == 4 + 2); // of validation too
        BOOST_TEST(training.last(optimizer).meta["progress"]["sparsity"] == zeros);
    }
}

BOOST_AUTO_TEST_CASE(sparsity_is_counted_over_all_regularised_and_deployed_parameters) {
    small_training training;
    training.all.sparsity.density = 0.25;
    trainer trainer(training.all, training.material(), training.folder("run"));
    const auto& network = trainer.network();
    const auto count = count_sparsity(*network.embedder);
    BOOST_TEST(count.parameters == parameter_count(*network.embedder));
    BOOST_TEST(count.parameters - count.without_head == network.head->weight.numel());
    // Only regularised weights are thinned out; of the rest the shifts of normalisation layers start at zero.
    std::int64_t shifts = 0;
    for (const auto& parameter : classify_parameters(*network.embedder)) {
        if (parameter.role == parameter_role::norm_bias) shifts += parameter.tensor.numel();
    }
    BOOST_TEST(count.parameters - count.nonzeros == count.regularised - count.regularised_nonzeros + shifts);
    BOOST_TEST(std::abs(count.sparsity_of_regularised() - 0.75) < 0.03);
    BOOST_TEST(count.dense_bytes == 4 * count.parameters);
    BOOST_TEST(count.sparse_bytes < std::min(count.bitmap_bytes, count.csr_bytes));
}

BOOST_AUTO_TEST_SUITE_END()
