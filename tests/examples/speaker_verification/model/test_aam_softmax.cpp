#include "speaker_verification/model/aam_softmax.hpp"

#include "generated.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

using namespace speaker_verification;

namespace {

aam_softmax head_of(torch::Tensor weight, margin_continuation continuation = {}) {
    aam_softmax_options options;
    options.classes = weight.size(0);
    options.embedding_size = weight.size(1);
    options.continuation = continuation;
    aam_softmax head(options);
    head->to(torch::kFloat64);
    torch::NoGradGuard no_gradient;
    head->weight.copy_(weight);
    return head;
}

aam_softmax golden_head() { return head_of(generated(6, {10, 192})); }
torch::Tensor golden_inputs() { return generated(5, {4, 192}); }
torch::Tensor golden_labels() { return torch::tensor({3, 0, 7, 3}, torch::kInt64); }

/// The loss of one embedding (cos angle, sin angle) against the classes (1,0) and (0,1), label 0.
double loss_at(double angle, double margin, margin_continuation continuation) {
    auto head = head_of(torch::eye(2, torch::kFloat64), continuation);
    const auto embedding = torch::tensor({{std::cos(angle), std::sin(angle)}}, torch::kFloat64);
    return head->forward(embedding, torch::tensor({0}, torch::kInt64), margin).loss.item<double>();
}

double cross_entropy(double target, double other) { return std::log1p(std::exp(32 * (other - target))); }

} // namespace

BOOST_AUTO_TEST_SUITE(aam_softmax_suite)

