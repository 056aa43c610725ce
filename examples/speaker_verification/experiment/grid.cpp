#include "speaker_verification/experiment/grid.hpp"

#include "common/plain_name.hpp"
#include "speaker_verification/training/reports/anchors.hpp"
#include "speaker_verification/training/settings/settings_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace speaker_verification {

namespace {

using names = std::vector<std::string>;

const names top_keys = {"name",          "headline_list", "out_of_distribution_lists",
                        "score_seconds", "common",        "networks",
                        "optimizers",    "combinations",  "variants",
                        "sweeps",        "oracles",       "runs"};
const names run_keys = {"networks", "optimizers", "targets", "variants", "seeds", "held_out_actors"};
const names sweep_keys = {"network", "optimizer",      "variant",       "target",
                          "seed",    "learning_rates", "weight_decays", "applies_to"};
const names oracle_keys = {"networks", "optimizers", "variant", "targets", "runs", "tolerance", "seed"};

/// A table of the file and the words that errors about it start with.
struct place {
    const toml::table& table;
    std::string where;

    [[noreturn]] void refuse(const std::string& sentence) const {
        throw std::invalid_argument(where + ": " + sentence);
    }

    void check_keys(const names& known, bool sections_too) const {
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            if (sections_too && node.is_table()) continue; // a section of settings, checked as such
            if (std::find(known.begin(), known.end(), name) != known.end()) continue;
            refuse("there is no key '" + name + "'" +
                   (known.empty() ? ": only sections of settings stand here, put it into one"
                                  : "; did you mean '" + nearest_word(name, known) + "'?"));
        }
    }

    template <class Value>
    std::optional<Value> optional(const std::string& key) const {
        const auto* node = table.get(key);
        if (!node) return std::nullopt;
        const auto value = node->value<Value>();
        if (!value) refuse("'" + key + "' has a value of another type: see docs/experiment.md");
        return value;
    }

    template <class Value>
    Value required(const std::string& key) const {
        const auto value = optional<Value>(key);
        if (!value) refuse("'" + key + "' is missing: add it");
        return *value;
    }

    /// The elements of a list; nullopt where there is none. A list without elements is an error.
    template <class Value>
    std::optional<std::vector<Value>> list(const std::string& key) const {
        const auto* node = table.get(key);
        if (!node) return std::nullopt;
        const auto* array = node->as_array();
        if (!array || array->empty()) refuse("'" + key + "' must be a list with at least one element");
        std::vector<Value> values;
        for (const auto& element : *array) {
            const auto value = element.value<Value>();
            if (!value) refuse("'" + key + "' has an element of another type: see docs/experiment.md");
            values.push_back(*value);
        }
        return values;
    }

    template <class Value>
    std::vector<Value> required_list(const std::string& key) const {
        auto values = list<Value>(key);
        if (!values) refuse("'" + key + "' is missing: add a list");
        return *values;
    }
};

/// Overwrites the settings that the sections of this table name.
void apply_sections(const place& from, settings& all) {
    toml::table sections;
    for (const auto& [key, node] : from.table) {
        if (node.is_table()) sections.insert_or_assign(key.str(), *node.as_table());
    }
    if (sections.empty()) return;
    std::ostringstream text;
    text << sections;
    read_settings(text.str(), from.where, all);
}

class grid_reader {
  public:
    grid_reader(const toml::table& file, std::string where) : file_(file), top_{file_, std::move(where)} {
        top_.check_keys(top_keys, false);
        check_descriptions("networks", {"steps_per_second"});
        check_descriptions("optimizers", {});
        check_descriptions("combinations", {});
        check_descriptions("variants", {"oracle"});
    }

    grid read() {
        result_.name = top_.required<std::string>("name");
        examples::require_plain_name(top_.where + ": the grid's name", result_.name);
        result_.headline_list = top_.optional<std::string>("headline_list").value_or(std::string(headline_list));
        result_.out_of_distribution_lists = top_.list<std::string>("out_of_distribution_lists").value_or(names{});
        read_speed();
        each_block("sweeps", [&](const place& block) { read_sweep(block); });
        each_block("oracles", [&](const place& block) { read_oracles(block); });
        each_block("runs", [&](const place& block) { read_runs(block); });
        if (result_.runs.empty()) top_.refuse("there is no run: add a [[runs]] block");
        check_oracles();
        return std::move(result_);
    }

  private:
    void check_descriptions(const std::string& kind, const names& keys) const {
        const auto* node = file_.get(kind);
        if (!node) return;
        if (!node->is_table()) top_.refuse("'" + kind + "' must hold a table for each name");
        for (const auto& [name, description] : *node->as_table()) {
            const auto where = top_.where + " [" + kind + "." + std::string(name.str()) + "]";
            if (!description.is_table()) throw std::invalid_argument(where + ": must be a table of settings");
            place{*description.as_table(), where}.check_keys(keys, true);
        }
    }

