#include <sstream>

#include <bregman/io/state_file.hpp>
#include <bregman/observers/oscillation_guard.hpp>

#include "support/checks.hpp"

namespace bregman::testing {

namespace {

/// All that the guard needs of an optimizer.
struct step_size_only {
    float tau = 1;
    float step_size() const { return tau; }
    void set_step_size(float smaller) { tau = smaller; }
};

progress<double> with_error(std::int64_t step, double error) { return {step, 1, 1, 0.5 + error, 0.5, 1}; }

/// +error, -error, ... at steps first, first + 1, ...
template <class Guard>
void swing(Guard& guard, std::int64_t first, int steps, double error) {
    for (int k = 0; k < steps; ++k) guard(with_error(first + k, k % 2 == 0 ? error : -error));
}

} // namespace

BOOST_AUTO_TEST_SUITE(oscillation_guards)

BOOST_AUTO_TEST_CASE(fifty_sign_changes_cut_the_step_size_to_a_quarter) {
    step_size_only optimizer;
    oscillation_guard guard(optimizer);
    swing(guard, 1, 50, 0.02); // 49 changes
    BOOST_TEST(guard.sign_changes() == 49);
    BOOST_TEST(optimizer.tau == 1.0f);
    swing(guard, 51, 1, 0.02); // the 50th
    BOOST_TEST(optimizer.tau == 0.25f);
    BOOST_TEST(guard.reductions() == 1);
    BOOST_TEST(guard.sign_changes() == 0); // cleared: the next fifty count from here
    swing(guard, 52, 50, 0.02);
    BOOST_TEST(optimizer.tau == 0.25f);
    swing(guard, 102, 1, 0.02);
    BOOST_TEST(optimizer.tau == 0.0625f);
}

BOOST_AUTO_TEST_CASE(small_errors_have_no_sign) {
    step_size_only optimizer;
    oscillation_guard guard(optimizer);
    swing(guard, 1, 500, 0.0099);
    BOOST_TEST(guard.sign_changes() == 0);
    // Between two large errors they do not hide the change either.
    guard(with_error(501, 0.1)), guard(with_error(502, -0.005)), guard(with_error(503, 0.1));
    BOOST_TEST(guard.sign_changes() == 0);
    guard(with_error(504, 0.005)), guard(with_error(505, -0.1));
    BOOST_TEST(guard.sign_changes() == 1);
}

BOOST_AUTO_TEST_CASE(old_changes_leave_the_window) {
    step_size_only optimizer;
    oscillation_guard guard(optimizer, {.window = 10, .sign_changes = 4});
    for (std::int64_t step = 1; step <= 300; ++step) // a change every third step: at most 4 in 10 steps
        guard(with_error(step, step / 3 % 2 == 0 ? 0.1 : -0.1));
    BOOST_TEST(guard.reductions() > 0);
    step_size_only calm;
    oscillation_guard other(calm, {.window = 10, .sign_changes = 4});
    for (std::int64_t step = 1; step <= 300; ++step) // every fourth: at most 3
        other(with_error(step, step / 4 % 2 == 0 ? 0.1 : -0.1));
    BOOST_TEST(other.reductions() == 0);
    BOOST_TEST(calm.tau == 1.0f);
}

BOOST_AUTO_TEST_CASE(the_step_size_never_becomes_zero) {
    step_size_only optimizer{1e-45f};
    oscillation_guard guard(optimizer, {.sign_changes = 1});
    swing(guard, 1, 20, 0.1);
    BOOST_TEST(optimizer.tau > 0.0f);
}

BOOST_AUTO_TEST_CASE(its_state_continues) {
    step_size_only one, other;
    oscillation_guard whole(one), resumed(other);
    swing(whole, 1, 30, 0.1);
    state_format::writer writer;
    state_format::put(writer.body, "guard");
    whole.visit(writer);
    const state_format::reader reader(writer.body);
    resumed.visit(state_format::loader{reader});
    BOOST_TEST(resumed.sign_changes() == 29);
    swing(resumed, 31, 21, 0.1);
    BOOST_TEST(other.tau == 0.25f);
}

BOOST_AUTO_TEST_CASE(bad_settings_are_refused) {
    step_size_only optimizer;
    using guard = oscillation_guard<step_size_only>;
    CHECK_REFUSES(guard(optimizer, {.window = 0}), "window = 0; allowed: >= 1");
    CHECK_REFUSES(guard(optimizer, {.sign_changes = 0}), "sign_changes = 0; allowed: >= 1");
    CHECK_REFUSES(guard(optimizer, {.ignore = -0.1}), "ignore = -0.1; allowed: >= 0");
    CHECK_REFUSES(guard(optimizer, {.factor = 1}), "factor = 1; allowed: (0, 1)");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
