#pragma once
/// Every setting of a training run, with its default, meaning and allowed range, named once in `visit`.
///
/// A setting lives in a section of the TOML file; its key is unique over all sections, so that the command
/// line can say `--target .95` without naming the section.
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace speaker_verification {

struct run_settings {
    std::string name = "speakers";
    std::string results = "results";
    std::string speech = "";
    std::string start_from = "";
    std::string device = "cpu";
    std::string autocast = "none";
    std::string held_out_actors = "";
    std::int64_t seed = 1;
    std::int64_t threads = 0;
    std::int64_t workers = 1;
    std::int64_t batches_ahead = 4;
    bool shard_state = false;
};

struct feature_settings {
    std::int64_t bands = 40;
    double low_hz = 64;
    double high_hz = 3800;
    bool subtract_level = true;
    bool subtract_band_mean = false;
};

struct batch_settings {
    std::int64_t batch_size = 64;
    std::int64_t shortest_crop = 150;
    std::int64_t longest_crop = 250;
    double speaker_exponent = 0.5;
    double held_out = 0.05;
    std::int64_t max_speakers = 0;
    std::int64_t max_utterances = 0;
    std::vector<double> warps = {0.9, 1.1};
};

struct augmentation_settings {
    double equalisation_db = 6;
    double noise_probability = 0.5;
    double noise_snr_low_db = 5;
    double noise_snr_high_db = 30;
    double lowpass_probability = 0.3;
    double lowpass_low_hz = 2200;
    double lowpass_db = 30;
    std::int64_t variants = 0;
};

struct model_settings {
    std::string network = "ecapa_tdnn";
    std::int64_t channels = 96;
    std::int64_t scales = 8;
    std::int64_t squeeze = 32;
    std::int64_t pooled_channels = 256;
    std::int64_t attention = 64;
    std::int64_t stage_channels = 8;
    std::int64_t embedding = 128;
};

struct loss_settings {
    double scale = 32;
    double margin = 0.2;
    double margin_start = 0.13;
    double margin_full = 0.4;
    std::string margin_continuation = "one_plus_cosine";
    double shortest_row = 0.1;
    double head_gate = 0;
    bool head_bias = false;
    std::int64_t phantom_speakers = 0;
};

struct optimizer_settings {
    std::string optimizer = "adabreg";
    double learning_rate = 0;
    double momentum = -1;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 1e-4;
    double leak = 0;
    double birth_leak = 0;
    double dual_decay = 0;
    double delta = 1;
    double clip_norm = 1;
};

struct sparsity_settings {
    std::string granularity = "paper";
    std::string law = "paper";
    double target = 0.9;
    double lambda = 0;
    double alpha = 1;
    std::int64_t every = 10;
    double zone = 0;
    double zone_alpha_divisor = 10;
    std::int64_t zone_every_factor = 2;
    double proportional = 0.4;
    double derivative = 0;
    double nu = 0.9;
    double dead_band = 0.005;
    double lambda_min = 1e-12;
    double lambda_max = 1e3;
    std::string dual_rule = "keep";
    bool oscillation_guard = false;
    bool prune_head = true;
    bool count_head = true;
    bool count_rest = true;
    double density = 0.01;
    bool rescale_variance = false;
    double freeze_from = 1;
    double layer_density = 0;
};

struct pruning_settings {
    std::string pruning = "none";
    std::string pruning_curve = "cubic";
    double pruning_start = 0;
    double pruning_end = 0.75;
    std::int64_t pruning_every = 100;
    double rigl_fraction = 0.3;
    double set_fraction = 0.3;
    double hypersparse_weight = 5e-6;
    double hypersparse_growth = 1.05;
    std::string rigl_distribution = "erdos_renyi_kernel";
};

struct schedule_settings {
    std::string schedule = "cosine";
    double final_rate = 5e-5;
    double warm_up = 0.02;
    double plateau_factor = 0.25;
    std::int64_t plateau_patience = 2;
    std::int64_t max_steps = 4000;
    double max_seconds = 0;
};

struct monitoring_settings {
    std::int64_t log_every = 10;
    std::int64_t validate_every = 250;
    std::int64_t checkpoint_every = 500;
    std::int64_t compare_every = 1000;
    double gate = 0.01;
    std::int64_t max_refused = 20;
    std::int64_t statistics_batches = 20;
};

struct settings {
    run_settings run;
    feature_settings features;
    batch_settings batches;
    augmentation_settings augmentation;
    model_settings model;
    loss_settings loss;
    optimizer_settings optimizer;
    sparsity_settings sparsity;
    pruning_settings pruning;
    schedule_settings schedule;
    monitoring_settings monitoring;
};

/// What a setting is called, means and may be. Numbers lie in [lowest, highest]; a text is one of `choices`
/// (separated by '|') unless that is empty.
struct setting_key {
    std::string_view section;
    std::string_view name;
    std::string_view meaning;
    double lowest = -std::numeric_limits<double>::infinity();
    double highest = std::numeric_limits<double>::infinity();
    std::string_view choices = {};
};

/// Calls `f(key, field)` for each setting, in the order of the file. A field is a bool, std::int64_t, double,
/// std::string or std::vector<double>.
template <class Settings, class Function>
void visit(Settings& all, Function&& f) {
    constexpr double any = std::numeric_limits<double>::infinity();
    constexpr double many = 1e9;

    auto& run = all.run;
    f(setting_key{"run", "name", "folder of this run below `results`"}, run.name);
    f(setting_key{"run", "results", "folder that holds the runs"}, run.results);
    f(setting_key{"run", "speech", "store of `fetch_speech`; empty: $BREGMAN_CACHE/speech, or cache/speech"},
      run.speech);
    f(
        setting_key{
            "run", "start_from",
            "checkpoint whose network and settings a fresh run starts from, or a .safetensors file, whose network "
            "alone; empty: random weights"},
        run.start_from);
    f(setting_key{"run", "device", "that trains", -any, any, "cpu|cuda"}, run.device);
    f(setting_key{"run", "autocast",
                  "type of the convolutions and matrix products that train; parameters, loss, validation and "
                  "scoring stay in float32",
                  -any, any, "none|bfloat16"},
      run.autocast);
    f(setting_key{"run", "held_out_actors",
                  "of flight-of-the-amazon-queen, separated by commas, who are tried while all others train; "
                  "empty: as the lists have it"},
      run.held_out_actors);
    f(setting_key{"run", "seed", "of the network's start and of every random draw", 0, many}, run.seed);
    f(setting_key{"run", "threads", "of LibTorch; 0: one per processor, shared by the processes of this machine", 0,
                  1024},
      run.threads);
    f(setting_key{"run", "workers", "threads that prepare batches; changes no number", 1, 256}, run.workers);
    f(setting_key{"run", "batches_ahead", "prepared batches that may wait", 1, 1024}, run.batches_ahead);
    f(setting_key{"run", "shard_state",
                  "of several processes each holds a share of the dual variable and the moments; changes no number"},
      run.shard_state);

    auto& features = all.features;
    f(setting_key{"features", "bands", "mel bands of the filter bank", 4, 256}, features.bands);
    f(setting_key{"features", "low_hz", "lower edge of the filter bank", 0, 8000}, features.low_hz);
    f(setting_key{"features", "high_hz", "upper edge of the filter bank", 100, 8000}, features.high_hz);
    f(setting_key{"features", "subtract_level", "from each crop its mean over frames and bands: the loudness"},
      features.subtract_level);
    f(setting_key{"features", "subtract_band_mean", "from each crop its bands' means: channel, and some of the voice"},
      features.subtract_band_mean);

    auto& batches = all.batches;
    f(setting_key{"batches", "batch_size", "crops in a step", 2, 65536}, batches.batch_size);
    f(setting_key{"batches", "shortest_crop", "frames of 10 ms", 8, 10000}, batches.shortest_crop);
    f(setting_key{"batches", "longest_crop", "frames of 10 ms; one length a step", 8, 10000}, batches.longest_crop);
    f(setting_key{"batches", "speaker_exponent",
                  "speakers are drawn by their time to this power; 1: as they come, 0: all alike", 0, 1},
      batches.speaker_exponent);
    f(setting_key{"batches", "held_out", "share of each speaker's utterances kept for validation", 0, 0.5},
      batches.held_out);
    f(setting_key{"batches", "max_speakers", "train on the first so many; 0: all", 0, many}, batches.max_speakers);
    f(setting_key{"batches", "max_utterances", "of each speaker; 0: all", 0, many}, batches.max_utterances);
    f(setting_key{"batches", "warps", "vocal-tract warps, each of which makes every speaker a new class", 0.5, 2},
      batches.warps);

    auto& augmentation = all.augmentation;
    f(setting_key{"augmentation", "equalisation_db", "strength of the random smooth gain; 0: off", 0, 60},
      augmentation.equalisation_db);
    f(setting_key{"augmentation", "noise_probability", "share of crops with a noise floor; 0: off", 0, 1},
      augmentation.noise_probability);
    f(setting_key{"augmentation", "noise_snr_low_db", "loudest noise floor", -20, 100}, augmentation.noise_snr_low_db);
    f(setting_key{"augmentation", "noise_snr_high_db", "quietest noise floor", -20, 100},
      augmentation.noise_snr_high_db);
    f(setting_key{"augmentation", "lowpass_probability", "share of crops with a low-pass; 0: off", 0, 1},
      augmentation.lowpass_probability);
    f(setting_key{"augmentation", "lowpass_low_hz", "lowest corner; the highest is the filter bank's edge", 100, 8000},
      augmentation.lowpass_low_hz);
    f(setting_key{"augmentation", "lowpass_db", "attenuation one octave above the corner; 0: off", 0, 100},
      augmentation.lowpass_db);
    f(setting_key{"augmentation", "variants",
                  "copies of each utterance by `compute_features --variants` that train in its place; 0: none", 0,
                  1000},
      augmentation.variants);

    auto& model = all.model;
    f(setting_key{"model", "network", "architecture", -any, any, "ecapa_tdnn|resnet34"}, model.network);
    f(setting_key{"model", "channels", "of ECAPA-TDNN's layers 1 to 4; a multiple of `scales`", 2, 8192},
      model.channels);
    f(setting_key{"model", "scales", "splits of ECAPA-TDNN's Res2 blocks", 2, 64}, model.scales);
    f(setting_key{"model", "squeeze", "width of ECAPA-TDNN's squeeze and excitation", 1, 8192}, model.squeeze);
    f(setting_key{"model", "pooled_channels", "channels that ECAPA-TDNN pools over time", 1, 16384},
      model.pooled_channels);
    f(setting_key{"model", "attention", "width of ECAPA-TDNN's pooling attention", 1, 8192}, model.attention);
    f(setting_key{"model", "stage_channels",
                  "of ResNet34's first stage, doubled by each of the three others; 32: the paper's", 1, 1024},
      model.stage_channels);
    f(setting_key{"model", "embedding", "numbers that stand for a voice", 1, 8192}, model.embedding);

    auto& loss = all.loss;
    f(setting_key{"loss", "scale", "of the cosines in the AAM-softmax", 1, 1000}, loss.scale);
    f(setting_key{"loss", "margin", "final angular margin, radians", 0, 1.5}, loss.margin);
    f(setting_key{"loss", "margin_start", "share of training at which the margin starts to grow", 0, 1},
      loss.margin_start);
    f(setting_key{"loss", "margin_full", "share of training at which it is full", 0, 1}, loss.margin_full);
    f(setting_key{"loss", "margin_continuation",
                  "of the target's logit where angle and margin exceed pi, by WeSpeaker or ArcFace; easy: no "
                  "margin beyond pi/2",
                  -any, any, "one_plus_cosine|margin_sine|easy"},
      loss.margin_continuation);
    f(setting_key{"loss", "shortest_row", "length below which a class vector's gradient grows no further", 1e-12, 1e3},
      loss.shortest_row);
    f(setting_key{"loss", "head_gate",
                  "rho: cosines times |w| / (|w| + rho), so that a class vector may reach 0; 0: off", 0, 100},
      loss.head_gate);
    f(setting_key{"loss", "head_bias", "whether each class has a number of its own beside its logit"}, loss.head_bias);
    f(setting_key{"loss", "phantom_speakers", "class vectors of speakers who never occur, and should die", 0, 1e6},
      loss.phantom_speakers);

    auto& optimizer = all.optimizer;
    f(
        setting_key{
            "optimizer", "optimizer",
            "adabreg, adabreg_mini, linbreg and proxsgd hold a sparsity by lambda; adamw and sgd are dense, or pruned",
            -any, any, "adabreg|adabreg_mini|linbreg|adamw|sgd|proxsgd"},
        optimizer.optimizer);
    f(setting_key{"optimizer", "learning_rate", "0: the optimizer's own default", 0, 100}, optimizer.learning_rate);
    f(setting_key{"optimizer", "momentum", "of linbreg (default 0), proxsgd (0.9) and sgd (0.9, Nesterov); -1: default",
                  -1, 0.9999},
      optimizer.momentum);
    f(setting_key{"optimizer", "beta1", "of adabreg, adabreg_mini and adamw", 0, 0.999999}, optimizer.beta1);
    f(setting_key{"optimizer", "beta2", "of adabreg, adabreg_mini and adamw", 0, 0.999999}, optimizer.beta2);
    f(setting_key{"optimizer", "epsilon", "in the denominator of adabreg, adabreg_mini and adamw", 1e-30, 1},
      optimizer.epsilon);
    f(setting_key{"optimizer", "weight_decay", "of adamw and sgd", 0, 1}, optimizer.weight_decay);
    f(setting_key{"optimizer", "leak",
                  "share of the dual variable that adabreg, adabreg_mini and linbreg forget in a step", 0, 0.999},
      optimizer.leak);
    f(
        setting_key{
            "optimizer", "birth_leak",
            "of adabreg: zeros are born by the size of their gradients, averaged over 1 / birth_leak steps, not by "
            "their sign alone; 1e-3 is a choice, 0: off",
            0, 0.999},
        optimizer.birth_leak);
    f(setting_key{"optimizer", "dual_decay",
                  "weight decay inside the dual variable of adabreg, adabreg_mini and linbreg", 0, 1},
      optimizer.dual_decay);
    f(setting_key{"optimizer", "delta", "elastic-net weight of adabreg, adabreg_mini and linbreg", 1e-6, 1e6},
      optimizer.delta);
    f(setting_key{"optimizer", "clip_norm", "largest norm of the whole gradient; 0: no clipping", 0, 1e9},
      optimizer.clip_norm);

    auto& sparsity = all.sparsity;
    f(
        setting_key{
            "sparsity", "granularity",
            "of the zeros of adabreg, adabreg_mini, linbreg and proxsgd; paper: kernels of ECAPA-TDNN's convolutions, "
            "single weights elsewhere; channels: all that makes an output of a layer, or reads an input",
            -any, any, "paper|channels"},
        sparsity.granularity);
    f(setting_key{"sparsity", "law", "how lambda follows the sparsity", -any, any,
                  "paper|fixed|quantile|settling|additive|pid|nupi|band"},
      sparsity.law);
    f(setting_key{"sparsity", "target", "share of zeros among all trainable numbers", 0, 1}, sparsity.target);
    f(setting_key{"sparsity", "lambda", "at the start; 0: the optimizer's own default", 0, 1e6}, sparsity.lambda);
    f(setting_key{"sparsity", "alpha",
                  "gain of the law on the error target - s: of paper and band as they have it, of pid and nupi "
                  "the integral one, of additive in units of the first lambda",
                  0, 100},
      sparsity.alpha);
    f(setting_key{"sparsity", "every", "steps between two changes of lambda", 1, many}, sparsity.every);
    f(setting_key{"sparsity", "zone", "|s - target| below which the paper's law is gentler; 0: off", 0, 1},
      sparsity.zone);
    f(setting_key{"sparsity", "zone_alpha_divisor", "of alpha in the zone", 1, 1e6}, sparsity.zone_alpha_divisor);
    f(setting_key{"sparsity", "zone_every_factor", "of `every` in the zone", 1, 1e6}, sparsity.zone_every_factor);
    f(setting_key{"sparsity", "proportional", "gain of pid and nupi on changes of the error", 0, 100},
      sparsity.proportional);
    f(setting_key{"sparsity", "derivative", "gain of pid on the slope of s", 0, 100}, sparsity.derivative);
    f(setting_key{"sparsity", "nu", "share of the past in nupi's average of the error", 0, 0.9999}, sparsity.nu);
    f(setting_key{"sparsity", "dead_band", "|s - target| within which band leaves lambda alone", 0, 0.99},
      sparsity.dead_band);
    f(setting_key{"sparsity", "lambda_min", "lambda never falls below, but with the laws fixed, quantile and settling",
                  1e-30, 1e6},
      sparsity.lambda_min);
    f(setting_key{"sparsity", "lambda_max", "lambda never grows above, but with the laws fixed, quantile and settling",
                  1e-30, 1e12},
      sparsity.lambda_max);
    f(setting_key{"sparsity", "dual_rule", "what a change of lambda does to the dual variable", -any, any,
                  "keep|ratio|ratio_with_clip|additive|predictive|reset|prox_rescaled"},
      sparsity.dual_rule);
    f(setting_key{"sparsity", "oscillation_guard",
                  "quarter the learning rate when s swings around the target: 50 changes of sign in 1000 steps"},
      sparsity.oscillation_guard);
    f(setting_key{"sparsity", "prune_head", "whether the classifier head can become sparse"}, sparsity.prune_head);
    f(setting_key{"sparsity", "count_head", "whether the classifier head is part of s"}, sparsity.count_head);
    f(setting_key{"sparsity", "count_rest",
                  "whether normalisation and biases, which never become sparse, are part of s"},
      sparsity.count_rest);
    f(setting_key{"sparsity", "density", "share of weights kept at the start; 1: a dense start", 1e-6, 1},
      sparsity.density);
    f(setting_key{"sparsity", "rescale_variance", "divide the kept weights by sqrt(density)"},
      sparsity.rescale_variance);
    f(
        setting_key{
            "sparsity", "freeze_from",
            "share of training after which zeros stay zeros and the law rests, of adabreg, adabreg_mini and linbreg; "
            "1: never",
            0, 1},
        sparsity.freeze_from);
    f(setting_key{"sparsity", "layer_density",
                  "share of each layer's weights, the head's aside, that stays at any lambda, of adabreg, adabreg_mini "
                  "and linbreg; "
                  "0: none",
                  0, 0.99},
      sparsity.layer_density);

    auto& pruning = all.pruning;
    f(setting_key{"pruning", "pruning", "of adamw and sgd to `target`", -any, any, "none|gradual|rigl|set|hypersparse"},
      pruning.pruning);
    f(setting_key{"pruning", "pruning_curve", "of the sparsity of gradual pruning", -any, any,
                  "cubic|linear|geometric"},
      pruning.pruning_curve);
    f(setting_key{"pruning", "pruning_start", "share of training before the first change of the masks", 0, 0.99},
      pruning.pruning_start);
    f(setting_key{"pruning", "pruning_end", "share of training after which the masks stay", 0, 0.99},
      pruning.pruning_end);
    f(setting_key{"pruning", "pruning_every", "steps between two changes of the masks", 1, many},
      pruning.pruning_every);
    f(setting_key{"pruning", "rigl_fraction", "of each layer's weights that RigL moves at first", 0, 1},
      pruning.rigl_fraction);
    f(setting_key{"pruning", "set_fraction", "of each layer's weights that SET moves at each change", 0, 1},
      pruning.set_fraction);
    f(setting_key{"pruning", "hypersparse_weight", "of HyperSparse's regularizer at first", 0, any},
      pruning.hypersparse_weight);
    f(setting_key{"pruning", "hypersparse_growth", "of that weight every `pruning_every` steps, a factor", 1, 1e3},
      pruning.hypersparse_growth);
    f(setting_key{"pruning", "rigl_distribution", "of RigL's and SET's weights over the layers", -any, any,
                  "erdos_renyi_kernel|uniform"},
      pruning.rigl_distribution);

    auto& schedule = all.schedule;
    f(setting_key{"schedule", "schedule", "of the learning rate", -any, any, "constant|cosine|exponential|plateau"},
      schedule.schedule);
    f(setting_key{"schedule", "final_rate", "at the end of the exponential schedule", 1e-12, 100}, schedule.final_rate);
    f(setting_key{"schedule", "warm_up", "share of training over which the rate grows linearly from 0", 0, 1},
      schedule.warm_up);
    f(setting_key{"schedule", "plateau_factor", "of the rate when validation stops improving", 1e-6, 1},
      schedule.plateau_factor);
    f(setting_key{"schedule", "plateau_patience", "validations without improvement before that", 0, many},
      schedule.plateau_patience);
    f(setting_key{"schedule", "max_steps", "length of training", 1, 1e12}, schedule.max_steps);
    f(setting_key{"schedule", "max_seconds",
                  "0: none; else training ends at max_steps or here, whichever is first, the schedules follow the "
                  "larger share, and a repeated run is no longer equal to the bit",
                  0, many},
      schedule.max_seconds);

    auto& monitoring = all.monitoring;
    f(setting_key{"monitoring", "log_every", "steps between two lines of log.jsonl", 1, many}, monitoring.log_every);
    f(setting_key{"monitoring", "validate_every", "steps between two validations; 0: never", 0, many},
      monitoring.validate_every);
    f(setting_key{"monitoring", "checkpoint_every", "steps between two checkpoints; 0: at the end only", 0, many},
      monitoring.checkpoint_every);
    f(setting_key{"monitoring", "compare_every",
                  "steps between two comparisons of all that several processes hold alike; 0: never", 0, many},
      monitoring.compare_every);
    f(setting_key{"monitoring", "gate", "a validation counts only with |s - target| within this", 0, 1},
      monitoring.gate);
    f(setting_key{"monitoring", "max_refused", "refused steps in a row that end the run", 1, many},
      monitoring.max_refused);
    f(setting_key{"monitoring", "statistics_batches",
                  "over which a validation and a checkpoint average batch statistics", 1, many},
      monitoring.statistics_batches);
}

/// Throws std::invalid_argument naming the first setting out of its range, or the first two that contradict
/// each other.
void check(const settings& all);

/// Replaces the zeros that stand for "the optimizer's own default" by its numbers: rates .01 (adabreg, adabreg_mini),
/// .1 (linbreg, sgd, proxsgd), .001 (adamw); lambda 1 (adabreg, adabreg_mini), .01 (linbreg), .001 (proxsgd); momentum
/// .9 (sgd, proxsgd), 0 (linbreg).
void resolve_defaults(settings& all);

/// Another optimizer, with its own defaults in place of the rate, the momentum and the lambda that suited the one before.
void change_optimizer(settings& all, const std::string& optimizer);

/// Large-margin fine-tuning (Thienpondt, Desplanques, Demuynck, ICASSP 2021) in WeSpeaker's proportions to
/// the training that `all` describes: margin .5 from the first step, crops of 600 frames, no warps, a
/// thirtieth of the length (5 of 150 epochs), and a thousandth of the rate, which falls exponentially to a
/// quarter without warm-up.
void fine_tune_with_large_margin(settings& all);

/// True for adabreg, adabreg_mini, linbreg and proxsgd, which have a lambda and a law.
bool is_sparse(const settings& all);

/// True for these, and for adamw and sgd with pruning.
bool has_target(const settings& all);

} // namespace speaker_verification
