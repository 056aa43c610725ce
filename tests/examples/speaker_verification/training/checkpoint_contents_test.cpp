#include "every_field.hpp"
#include "small_training.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include "speaker_verification/model/state_dict.hpp"

#include <boost/test/unit_test.hpp>

using namespace speaker_verification;
using namespace speaker_verification::testing;

BOOST_AUTO_TEST_SUITE(contents_of_checkpoints)

namespace {

/// A short run's checkpoint, and what is said of it with other contents.
struct rewritten_checkpoint : small_training {
    checkpoint_contents whole;
    std::filesystem::path path;

    rewritten_checkpoint() {
        all.sparsity.oscillation_guard = true;
        trainer(all, material(), folder("run")).run(3);
        whole = last("run");
        path = folder("run") / "last.checkpoint";
    }

    checkpoint_contents with(const nlohmann::json& meta) const { return {meta, whole.tensors, whole.blocks}; }

    /// Without a file.
    std::string look_at(const nlohmann::json& meta) const {
        return message_of([&] {
            const auto contents = with(meta);
            const auto run = read_description(contents, path.string());
            guarded_rate rate;
            rate_guard guard(rate);
            read_progress(contents, run.all, path.string(), {}, guard);
        });
    }
    /// From a file with a right checksum.
    std::string load(const nlohmann::json& meta) const {
        write_checkpoint_file(path, with(meta));
        return message_of([&] { load_trained_network(path); });
    }
};

const std::string accepted = "nothing was thrown";

/// One sentence that names the file.
void check_sentence(const std::string& message, const std::filesystem::path& path, const std::string& where) {
    if (message == accepted) return;
    const bool right = message.starts_with("checkpoint '" + path.string() + "' ") && !contains(message, "\n") &&
                       !contains(message, "json.exception");
    BOOST_TEST(right, where << ": " << message);
}

torch::Tensor all_values(const speaker_network& network) {
    std::vector<torch::Tensor> flat;
    for (const auto& entry : state_dict(*network.embedder)) {
        flat.push_back(entry.tensor.detach().to(torch::kFloat64).flatten());
    }
    return torch::cat(flat);
}

} // namespace

BOOST_AUTO_TEST_CASE(checkpoints_of_other_runs_are_refused_in_one_sentence) {
    small_training training;
    trainer(training.all, training.material(), training.folder("run")).run(5);
    const auto resume_with = [&](const std::function<void(settings&)>& change) {
        settings changed = training.all;
        change(changed);
        auto material = training.material();
        material.features = filter_bank_of(changed.features);
        return message_of([&] { trainer(changed, material, training.folder("run")).resume(); });
    };
    BOOST_TEST(resume_with([](settings& all) { all.monitoring.log_every = 7; }) == "nothing was thrown");
    BOOST_TEST(contains(resume_with([](settings& all) { all.sparsity.target = 0.5; }),
                        "was trained with target = 0.9, not with target = 0.5"));
    BOOST_TEST(contains(resume_with([](settings& all) { all.features.low_hz = 20; }), "low_frequency"));
    BOOST_TEST(contains(resume_with([](settings& all) { all.model.channels = 32; }), "channels = 16"));
    auto fewer = training.material();
    fewer.speakers.back() = "eva";
    BOOST_TEST(
        contains(message_of([&] { trainer(training.all, fewer, training.folder("run")).resume(); }), "speakers"));
    const auto path = training.folder("run") / "last.checkpoint";
    write_bytes(path, bytes_of(path).substr(0, 5000));
    BOOST_TEST(contains(resume_with([](settings&) {}), "truncated or corrupt"));
}

