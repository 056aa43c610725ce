// The solutions of the course's exercises, docs/course/, and what all lessons share.
#include "teaching/course/slide.hpp"
#include "teaching/course/solutions/1_soft_thresholding.hpp"
#include "teaching/course/solutions/2_dual_variable.hpp"
#include "teaching/course/solutions/3_mirror_maps.hpp"
#include "teaching/course/solutions/4_control.hpp"
#include "teaching/course/solutions/5_own_law.hpp"
#include "teaching/course/solutions/6_phantom_classes.hpp"
#include "teaching/course/solutions/7_certificates.hpp"
#include "teaching/course/solutions/8_sparse_network.hpp"
#include "teaching/course/sparse_file.hpp"

#include <boost/test/unit_test.hpp>
#include <bregman/aliases.hpp>
#include <bregman/backends/eigen.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/multiplicative.hpp>
#include <bregman/io/run_file.hpp>
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/l1.hpp>

#include <filesystem>

#include "support/scratch_folder.hpp"

BOOST_AUTO_TEST_SUITE(course_solutions)

namespace {

using vector = Eigen::VectorXd;
using bregman::observation, bregman::any_law;
using linbreg = bregman::linbreg<double, bregman::l1, any_law<double>>;
const auto near = boost::test_tools::tolerance(1e-10);

const auto& data() {
    static const auto drawn = bregman::sparse_recovery<double>::gaussian(40, 80, 4, 0.02, 1);
    return drawn;
}

/// Proximal gradient steps on the lasso.
vector lasso(double lambda) {
    const double tau = 1 / data().problem.lipschitz_constant();
    vector x = vector::Zero(80), g(80);
    for (int k = 0; k < 2000; ++k) {
        data().problem(x, g);
        x -= tau * g;
        for (double& xi : x) xi = course::shrink(xi, tau * lambda);
    }
    return x;
}

/// The sparsities of a run on a problem whose solution is dense.
std::vector<double> sparsities_of(any_law<double> law, int steps) {
    const auto dense = bregman::sparse_recovery<double>::gaussian(100, 50, 50, 0.1);
    linbreg optimizer({.step_size = 0.1, .target = 0.9}, {}, {}, {}, std::move(law));
    vector theta = vector::Zero(50), g(50);
    std::vector<double> seen;
    for (int k = 0; k < steps; ++k) {
        dense.problem(theta, g);
        optimizer.step(theta, g);
        seen.push_back(optimizer.sparsity());
    }
    return seen;
}

} // namespace

BOOST_AUTO_TEST_CASE(lesson_1) {
    for (const double y : {-3.0, -0.5, 0.0, 0.2, 0.7}) BOOST_TEST(course::shrink(y, 0.5) == bregman::l1().prox(y, 0.5));
    const double most = course::lambda_of_zero(data().problem.A, data().problem.b);
    BOOST_TEST(lasso(1.001 * most).isZero(0));
    BOOST_TEST(!lasso(0.98 * most).isZero(0));

    const vector y = vector::LinSpaced(5, -1, 2);
    BOOST_TEST(course::shrink_group(y, y.norm()).isZero(0));
    const vector x = course::shrink_group(y, 1);
    BOOST_TEST((y - x - x / x.norm()).norm() < 1e-12); // y - x = t x / ||x||
}

BOOST_AUTO_TEST_CASE(lesson_2) {
    const vector b = vector::LinSpaced(7, -3, 2.5);
    const double lambda = 0.4, time = 0.7;
    const vector x = course::lasso_of_identity(b, lambda);
    for (int i = 0; i < 7; ++i) BOOST_TEST(x[i] == course::shrink(b[i], lambda), near);

    // LinBreg with small steps and a large lambda: t = k tau / lambda.
    const vector path = course::inverse_scale_space_of_identity(b, time);
    BOOST_TEST((path.array() == 0).count() == 3);
    linbreg optimizer({.step_size = 0.1, .lambda = 200}, {}, {}, {}, bregman::fixed_law());
    vector theta = vector::Zero(7);
    for (int k = 0; k < int(time * 200 / 0.1); ++k) optimizer.step(theta, vector(theta - b));
    BOOST_TEST((theta - path).norm() < 1e-6);

    const vector biased = lasso(0.1), repaired = course::debiased(data().problem.A, data().problem.b, biased);
    BOOST_TEST(((biased.array() == 0) == (repaired.array() == 0)).all());
    BOOST_TEST((repaired - data().solution).norm() < 0.5 * (biased - data().solution).norm());
}