    /// The table [kind.name]; all but variants may go without one.
    std::optional<place> description(const std::string& kind, const std::string& name) const {
        const auto* descriptions = file_.get_as<toml::table>(kind);
        const auto* found = descriptions ? descriptions->get_as<toml::table>(name) : nullptr;
        if (!found) return std::nullopt;
        return place{*found, top_.where + " [" + kind + "." + name + "]"};
    }

    place variant(const place& block, const std::string& name) const {
        if (auto found = description("variants", name)) return *found;
        names known;
        if (const auto* variants = file_.get_as<toml::table>("variants")) {
            for (const auto& [each, unused] : *variants) known.emplace_back(each.str());
        }
        block.refuse("there is no [variants." + name + "]" +
                     (known.empty() ? ": add it" : "; did you mean '" + nearest_word(name, known) + "'?"));
    }

    void read_speed() {
        result_.speed.score_seconds = top_.optional<double>("score_seconds").value_or(10);
        const auto* networks = file_.get_as<toml::table>("networks");
        if (!networks) return;
        for (const auto& [name, unused] : *networks) {
            const auto speed = description("networks", std::string(name.str()))->optional<double>("steps_per_second");
            if (speed && !(*speed > 0)) top_.refuse("steps_per_second must be above 0: correct it");
            if (speed) result_.speed.steps_per_second[std::string(name.str())] = *speed;
        }
    }

    template <class Read>
    void each_block(const std::string& kind, Read&& read) const {
        const auto* node = file_.get(kind);
        if (!node) return;
        const auto* blocks = node->as_array();
        if (!blocks || !blocks->is_homogeneous<toml::table>()) {
            top_.refuse("'" + kind + "' must be blocks: write [[" + kind + "]]");
        }
        for (std::size_t i = 0; i < blocks->size(); ++i) {
            read(place{*blocks->get_as<toml::table>(i),
                       top_.where + " [[" + kind + "]] block " + std::to_string(i + 1)});
        }
    }

    /// A run without name: the settings of everything that it is made of.
    planned_run assemble(const place& block, const std::string& network, const std::string& optimizer,
                         const std::string& variant_name, std::optional<double> target, std::int64_t seed) const {
        planned_run run{{}, network, optimizer, variant_name, target, seed, 0, false, {}};
        const auto of_variant = variant(block, variant_name);
        if (const auto common = file_.get_as<toml::table>("common")) {
            apply_sections({*common, top_.where + " [common]"}, run.all);
        }
        for (const auto& each : {description("networks", network), description("optimizers", optimizer),
                                 description("combinations", network + "-" + optimizer)}) {
            if (each) apply_sections(*each, run.all);
        }
        apply_sections(of_variant, run.all);
        apply_sections(block, run.all);
        run.oracle_lambda = of_variant.optional<bool>("oracle").value_or(false);
        run.all.model.network = network;
        run.all.optimizer.optimizer = optimizer;
        if (target) run.all.sparsity.target = *target;
        run.all.run.seed = seed;
        if (has_target(run.all) && !target) {
            block.refuse("'" + optimizer + "' needs 'targets': add them, or choose a dense variant");
        }
        finish(block, run);
        return run;
    }

    static void finish(const place& block, planned_run& run) {
        try {
            resolve_defaults(run.all);
            check(run.all);
        } catch (const std::invalid_argument& error) {
            block.refuse(error.what());
        }
        run.name = name_of(run);
    }

    void claim_name(const place& block, const std::string& name) {
        examples::require_plain_name(block.where + ": the name of a run", name);
        if (!names_.insert(name).second) {
            block.refuse("the run '" + name + "' is listed twice: take it out of one block");
        }
    }

    void read_sweep(const place& block) {
        block.check_keys(sweep_keys, true);
        sweep read;
        const auto variant_name = block.required<std::string>("variant");
        read.base =
            assemble(block, block.required<std::string>("network"), block.required<std::string>("optimizer"),
                     variant_name, block.optional<double>("target"), block.optional<std::int64_t>("seed").value_or(1));
        read.learning_rates = block.required_list<double>("learning_rates");
        read.weight_decays = block.required_list<double>("weight_decays");
        read.applies_to = block.list<std::string>("applies_to").value_or(names{variant_name});
        for (const auto& name : read.applies_to) variant(block, name);
        if (read.base.all.monitoring.validate_every <= 0 || read.base.all.batches.held_out <= 0) {
            block.refuse("a sweep chooses by validation accuracy: set validate_every and held_out above 0");
        }
        for (const double rate : read.learning_rates) {
            for (const double decay : read.weight_decays) {
                auto candidate = candidate_of(read, rate, decay);
                finish(block, candidate);
                claim_name(block, candidate_of(read, rate, decay).name);
            }
        }
        result_.sweeps.push_back(std::move(read));
    }

