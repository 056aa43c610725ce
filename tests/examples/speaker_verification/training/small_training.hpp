#pragma once
/// A training run of seconds on speakers made of numbers.
#include "speaker_verification/training/loop/trainer.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace speaker_verification::testing {

struct small_training {
    numeric_speakers speakers{4, 12, 40, 12};
    settings all = small_settings();
    scratch_folder scratch;

    small_training() {
        at::set_num_threads(1);
        resolve_defaults(all);
    }

    /// Another optimizer, with its own defaults.
    void choose(const char* optimizer, const char* pruning = "none") {
        all.optimizer = {};
        all.optimizer.optimizer = optimizer;
        all.sparsity.lambda = 0;
        all.pruning.pruning = pruning;
        all.pruning.pruning_every = 4;
        resolve_defaults(all);
        check(all);
    }

    training_material material() const {
        return {filter_bank_of(all.features), {"anna", "bert", "cleo", "dan"}, speakers.features()};
    }
    std::filesystem::path folder(const char* name) const { return scratch.path / name; }

    /// Trains in one go, or pausing at `pause` and resuming in a trainer of its own.
    void train(const char* name, std::int64_t pause = 0) {
        if (pause > 0) {
            BOOST_REQUIRE((trainer(all, material(), folder(name)).run(pause) == training_end::paused));
        }
        trainer rest(all, material(), folder(name));
        if (pause > 0) rest.resume();
        BOOST_REQUIRE((rest.run() == training_end::finished));
    }

    checkpoint_contents last(const char* name) const { return read_checkpoint_file(folder(name) / "last.checkpoint"); }
};

inline void check_same_training(const checkpoint_contents& one, const checkpoint_contents& other) {
    BOOST_REQUIRE_EQUAL(one.tensors.size(), other.tensors.size());
    for (std::size_t i = 0; i < one.tensors.size(); ++i) {
        BOOST_TEST((one.tensors[i].bytes == other.tensors[i].bytes), one.tensors[i].name);
    }
    for (const char* part : {"selection", "plateau", "window", "lambda", "sparsity", "gradient_norm"}) {
        BOOST_TEST(one.meta["progress"][part] == other.meta["progress"][part], part);
    }
    BOOST_TEST(one.meta["progress"]["clock"]["step"] == other.meta["progress"]["clock"]["step"]);
}

} // namespace speaker_verification::testing