BOOST_AUTO_TEST_CASE(lesson_3) {
    const auto& problem = data().problem;
    vector w = vector::Zero(80), g(80);
    for (int k = 0; k < 3000; ++k) {
        problem(w, g);
        w -= 0.2 * g;
    }
    BOOST_TEST((course::least_norm_solution(problem.A, problem.b) - w).norm() < 1e-8);

    const vector start = vector::LinSpaced(6, 1, 2) / 9, slope = vector::LinSpaced(6, -1, 1);
    const vector next = course::exponentiated_step(start, slope, 0.3);
    BOOST_TEST(next.sum() == 1, near);
    const vector moved = (next.array() / start.array()).log() + 0.3 * slope.array(); // the same for all: the multiplier
    BOOST_TEST((moved.array() - moved[0]).abs().maxCoeff() < 1e-12);

    BOOST_TEST(std::abs(course::hypentropy_divergence(0.1, 2, 2)) < 1e-14);
    BOOST_TEST(course::hypentropy_divergence(0.1, 2, 1) > 0.1);
    BOOST_TEST(course::hypentropy_divergence(1e3, 2, 1) == 0.5 / 1e3, boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(lesson_4) {
    BOOST_TEST(course::steps_to_settle({0, 1, 0.9, 0.89}, 0.9, 0.02) == 2U);
    BOOST_TEST(course::steps_to_settle({0.9, 0.9, 0.5}, 0.9, 0.02) == 3U);
    BOOST_TEST(course::crossings({0.5, 0.95, 0.9, 0.8, 0.85}, 0.9) == 2);

    const auto ringing = sparsities_of(bregman::multiplicative_law<double>({.gain = 3}), 400);
    const auto calm = sparsities_of(course::calming_law{.gain = 3}, 400);
    BOOST_TEST(course::crossings(calm, 0.9) < course::crossings(ringing, 0.9) / 2);
}

BOOST_AUTO_TEST_CASE(lesson_5) {
    const course::with_dead_zone zone;
    BOOST_TEST(zone({.lambda = 2, .sparsity = 0.905, .target = 0.9}) == 2);
    BOOST_TEST(zone({.lambda = 2, .sparsity = 0.5, .target = 0.9}) > 2);
    const course::patient_law patient;
    BOOST_TEST(patient({.lambda = 2, .sparsity = 0.5, .target = 0.9}) == 2);
    BOOST_TEST(patient({.lambda = 2, .sparsity = 0.5, .target = 0.9, .loss = 1.5}) == 2);
    BOOST_TEST(patient({.lambda = 2, .sparsity = 0.5, .target = 0.9, .loss = 0.5}) > 2);

    // Saved in the middle, a run goes on with the same bits, the law's memory included.
    const bregman::testing::scratch_folder folder;
    linbreg optimizer({}, {}, {}, {}, course::smoothed_law()), other = optimizer;
    vector theta = vector::LinSpaced(20, -1, 1), same = theta;
    const auto step = [](linbreg& one, vector& at) { one.step(at, vector(at - vector::LinSpaced(20, 2, -3))); };
    for (int k = 0; k < 10; ++k) step(optimizer, theta);
    bregman::save_run(folder / "run", optimizer, theta);
    bregman::load_run(folder / "run", other, same);
    for (int k = 0; k < 10; ++k) step(optimizer, theta), step(other, same);
    BOOST_TEST((theta.array() == same.array()).all());
    BOOST_TEST(optimizer.lambda() == other.lambda());
}

BOOST_AUTO_TEST_CASE(lesson_6) {
    for (const double g : {1.0, 1e-3}) {
        double m = 0, s = 0, moved = 0;
        const bregman::adam adam{.epsilon = 1e-2};
        for (int k = 1; k <= 50; ++k) moved = adam.at(k, 1.0)(g, m, s);
        BOOST_TEST(course::speed_of_adam(g, 1e-2) == moved, near);
    }
    BOOST_TEST(course::speed_of_adam(1e-3, course::epsilon_for(1e-3, 0.1)) == 0.1, near);
    Eigen::MatrixXf weights = Eigen::MatrixXf::Identity(4, 5);
    weights(2, 2) = 0;
    BOOST_TEST(course::dead_rows(weights) == 0.25);
}

BOOST_AUTO_TEST_CASE(lesson_7) {
    const Eigen::MatrixXd& A = data().problem.A;
    const vector& b = data().problem.b;
    const vector x = lasso(0.1), wrong = 1.5 * x;
    BOOST_TEST(course::kkt_of_lasso(A, b, x, 0.1) < 1e-9);
    BOOST_TEST(course::kkt_of_lasso(A, b, wrong, 0.1) > 0.1);
    BOOST_TEST(std::abs(course::gap_of_lasso(A, b, x, 0.1)) < 1e-9);
    BOOST_TEST(course::gap_of_lasso(A, b, wrong, 0.1) > 1e-3);

    const vector& signal = data().solution;
    const vector z = A.transpose() * course::dual_of_signs(A, signal);
    for (int i = 0; i < 80; ++i) {
        if (signal[i] == 0)
            BOOST_TEST(std::abs(z[i]) < 1);
        else
            BOOST_TEST(z[i] == std::copysign(1, signal[i]), near);
    }
}

BOOST_AUTO_TEST_CASE(lesson_8) {
    Eigen::MatrixXf weights = Eigen::MatrixXf::Random(30, 20);
    weights = (weights.array().abs() < 0.9f).select(0, weights);
    const bregman::sparse::csr_matrix<float> rows(weights), empty(Eigen::MatrixXf(0, 3));
    BOOST_TEST(course::bytes_of_rows(30, rows.nonzeros()) == rows.bytes());
    const double even = course::break_even_density(30, 20);
    BOOST_TEST(double(course::bytes_of_rows(30, 0)) + 8 * even * 600 == 4 * 600.0, near);
    const Eigen::VectorXf x = Eigen::VectorXf::LinSpaced(20, -1, 1);
    BOOST_TEST((course::multiply(rows, x) - weights * x).norm() < 1e-5f);

    // The lesson's file.
    const bregman::testing::scratch_folder folder;
    const std::string path = folder / "rows";
    course::write_sparse_file(path, {rows, empty});
    const auto read = course::read_sparse_file(path);
    BOOST_TEST_REQUIRE(read.size() == 2U);
    BOOST_TEST((read[0].dense().array() == weights.array()).all());
    BOOST_TEST(read[1].cols() == 3);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 30);
    BOOST_CHECK_THROW(course::read_sparse_file(path), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_lesson_keeps_its_numbers_and_its_promises) {
    const bregman::testing::scratch_folder folder;
    const auto run = [&](bool holds, const char* option) {
        std::string words[] = {"lesson", option, folder / "out"};
        char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
        return course::lesson("taught", 3, arguments, [&](course::slide& slide) {
            slide.say("number", 1.5), slide.say("number", 2.5); // one name, two numbers
            slide.promise("claim", holds);
            return examples::figure{.series = {{.x = {0, 1}, .y = {0, 1}}}};
        });
    };
    BOOST_TEST(run(true, "--elsewhere") == 2);
    BOOST_TEST(!std::filesystem::exists(folder / "out"));
    BOOST_TEST(run(false, "--out") == 1);
    BOOST_TEST(run(true, "--out") == 0);
    const std::string report = bregman::testing::read_file(folder / "out/taught.json");
    for (const char* part : {"1.5", "2.5", "\"claim\": true"}) BOOST_TEST(report.find(part) != std::string::npos);
    BOOST_TEST(std::filesystem::file_size(folder / "out/taught.png") > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