BOOST_AUTO_TEST_CASE(every_field_of_a_checkpoint_is_looked_at_as_if_typed) {
    const rewritten_checkpoint run;
    BOOST_TEST(run.load(run.whole.meta) == accepted);
    trainer resumed(run.all, run.material(), run.folder("run"));
    std::int64_t refused = 0, taken = 0;
    for_each_change(run.whole.meta, [&](const std::string& where, const nlohmann::json& meta) {
        const auto seen = run.look_at(meta);
        check_sentence(seen, run.path, where);
        ++(seen == accepted ? taken : refused);
        // By file some of what is accepted, which must train on, and of the rest.
        if (seen == accepted ? taken % 12 != 1 : refused % 120 != 1) return;
        check_sentence(run.load(meta), run.path, where);
        const auto before = all_values(resumed.network());
        const auto step = resumed.clock().step;
        const auto message = message_of([&] { resumed.resume(); });
        check_sentence(message, run.path, where);
        if (message == accepted) return void(resumed.run(resumed.clock().step + 1));
        BOOST_TEST(resumed.clock().step == step, where);
        BOOST_TEST(torch::equal(before, all_values(resumed.network())), where);
    });
    BOOST_TEST(refused > 500);
    BOOST_TEST(taken > 20);
    for (const char* field : {"step", "seconds"}) {
        for (const nlohmann::json& value : {nlohmann::json(-5), nlohmann::json(1e18), nlohmann::json(nullptr)}) {
            auto meta = run.whole.meta;
            meta["progress"]["clock"][field] = value;
            BOOST_TEST(contains(run.load(meta), "does not tell where its training stood"));
        }
    }
    auto without = run.whole.meta;
    without.erase("progress");
    BOOST_TEST(contains(run.load(without), "does not tell where its training stood (it lacks 'progress')"));
}

BOOST_AUTO_TEST_CASE(every_setting_in_a_checkpoint_is_looked_at_as_if_typed) {
    const rewritten_checkpoint run;
    settings changed = run.all;
    visit(changed, [&](const setting_key& key, auto& value) {
        using type = std::decay_t<decltype(value)>;
        const auto kept = value;
        const auto message_with = [&](const auto& other) {
            value = other;
            auto meta = run.whole.meta;
            meta["settings"] = settings_text(changed);
            value = kept;
            const bool shapes = key.section == "model" || key.section == "batches" || key.section == "features";
            const auto message = shapes ? run.load(meta) : run.look_at(meta);
            check_sentence(message, run.path, std::string(key.name));
            return message;
        };
        const auto check_refused = [&](const auto& other) {
            BOOST_TEST(message_with(other) != accepted, std::string(key.name));
        };
        if constexpr (std::is_same_v<type, std::string>) {
            const auto message = message_with(std::string("../no/such"));
            if (!key.choices.empty() || key.name == "name") BOOST_TEST(message != accepted, std::string(key.name));
        } else if constexpr (std::is_same_v<type, std::vector<double>>) {
            check_refused(type(100000, 1.)); // more classes than the file has
            check_refused(type{0});
        } else if constexpr (!std::is_same_v<type, bool>) {
            message_with(type(key.lowest));
            message_with(type(key.highest));
            check_refused(type(key.lowest - 1));
            check_refused(type(2 * key.highest + 1));
            if constexpr (std::is_same_v<type, double>) check_refused(std::nan(""));
        }
    });
}

BOOST_AUTO_TEST_CASE(every_tensor_of_a_checkpoint_is_looked_at) {
    const rewritten_checkpoint run;
    const auto description = read_description(run.whole, run.path.string());
    const auto network = make_network(description);
    restore_tensors(run.whole, network, run.path.string());
    const auto before = all_values(network);
    for (std::size_t i = 0; i < run.whole.tensors.size(); ++i) {
        const std::string& name = run.whole.tensors[i].name;
        const bool whole_numbers = run.whole.tensors[i].type == "int64";
        const auto message_with = [&](const std::function<void(stored_tensor&)>& change) {
            auto contents = run.whole;
            change(contents.tensors[i]);
            const auto message = message_of([&] { restore_tensors(contents, network, run.path.string()); });
            check_sentence(message, run.path, name);
            return message;
        };
        BOOST_TEST(message_with([&](auto& tensor) { tensor.type = whole_numbers ? "float32" : "int64"; }) != accepted);
        BOOST_TEST(message_with([](auto& tensor) { tensor.shape.push_back(-1); }) != accepted);
        BOOST_TEST(message_with([](auto& tensor) { tensor.bytes.pop_back(); }) != accepted);
        const auto all_ones = [](auto& tensor) { // -1 as a whole number, none as a float
            std::fill(tensor.bytes.begin(), tensor.bytes.end(), '\xff');
        };
        const std::string impossible = "holds values in the tensor '" + name + "' that no training makes";
        BOOST_TEST(contains(message_with(all_ones), impossible));
        if (!name.ends_with("running_var")) continue;
        const auto minus_one = [](auto& tensor) { tensor.bytes.replace(0, 4, std::string("\0\0\x80\xbf", 4)); };
        BOOST_TEST(contains(message_with(minus_one), impossible));
    }
    BOOST_TEST(torch::equal(before, all_values(network)));
}

BOOST_AUTO_TEST_SUITE_END()
