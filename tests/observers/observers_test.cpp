#include <filesystem>
#include <sstream>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/scratch_folder.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

progress<double> at(std::int64_t step, double loss = 1, double sparsity = 0.5) {
    return {step, loss, 0.25, sparsity, 0.9, 2.0};
}

const auto toward_two = [](const std::vector<double>& x, std::vector<double>& g) {
    double loss = 0;
    for (std::size_t i = 0; i < x.size(); ++i) g[i] = x[i] - 2, loss += 0.5 * g[i] * g[i];
    return loss;
};

} // namespace

BOOST_AUTO_TEST_SUITE(observers)

BOOST_AUTO_TEST_CASE(history_keeps_every_nth_entry) {
    history<double> all, third(3);
    for (std::int64_t k = 1; k <= 10; ++k) all(at(k, 1.0 / double(k))), third(at(k));
    BOOST_TEST(all.entries.size() == 10u);
    BOOST_TEST(all.entries[4].loss == 0.2);
    BOOST_TEST(third.entries.size() == 3u);
    BOOST_TEST(third.entries[1].step == 6);
    CHECK_REFUSES(history<double>(0), "every = 0; allowed: >= 1");
}

BOOST_AUTO_TEST_CASE(print_writes_every_nth_step) {
    std::ostringstream out;
    const print_every print(2, out);
    for (std::int64_t k = 1; k <= 3; ++k) print(at(k, 4.5));
    BOOST_TEST(out.str() == "step 2  loss 4.5  lambda 0.25  sparsity 0.5  target 0.9\n");
    CHECK_REFUSES(print_every(0), "every = 0");
}

BOOST_AUTO_TEST_CASE(stop_when_its_condition_holds) {
    stop_when stop([](const progress<double>& now) { return now.step >= 3; });
    BOOST_TEST(stop(at(2)));
    BOOST_TEST(!stop(at(3)));
    auto below = stop_below(0.1);
    BOOST_TEST(below(at(1, 0.11)));
    BOOST_TEST(!below(at(1, 0.1)));
    BOOST_TEST(below(at(1, NAN)));
}

BOOST_AUTO_TEST_CASE(stop_after_steps_in_a_row_at_the_target) {
    stop_at_target stop(0.01, 3);
    const double readings[] = {0.895, 0.905, 0.5, 0.9, 0.91 - 1e-9, 0.89 + 1e-9};
    const bool go_on[] = {true, true, true, true, true, false};
    for (int i = 0; i < 6; ++i) BOOST_TEST(stop(at(i + 1, 1, readings[i])) == go_on[i]);
    CHECK_REFUSES(stop_at_target(-1, 3), "tolerance = -1");
    CHECK_REFUSES(stop_at_target(0.01, 0), "steps = 0; allowed: >= 1");
}

BOOST_AUTO_TEST_CASE(a_loop_continues_from_a_checkpoint_with_the_same_bits) {
    const scratch_folder folder;
    linbreg<double> whole({.lambda = 0.1, .target = 0.5}), resumed;
    auto theta = normal_values<double>(40, 1);
    minimize(whole, theta, toward_two, 25, checkpoint_every(10, folder / "run", whole, theta));
    std::vector<double> loaded(40);
    load_run(folder / "run", resumed, loaded);
    BOOST_TEST(resumed.steps() == 20);
    minimize(resumed, loaded, toward_two, 5);
    BOOST_TEST(same_bits(theta, loaded));
    BOOST_TEST((state_bytes(whole) == state_bytes(resumed)));
    CHECK_REFUSES(checkpoint_every(0, folder / "x", whole, theta), "every = 0");
    CHECK_REFUSES(checkpoint_every(1, "", whole, theta), "path = ; allowed: a file name");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
