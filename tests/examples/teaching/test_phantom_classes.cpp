// Rows of classes that never occur die with the settings that docs/phantom_classes.md recommends, and not without.
#include "teaching/phantom_classes/phantom.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

BOOST_AUTO_TEST_SUITE(phantom_classes_parts)

using namespace phantom_classes;

namespace {

outcome of(const variant& chosen) { return run(chosen, 0.95, 2000, 4); }

void check_recommended(const variant& chosen, double accuracy) {
    const outcome seen = of(chosen);
    BOOST_TEST(seen.dead >= 0.99);
    BOOST_TEST(seen.alive == 1, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(seen.accuracy >= accuracy - 0.01);
    BOOST_TEST(std::abs(seen.sparsity - 0.95) <= 0.001);
}

} // namespace

BOOST_AUTO_TEST_CASE(phantom_rows_die_at_no_loss_of_accuracy) {
    const outcome plain = of({.scores = head::bias, .optimizer = method::adabreg});
    BOOST_TEST(plain.dead < 0.95); // what the settings are for
    BOOST_TEST(plain.accuracy > 0.95);
    check_recommended({.scores = head::bias, .optimizer = method::adabreg, .epsilon = 1e-2}, plain.accuracy);
    check_recommended({.scores = head::gate, .optimizer = method::adabreg, .epsilon = 1e-2}, plain.accuracy);
    check_recommended({.scores = head::bias, .optimizer = method::adabreg_mini}, plain.accuracy);
    check_recommended({.scores = head::gate, .optimizer = method::adabreg_mini}, plain.accuracy);
    check_recommended({.scores = head::bias}, plain.accuracy);
    check_recommended({.scores = head::gate}, plain.accuracy);
}

BOOST_AUTO_TEST_CASE(a_leak_lets_rows_go) {
    const outcome kept = of({.scores = head::bias, .optimizer = method::adabreg});
    const outcome leaked = of({.scores = head::bias, .optimizer = method::adabreg, .leak = 1e-2});
    BOOST_TEST(leaked.dead >= 0.99);
    BOOST_TEST(leaked.dead > kept.dead + 0.05);
    BOOST_TEST(leaked.accuracy >= kept.accuracy - 0.02);
}

// On a head without a bias AdaBreg learns nothing, for phantom rows take all that may be alive.
BOOST_AUTO_TEST_CASE(birth_by_evidence_learns_without_a_bias) {
    const outcome blind = of({.optimizer = method::adabreg});
    const outcome seeing = of({.optimizer = method::adabreg, .births_by_evidence = true});
    BOOST_TEST(blind.accuracy < 0.2);
    BOOST_TEST(seeing.accuracy > 0.95);
    BOOST_TEST(seeing.dead > blind.dead + 0.5);
}

// The same draws give the same numbers.
BOOST_AUTO_TEST_CASE(a_seed_is_a_run) {
    const variant chosen{.scores = head::gate, .leak = 1e-3};
    const outcome one = run(chosen, 0.9, 50, 1), same = run(chosen, 0.9, 50, 1), other = run(chosen, 0.9, 50, 2);
    BOOST_TEST(one.lambda == same.lambda);
    BOOST_TEST(one.lambda != other.lambda);
}

BOOST_AUTO_TEST_SUITE_END()
