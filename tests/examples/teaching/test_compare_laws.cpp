// The measures of the comparison by hand, and the gradient of its network by finite differences.
#include "teaching/compare_laws/laws.hpp"
#include "teaching/compare_laws/measures.hpp"
#include "teaching/compare_laws/perceptron.hpp"
#include "teaching/compare_laws/report.hpp"
#include "teaching/compare_laws/verdict.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

BOOST_AUTO_TEST_SUITE(compare_laws_parts)

using namespace compare_laws;

BOOST_AUTO_TEST_CASE(arriving_means_to_stay_for_a_while) {
    const std::vector<double> sparsity{0.5, 0.9, 0.95, 0.905, 0.895, 0.9, 0.8};
    BOOST_TEST(steps_to_within(sparsity, 0.9, 0.01, 1).value() == 2);
    BOOST_TEST(steps_to_within(sparsity, 0.9, 0.01, 2).value() == 4);
    BOOST_TEST(steps_to_within(sparsity, 0.9, 0.01, 3).value() == 4);
    BOOST_TEST(!steps_to_within(sparsity, 0.9, 0.01, 4).has_value());
    BOOST_TEST(steps_to_within(sparsity, 0.9, 0.001, 1).value() == 2);
}

BOOST_AUTO_TEST_CASE(overshoot_and_steady_error) {
    BOOST_TEST(overshoot({0.5, 0.97, 0.9}, 0.9) == 0.07, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(overshoot({0.5, 0.6}, 0.9) == 0.0);
    BOOST_TEST(steady_error({0, 0, 0, 0, 0, 0, 0.8, 0.93}, 0.9) == 0.065, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(steady_error({0.8}, 0.9) == 0.1, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(a_verdict_names_what_fails) {
    const auto judged = [](const auto& sparsity_of) {
        law_run run;
        for (int k = 0; k < 200; ++k) run.sparsity.push_back(sparsity_of(k));
        return verdict(run, 0.9, 10000, 5);
    };
    BOOST_TEST(judged([](int k) { return k < 19 ? 0.5 : 0.9005; }).failed == "");
    BOOST_TEST(judged([](int k) { return k < 20 ? 0.5 : 0.9005; }).failed == "1 %");
    BOOST_TEST(judged([](int k) { return k < 99 ? 0.905 : 0.9; }).failed == "");
    BOOST_TEST(judged([](int k) { return k < 100 ? 0.905 : 0.9; }).failed == "0.1 %");
    BOOST_TEST(judged([](int k) {
                   return k < 120 ? 0.9 : k % 2 == 0 && k < 130 ? 0.903 : 0.897 + (k >= 130) * 0.003;
               }).failed == "rings");
    BOOST_TEST(judged([](int k) { return k < 120 ? 0.9 : 0.9015; }).failed == "steady error");
    BOOST_TEST(judged([](int) { return 0.5; }).failed == "1 %, 0.1 %, steady error");
    law_run coarse; // of 100 parameters one too many
    coarse.sparsity.assign(200, 0.91);
    BOOST_TEST(verdict(coarse, 0.9, 100, 5).failed == "");
    BOOST_TEST(verdict(coarse, 0.9, 1000, 5).failed == "0.1 %, steady error");
}

BOOST_AUTO_TEST_CASE(quality_is_held_against_the_best_law_at_the_target) {
    const auto run_of = [](const char* law, double sparsity, double quality) {
        const verdict judged({std::vector<double>(200, sparsity), {}, 0}, 0.9, 10000, 5);
        return judged_run{"problem", "linbreg", law, 1e-3, 0.9, 1, quality, judged};
    };
    // Two standard errors of the difference of accuracies near .9 over 360 samples are .045.
    std::vector<judged_run> runs{run_of("dense", 0.8, 0.99), run_of("best", 0.9, 0.9), run_of("as good", 0.9, 0.86),
                                 run_of("worse", 0.9, 0.85)};
    judge_quality(runs, true, 360);
    BOOST_TEST(runs[0].judged.failed == "1 %, 0.1 %, steady error");
    BOOST_TEST(runs[1].judged.failed == "");
    BOOST_TEST(runs[2].judged.failed == "");
    BOOST_TEST(runs[3].judged.failed == "quality");
    BOOST_TEST(runs[3].json()["quality"] == 0.85);

    std::vector<judged_run> errors{run_of("solved", 0.9, 1e-8), run_of("solved too", 0.9, 9e-4),
                                   run_of("near", 0.9, 2.9e-3), run_of("wrong", 0.9, 3.1e-3)};
    judge_quality(errors, false, 360);
    for (int i : {0, 1, 2}) BOOST_TEST(errors[std::size_t(i)].judged.failed == "");
    BOOST_TEST(errors[3].judged.failed == "quality");

    const std::string table = verdict_table(runs, "problem");
    BOOST_TEST(table.find("| dense | 0 of 1 (0.1 %) |") != std::string::npos, table);
    BOOST_TEST(table.find("| best | 1 of 1 |") != std::string::npos, table);
}

BOOST_AUTO_TEST_CASE(a_table_says_who_arrived_and_when) {
    const law_run arrived{{0.5, 0.9, 0.9}, {1, 2, 3}, 0}, wandered{{0.5, 0.6, 0.7}, {1, 1, 1}, 0};
    problem_table table{"Title", "", {"mixed", "lost"}, {0.9}, {}};
    table.result = {{law_result({arrived, wandered}, 0.9, 2)}, {law_result({wandered}, 0.9, 2)}};
    const std::string text = table.markdown();
    BOOST_TEST(text.find("| mixed | 2 (1 of 2) | 2 (1 of 2) | 0.00 | 10.00 |") != std::string::npos, text);
    BOOST_TEST(text.find("| lost | never | never | 0.00 | 20.00 |") != std::string::npos, text);
    BOOST_TEST(table.json()["results"].size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_laws_have_names_of_their_own_and_the_quantile_law_runs_first) {
    std::set<std::string> names;
    const auto laws = all_laws();
    for (const auto& law : laws) names.insert(law.full_name());
    BOOST_TEST(names.size() == laws.size());
    BOOST_TEST(laws.front().make().name == "quantile");
}

template <class Model>
void check_gradient(const Model& network, const Eigen::VectorXf& theta) {
    Eigen::MatrixXf x = Eigen::MatrixXf::Random(5, 11);
    std::vector<int> labels;
    for (int i = 0; i < 11; ++i) labels.push_back(i % 3);
    Eigen::VectorXf gradient, unused;
    network.loss(theta, x, labels, gradient);
    const float h = 1e-2f;
    for (Eigen::Index i = 0; i < network.size(); i += 3) {
        Eigen::VectorXf up = theta, down = theta;
        up[i] += h, down[i] -= h;
        const float difference =
            (network.loss(up, x, labels, unused) - network.loss(down, x, labels, unused)) / (2 * h);
        BOOST_TEST(std::abs(difference - gradient[i]) < 2e-3f,
                   "parameter " << i << ": " << difference << ", " << gradient[i]);
    }
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_the_losses) {
    const perceptron network{5, 7, 3};
    check_gradient(network, network.start(1));
    check_gradient(softmax{5, 3}, Eigen::VectorXf::LinSpaced(15, -1, 1));
}

BOOST_AUTO_TEST_CASE(accuracy_counts_the_right_answers) {
    const perceptron network{2, 2, 2};
    Eigen::VectorXf theta(8);
    theta << 1, 0, 0, 1, 1, 0, 0, 1; // two identities
    Eigen::MatrixXf x(2, 3);
    x << 1, 0, 3, 0, 2, 1;
    BOOST_TEST(network.accuracy(theta, x, {0, 1, 0}) == 1.0);
    BOOST_TEST(network.accuracy(theta, x, {0, 1, 1}) == 2.0 / 3.0, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_SUITE_END()
