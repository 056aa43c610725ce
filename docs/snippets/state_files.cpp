// docs/state_files.md
#include "snippets.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>

namespace {

struct half_way_law { // lambda goes half of the way to where the target is met: remembers how often it was asked
    static constexpr const char* name = "half_way"; // by which a file knows it
    std::int64_t calls = 0;

    float operator()(const bregman::observation<float>& seen) {
        ++calls;
        return (seen.lambda + seen.lambda_for(seen.target)) / 2;
    }
    template <class Field>
    void visit(Field&& field) { // all that it remembers, each by a name
        field("calls", calls);
    }
};

const std::vector<float> docs_gradient = [] {
    std::vector<float> values;
    for (int i = 0; i < 50; ++i) values.push_back(0.1f * float(i) - 2);
    return values;
}();

std::string in_scratch(const std::string& name) { return (std::filesystem::temp_directory_path() / name).string(); }

template <class Error>
bool throws(const std::function<void()>& call, const std::string& words) {
    try {
        call();
    } catch (const Error& error) {
        return std::string(error.what()).find(words) != std::string::npos;
    } catch (...) {
    }
    return false;
}

} // namespace

bool saved_run_works() {
    const std::string path = in_scratch("bregman_docs_saved.run");
    std::vector<float> theta(50, 1.0f), continued(50);
    auto optimizer = bregman::make_adabreg<float>({.lambda = 0.1f}, half_way_law{});
    for (int k = 0; k < 10; ++k) optimizer.step(theta, docs_gradient);
    bregman::save_run(path, optimizer, theta); // path, optimizer, theta: one tensor or a parameter_list

    auto resumed = bregman::make_adabreg<float>({}, half_way_law{}); // the same policies; settings come from the file
    bregman::load_run(path, resumed, continued);

    for (int k = 0; k < 10; ++k) optimizer.step(theta, docs_gradient), resumed.step(continued, docs_gradient);
    std::remove(path.c_str());
    return continued == theta && bregman::state_bytes(resumed) == bregman::state_bytes(optimizer);
}

bool saved_state_works() {
    const std::string path = in_scratch("bregman_docs_saved.state");
    std::vector<float> theta(50, 1.0f);
    bregman::adabreg<> optimizer({.lambda = 0.1f});
    optimizer.step(theta, docs_gradient);

    bregman::save_state(path, optimizer); // the file comes first, as in load_state
    std::ostringstream stream;
    bregman::save_state(stream, optimizer); // a binary stream instead of a path
    bregman::print_state(std::cout, optimizer);

    bregman::adabreg<> other;
    bregman::load_state(path, other);

    std::remove(path.c_str());
    return bregman::state_bytes(other) == bregman::state_bytes(optimizer);
}

bool checkpoints_work() {
    const std::string path = in_scratch("bregman_docs_checkpoint.run");
    bregman::linbreg<> optimizer({.lambda = 0.1f});
    Eigen::VectorXf theta = Eigen::VectorXf::Ones(10);
    auto objective = [](const Eigen::VectorXf& x, Eigen::VectorXf& gradient) {
        gradient = x;
        return x.squaredNorm() / 2;
    };

    bregman::minimize(optimizer, theta, objective, 100, bregman::checkpoint_every(10, path, optimizer, theta));

    bregman::linbreg<> resumed;
    Eigen::VectorXf continued(10);
    bregman::load_run(path, resumed, continued);
    std::remove(path.c_str());
    return resumed.steps() == 100 && continued == theta;
}

/// The table of refusals.
bool the_refusals_of_state_files_are_right() {
    using wrong = std::invalid_argument;
    using damaged = std::runtime_error;
    const std::string path = in_scratch("bregman_docs_refused.state");
    std::vector<float> theta(50, 1.0f), shorter(40, 1.0f), shorter_slope(40);
    bregman::adabreg<> optimizer({.lambda = 0.1f}), fresh;
    optimizer.step(theta, docs_gradient);
    std::ostringstream out;
    bregman::save_state(out, optimizer);
    const std::string bytes = out.str();
    const auto loading = [](const std::string& file, auto& into) {
        return [file, &into] {
            std::istringstream in(file);
            bregman::load_state(in, into);
        };
    };
    std::string flipped = bytes;
    flipped[200] ^= 1;
    bool all = throws<wrong>(loading("no file of ours at all", fresh), "it does not begin with BREGMAN1");
    all &= throws<damaged>(loading(bytes.substr(0, bytes.size() - 20), fresh), "it is shorter than it says");
    all &= throws<damaged>(loading(flipped, fresh), "its checksum does not match");
    bregman::linbreg<> other_direction;
    all &= throws<wrong>(loading(bytes, other_direction),
                         "make the optimizer with the policies that the file was written with");
    bregman::adabreg<double> in_double;
    all &= throws<wrong>(loading(bytes, in_double), "state file = scalar float32");
    bregman::adabreg<> of_shorter;
    of_shorter.step(shorter, shorter_slope);
    all &= throws<wrong>(loading(bytes, of_shorter),
                         "number of parameters in the state file = 50; allowed: that of the optimizer, 40");
    bregman::adabreg<> later;
    loading(bytes, later)();
    all &= throws<wrong>([&] { later.step(shorter, shorter_slope); },
                         "size of tensor 0 = 40; allowed: that of the loaded state, 50");
    bregman::save_run(path, optimizer, theta);
    all &= throws<wrong>([&] { bregman::load_state(path, fresh); }, "with parameters; allowed");
    all &=
        throws<wrong>([&] { bregman::load_run(path, fresh, shorter); }, "number of parameters in the state file = 50");
    std::remove(path.c_str());
    all &= throws<wrong>([&] { bregman::load_state(path, fresh); }, "does it exist?");
    all &= throws<damaged>([&] { bregman::save_state(path + "/no/such/folder", optimizer); }, "cannot write");
    all &= fresh.steps() == 0;

    float captured = 1;
    auto nameless = bregman::make_linbreg<float>({}, [captured](const auto& seen) { return captured * seen.lambda; });
    all &= throws<wrong>([&] { bregman::save_state(out, nameless); }, "one with a state and without visit");
    all &= throws<wrong>([&] { bregman::checkpoint_every(10, path, nameless, theta); },
                         "one with a state and without visit");
    auto stateless = bregman::make_linbreg<float>({}, [](const auto& seen) { return seen.lambda; });
    bregman::save_state(out, stateless);
    return all;
}