    void read_oracles(const place& block) {
        block.check_keys(oracle_keys, true);
        oracle_search read;
        read.targets = block.required_list<double>("targets");
        std::sort(read.targets.begin(), read.targets.end());
        read.runs = block.optional<std::int64_t>("runs").value_or(read.runs);
        read.tolerance = block.optional<double>("tolerance").value_or(read.tolerance);
        if (read.runs < 2) block.refuse("runs = " + std::to_string(read.runs) + ": a bisection needs at least 2");
        if (!(read.tolerance > 0)) block.refuse("tolerance must be above 0: correct it");
        for (const auto& network : block.required_list<std::string>("networks")) {
            for (const auto& optimizer : block.required_list<std::string>("optimizers")) {
                read.base = assemble(block, network, optimizer, block.required<std::string>("variant"),
                                     read.targets.front(), block.optional<std::int64_t>("seed").value_or(1));
                if (!is_sparse(read.base.all)) block.refuse("'" + optimizer + "' has no lambda: take it out");
                if (read.base.all.sparsity.law != "fixed") {
                    block.refuse("the variant of an oracle search must have law = \"fixed\"");
                }
                claim_name(block, trial_of(read, 1).name);
                result_.oracles.push_back(read);
            }
        }
    }

    void read_runs(const place& block) {
        block.check_keys(run_keys, false);
        std::vector<std::optional<double>> targets;
        for (const double target : block.list<double>("targets").value_or(std::vector<double>{})) {
            targets.emplace_back(target);
        }
        if (targets.empty()) targets.emplace_back();
        const auto folds = block.list<std::string>("held_out_actors").value_or(names{});
        const auto networks = block.required_list<std::string>("networks");
        const auto optimizers = block.required_list<std::string>("optimizers");
        const auto variants = block.required_list<std::string>("variants");
        const auto seeds = block.list<std::int64_t>("seeds").value_or(std::vector<std::int64_t>{1});
        for (const auto& network : networks) {
            for (const auto& optimizer : optimizers) {
                for (const auto& target : targets) {
                    for (const auto& variant_name : variants) {
                        for (const auto seed : seeds) {
                            add_run(block, assemble(block, network, optimizer, variant_name, target, seed), folds);
                        }
                    }
                }
            }
        }
    }

    void add_run(const place& block, planned_run run, const names& folds) {
        if (folds.empty()) {
            claim_name(block, run.name);
            result_.runs.push_back(std::move(run));
            return;
        }
        for (std::size_t i = 0; i < folds.size(); ++i) {
            planned_run in_fold = run;
            if (!folds[i].empty()) in_fold.fold = std::int64_t(i) + 1;
            set_setting("held_out_actors", folds[i], in_fold.all);
            in_fold.name = name_of(in_fold);
            claim_name(block, in_fold.name);
            result_.runs.push_back(std::move(in_fold));
        }
    }

    void check_oracles() const {
        for (const auto& run : result_.runs) {
            if (!run.oracle_lambda) continue;
            const bool found = std::any_of(result_.oracles.begin(), result_.oracles.end(), [&](const auto& search) {
                return search.base.network == run.network && search.base.optimizer == run.optimizer &&
                       std::count(search.targets.begin(), search.targets.end(), run.target) > 0;
            });
            if (!found) {
                top_.refuse("the run '" + run.name + "' takes its lambda from an oracle search that is not there: " +
                            "add an [[oracles]] block with its network, optimizer and target");
            }
        }
    }

    const toml::table& file_;
    place top_;
    grid result_;
    std::set<std::string> names_;
};

} // namespace

std::string shortest_text(double value) {
    char buffer[64];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string name_of(const planned_run& run) {
    std::string name = run.network + "-" + run.optimizer;
    // 100 * .9 has a tail of rounding that no name should show.
    if (run.target) name += "-t" + shortest_text(std::round(1e8 * *run.target) / 1e6);
    name += "-" + run.variant + "-s" + std::to_string(run.seed);
    if (run.fold > 0) name += "-f" + std::to_string(run.fold);
    return name;
}

planned_run candidate_of(const sweep& which, double learning_rate, double weight_decay) {
    planned_run run = which.base;
    run.all.optimizer.learning_rate = learning_rate;
    run.all.optimizer.weight_decay = weight_decay;
    run.name += "-sweep-r" + shortest_text(learning_rate) + "-d" + shortest_text(weight_decay);
    return run;
}

planned_run trial_of(const oracle_search& search, double lambda) {
    planned_run run = search.base;
    run.all.sparsity.lambda = lambda;
    run.target.reset();
    run.variant = "oracle";
    // Enough digits to tell any two lambdas of a bisection apart.
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.5g", lambda);
    run.name = name_of(run) + "-l" + digits;
    return run;
}

grid read_grid(const std::string& toml_text, const std::string& where) {
    try {
        const toml::table file = toml::parse(toml_text);
        return grid_reader(file, where).read();
    } catch (const toml::parse_error& error) {
        throw std::invalid_argument(where + ": line " + std::to_string(error.source().begin.line) + " is not TOML (" +
                                    std::string(error.description()) + "): correct it");
    }
}

grid read_grid_file(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    if (!stream || !(text << stream.rdbuf())) {
        throw std::runtime_error("cannot read the grid '" + path.string() +
                                 "': give the name of a file in examples/speaker_verification/grids, or a path");
    }
    return read_grid(text.str(), path.string());
}

} // namespace speaker_verification