BOOST_AUTO_TEST_CASE(golden_losses) {
    auto head = golden_head();
    const auto loss = [&](double margin) {
        return head->forward(golden_inputs(), golden_labels(), margin).loss.item<double>();
    };
    BOOST_TEST(loss(0) == 3.8432044057, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(loss(.2) == 9.5152706822, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(both_continuations_beyond_pi) {
    const double pi = std::acos(-1.0), margin = .3;
    for (const double angle : {.5, 2.0, 2.9, 3.0}) {
        const bool beyond = angle + margin > pi;
        const double other = std::sin(angle);
        const double wespeaker = beyond ? std::cos(angle) - (1 + std::cos(pi - margin)) : std::cos(angle + margin);
        const double arcface = beyond ? std::cos(angle) - margin * std::sin(pi - margin) : std::cos(angle + margin);
        BOOST_TEST(loss_at(angle, margin, margin_continuation::shifted_by_one_plus_cosine) ==
                       cross_entropy(wespeaker, other),
                   boost::test_tools::tolerance(1e-10));
        BOOST_TEST(loss_at(angle, margin, margin_continuation::shifted_by_margin_sine) == cross_entropy(arcface, other),
                   boost::test_tools::tolerance(1e-10));
    }
}

BOOST_AUTO_TEST_CASE(an_easy_margin_ends_at_a_right_angle) {
    const double margin = .3;
    for (const double angle : {.5, 1.5, 1.6, 2.9}) {
        const double target = angle < std::acos(0.0) ? std::cos(angle + margin) : std::cos(angle);
        BOOST_TEST(loss_at(angle, margin, margin_continuation::easy) == cross_entropy(target, std::sin(angle)),
                   boost::test_tools::tolerance(1e-10));
    }
}

BOOST_AUTO_TEST_CASE(gradient_agrees_with_finite_differences) {
    auto head = golden_head();
    auto embeddings = golden_inputs().requires_grad_(true);
    head->forward(embeddings, golden_labels(), .2).loss.backward();
    const auto direction = generated(8, {4, 192});
    const double slope = (embeddings.grad() * direction).sum().item<double>();
    torch::NoGradGuard no_gradient;
    const auto loss = [&](double step) {
        return head->forward(embeddings + step * direction, golden_labels(), .2).loss.item<double>();
    };
    BOOST_TEST((loss(1e-6) - loss(-1e-6)) / 2e-6 == slope, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(an_embedding_on_its_class_has_a_finite_gradient) {
    auto head = head_of(torch::eye(3, torch::kFloat64));
    auto embeddings = torch::eye(3, torch::kFloat64).requires_grad_(true);
    const auto labels = torch::tensor({0, 1, 2}, torch::kInt64);
    head->forward(embeddings, labels, .2).loss.backward();
    BOOST_TEST(torch::isfinite(embeddings.grad()).all().item<bool>());
    BOOST_TEST(torch::isfinite(head->weight.grad()).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(accuracy_is_that_of_the_plain_cosines) {
    auto head = head_of(torch::eye(3, torch::kFloat64));
    const auto embeddings = torch::tensor({{3., 1., 0.}, {0., 2., 1.}, {.1, 0., .2}, {1., 0., .9}}, torch::kFloat64);
    const auto result = head->forward(embeddings, torch::tensor({0, 1, 2, 2}, torch::kInt64), .5);
    BOOST_TEST(result.accuracy.item<double>() == .75);
    BOOST_TEST(result.cosines[0][0].item<double>() == 3 / std::sqrt(10.0), boost::test_tools::tolerance(1e-12));
    BOOST_TEST(!result.cosines.requires_grad());
}

BOOST_AUTO_TEST_CASE(misuse_is_refused) {
    aam_softmax_options options;
    BOOST_CHECK_THROW(aam_softmax{options}, std::invalid_argument);
    options.classes = 5;
    options.scale = 0;
    BOOST_CHECK_THROW(aam_softmax{options}, std::invalid_argument);
    auto head = golden_head();
    BOOST_CHECK_THROW(head->forward(torch::zeros({4, 191}), golden_labels(), .2), std::invalid_argument);
    BOOST_CHECK_THROW(head->forward(golden_inputs(), torch::zeros({3}, torch::kInt64), .2), std::invalid_argument);
    BOOST_CHECK_THROW(head->forward(golden_inputs(), golden_labels(), 2), std::invalid_argument);
    BOOST_CHECK_THROW(head->forward(golden_inputs(), golden_labels(), -.1), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_gate_lets_a_row_reach_zero) {
    aam_softmax_options options;
    options.classes = 3;
    options.embedding_size = 4;
    options.gate = 0.3;
    aam_softmax head(options);
    const torch::NoGradGuard no_gradient;
    head->weight.copy_(torch::tensor({{3.0f, 4.0f, 0.0f, 0.0f}, {0.0f, 0.0f, 0.1f, 0.0f}, {0.0f, 0.0f, 0.0f, 0.0f}}));
    const auto x = torch::tensor({{0.6f, 0.8f, 0.0f, 0.0f}, {0.0f, 0.0f, 2.0f, 0.0f}});
    const auto labels = torch::tensor({0, 1}, torch::kInt64);
    const auto result = head->forward(x, labels, 0);
    const auto expected = torch::tensor({{5 / 5.3f, 0.0f, 0.0f}, {0.0f, 0.1f / 0.4f, 0.0f}});
    BOOST_TEST(torch::allclose(result.cosines, expected, 1e-5, 1e-6));
    {
        const torch::AutoGradMode with_gradient(true);
        head->forward(x, labels, 0).loss.backward();
    }
    BOOST_TEST(head->weight.grad().isfinite().all().item<bool>());
    options.gate = -1;
    BOOST_CHECK_THROW(aam_softmax{options}, std::invalid_argument);
}

// Softmax of logits with a bias: its gradient is the mean of probability minus one at the own class.
BOOST_AUTO_TEST_CASE(a_bias_is_added_to_the_logits) {
    aam_softmax_options options;
    options.classes = 3;
    options.embedding_size = 4;
    options.scale = 8;
    aam_softmax plain(options);
    options.bias = true;
    aam_softmax head(options);
    const auto x = torch::tensor({{0.6f, 0.8f, 0.0f, 0.0f}, {0.0f, 0.0f, 2.0f, 1.0f}});
    const auto labels = torch::tensor({0, 1}, torch::kInt64);
    {
        const torch::NoGradGuard no_gradient;
        plain->weight.copy_(head->weight);
        BOOST_TEST(head->forward(x, labels, .2).loss.item<float>() == plain->forward(x, labels, .2).loss.item<float>());
        head->bias.copy_(torch::tensor({0.0f, 2.0f, -50.0f}));
    }
    const auto result = head->forward(x, labels, 0);
    const auto logits = 8 * plain->forward(x, labels, 0).cosines + torch::tensor({0.0f, 2.0f, -50.0f});
    BOOST_TEST(torch::allclose(result.cosines, logits / 8, 1e-5, 1e-6));
    result.loss.backward();
    const auto expected = (logits.softmax(1) - torch::one_hot(labels, 3)).mean(0);
    BOOST_TEST(torch::allclose(head->bias.grad(), expected, 1e-4, 1e-6));
}

BOOST_AUTO_TEST_SUITE_END()
