// What one gets by typing least: every default is the one that the pages name, and with nothing but defaults each public
// entry gives the right answer on a plain problem.
#include <cmath>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/problems/least_squares.hpp>
#include <bregman/regularizers/box.hpp>
#include <bregman/regularizers/elastic_net.hpp>
#include <bregman/regularizers/linf_ball.hpp>
#include <bregman/regularizers/simplex.hpp>
#include <bregman/regularizers/sparse_group_lasso.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"
#include "support/common_optimizers.hpp"
#include "support/scratch_folder.hpp"
#include "support/values.hpp"
#include "tolerances.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(defaults)

BOOST_AUTO_TEST_CASE(of_the_optimizer) {
    const optimizer_settings<double> s;
    BOOST_TEST((!s.step_size && s.lambda == 1e-3 && s.target.at(0) == 0.9 && s.target.at(100) == 0.9));
    BOOST_TEST((s.clip_norm == 0 && s.check_finite));
    BOOST_TEST((s.on_lambda_change == dual_rule::keep && s.scope == lambda_scope::shared));
    BOOST_TEST((linbreg<double>().step_size() == 0.1 && linbreg_momentum<double>().step_size() == 0.1));
    BOOST_TEST(adabreg<double>().step_size() == 0.01);

    const auto law_of = [](const auto& method) { return policy_name(method.law()); };
    BOOST_TEST((law_of(linbreg<double>()) == "settling" && law_of(linbreg_momentum<float>()) == "settling"));
    BOOST_TEST((law_of(adabreg<>()) == "settling" && law_of(adabreg_mini<>()) == "settling"));
    BOOST_TEST((law_of(make_linbreg()) == "settling" && law_of(make_adabreg<double>()) == "settling"));
    const linbreg<> fresh;
    BOOST_TEST((fresh.steps() == 0 && fresh.epoch() == 0 && fresh.size() == 0 && fresh.sparsity() == 0));
    BOOST_TEST((fresh.lambda() == 1e-3f && fresh.target() == 0.9f));
    BOOST_TEST((fresh.counts().empty() && fresh.group_lambdas().empty() && fresh.dual().empty()));
    const auto& last = fresh.last();
    BOOST_TEST((last.step == 0 && !last.refused && last.lambda == 0 && last.next_lambda == 0 && last.sparsity == 0));
    BOOST_TEST(std::isnan(last.gradient_norm));

    const parameter_group<l1> group;
    BOOST_TEST((group.name == "parameters" && group.lambda_scale == 1 && group.counted && group.least_density == 0));
    BOOST_TEST(!group.step_size);
    const observation<double> seen;
    BOOST_TEST((seen.step == 0 && seen.epoch == 0 && seen.lambda == 0 && seen.sparsity == 0 && seen.target == 0));
    BOOST_TEST((std::isnan(seen.loss) && !seen.lambda_for));
    const minimize_result<double> result;
    BOOST_TEST((result.reason == stop_reason::max_steps && result.steps == 0 && result.lambda == 0));
    BOOST_TEST((result.sparsity == 0 && std::isnan(result.loss)));
    const sparse_initialisation thin;
    BOOST_TEST((thin.density == 0.01 && !thin.rescale_variance && thin.seed == 0));
}

BOOST_AUTO_TEST_CASE(of_the_laws) {
    const auto paced = [](const auto& s, std::int64_t every) {
        BOOST_TEST((s.every == every && s.warm_up == 0 && s.maximum == 1e3));
    };
    const multiplicative_settings<double> m;
    paced(m, 1);
    BOOST_TEST((m.gain == 0.25 && m.minimum == 1e-6 && m.zone == 0 && m.zone_gain_divisor == 5));
    BOOST_TEST((m.zone_every == 10 && m.max_relative_change == 0));
    const auto paper = multiplicative_settings<double>::of_paper();
    paced(paper, 50);
    BOOST_TEST((paper.gain == 1 && paper.minimum == 1e-12 && paper.zone == 0.005 && paper.zone_gain_divisor == 10));
    BOOST_TEST((paper.zone_every == 2 && paper.max_relative_change == 0));
    const additive_settings<double> a;
    paced(a, 1);
    BOOST_TEST((a.gain == 0.01 && a.minimum == 0));
    const pid_settings<double> p;
    paced(p, 1);
    BOOST_TEST((p.proportional == 0.1 && p.integral == 0.25 && p.derivative == 0 && p.derivative_filter == 0.9));
    BOOST_TEST((p.on_saturation == anti_windup::conditional && p.tracking == 0.5 && p.minimum == 1e-6));
    const nupi_settings<double> n;
    paced(n, 1);
    BOOST_TEST((n.proportional == 0.25 && n.integral == 0.25 && n.nu == 0.9 && n.minimum == 1e-6));
    const band_settings<double> b;
    BOOST_TEST((b.half_width == 0.01 && b.gain == 1 && b.cooldown == 10 && b.warm_up == 0));
    BOOST_TEST((b.minimum == 1e-6 && b.maximum == 1e3));
    const oscillation_guard_settings g;
    BOOST_TEST((g.window == 1000 && g.sign_changes == 50 && g.ignore == 0.01 && g.factor == 0.25));
}

BOOST_AUTO_TEST_CASE(of_directions_mirror_maps_and_regularizers) {
    BOOST_TEST((adam{}.beta1 == 0.9 && adam{}.beta2 == 0.999 && adam{}.epsilon == 1e-8));
    BOOST_TEST((amsgrad{}.beta1 == 0.9 && amsgrad{}.beta2 == 0.999 && amsgrad{}.epsilon == 1e-8));
    BOOST_TEST((lion{}.beta1 == 0.9 && lion{}.beta2 == 0.99 && lion::default_step_size == 0.001));
    BOOST_TEST((with_trust_ratio<gradient>{}.trust == 1e-2 && with_trust_ratio<gradient>::default_step_size == 0.1));
    BOOST_TEST((with_birth_by_evidence<adam>{}.leak == 1e-3 && with_birth_by_evidence<adam>{}.beta == 0.999));
    BOOST_TEST((rmsprop{}.beta == 0.99 && rmsprop{}.epsilon == 1e-8));
    BOOST_TEST((momentum{}.beta == 0.9 && nesterov{}.beta == 0.9));
    BOOST_TEST((with_weight_decay<adam>{}.weight_decay == 1e-4));
    BOOST_TEST((with_decoupled_weight_decay<adam>{}.weight_decay == 1e-4));
    BOOST_TEST((with_dual_weight_decay<adam>{}.weight_decay == 1e-4));
    BOOST_TEST((with_leak<adam>{}.leak == 1e-3));
    const double rates[] = {gradient::default_step_size, momentum::default_step_size, nesterov::default_step_size};
    for (double rate : rates) BOOST_TEST(rate == 0.1);
    const double adaptive[] = {adam::default_step_size, amsgrad::default_step_size, rmsprop::default_step_size,
                               with_weight_decay<adam>::default_step_size};
    for (double rate : adaptive) BOOST_TEST(rate == 0.01);

    BOOST_TEST((euclidean<double>{}.delta == 1 && hypentropy<double>{}.beta == 1 && p_norm<double>{}.q == 1.5));
    BOOST_TEST(burg<double>{}.largest == 1e6);
    BOOST_TEST((diagonal<double>{}.weights == nullptr && diagonal<double>{}.size == 0));
    BOOST_TEST((box{}.low == 0 && box{}.high == 1 && linf_ball{}.radius == 1 && simplex{}.sum == 1));
    BOOST_TEST((elastic_net{}.ratio == 1 && n_of_m{}.n == 2 && n_of_m{}.m == 4));
    BOOST_TEST(sparse_group_lasso<>{}.group_share == 0.5);
}

BOOST_AUTO_TEST_CASE(of_the_solvers) {
    const stop_rule stop;
    BOOST_TEST((stop.max_iterations == 10000 && stop.residual == 1e-6 && stop.noise_norm == 0));
    BOOST_TEST((stop.discrepancy_factor == 1.01 && stop.kkt == 1e-6 && stop.gap == 0 && stop.seconds == 0));
    const linearised_bregman_settings<> b;
    BOOST_TEST((b.step == dual_step::lbfgs && b.lambda == 1 && b.delta == 0 && b.delta_factor == 2 && b.h == 0));
    BOOST_TEST((b.norm_squared == 0 && !b.kicking && b.kick_tolerance == 1e-3 && b.restart && b.memory == 10));
    BOOST_TEST((b.continuation == 1 && b.continuation_growth == 4 && b.continuation_residual == 0.05));
    const recover_settings<> r;
    BOOST_TEST((r.bregman.delta_factor == 10 && r.first_attempt == 0.6 && r.next_attempt == 0.3));
    BOOST_TEST((r.threshold == 3.2 && r.largest_support == 0.5 && r.significance == 3));
    BOOST_TEST((r.stages == 3 && r.delta_growth == 10 && r.certify));
    const polish_settings<> p;
    BOOST_TEST((p.tolerance == 1e-10 && p.max_iterations == 500 && p.negligible == 1e-7 && p.significance == 0));
    BOOST_TEST((p.rounds == 10 && p.certify));
    const bregman_iteration_settings<> o;
    BOOST_TEST((o.lambda == 0 && o.relative_lambda == 0.1 && o.norm_squared == 0 && o.inner_kkt == 1e-3));
    BOOST_TEST(o.max_inner_iterations == 200);
    const lasso_settings<> l;
    BOOST_TEST((l.lambda == 0 && l.relative_lambda == 0.01 && l.norm_squared == 0 && l.continuation == 1));
    BOOST_TEST((l.continuation_factor == 0.25 && l.continuation_kkt == 0.1 && l.restart));
    const multilevel_settings<> m;
    BOOST_TEST((m.lambda == 1 && m.delta == 0 && m.delta_factor == 2 && m.h == 1 && m.support_steps == 99));
    const sparse_kaczmarz_settings<> k;
    BOOST_TEST((k.lambda == 1 && k.delta == 0 && k.delta_factor == 5 && k.exact));
    const rda_settings<> d;
    BOOST_TEST((d.lambda == 0 && d.relative_lambda == 0.01 && d.gamma == 0 && d.norm_squared == 0));
    const poisson_settings<> q;
    BOOST_TEST((q.mirror == poisson_mirror::burg && q.background == 0 && q.lambda == 0 && q.growth == 2));
    const split_lbi_settings<> i;
    BOOST_TEST((i.kappa == 30 && i.nu == 1 && i.step == 1 && i.norm_squared == 0 && i.record_every == 0));
    const solver_result<double> result;
    BOOST_TEST((result.reason == solver_stop::max_iterations && result.iterations == 0 && result.operator_pairs == 0));
    BOOST_TEST((result.seconds == 0 && std::isnan(result.relative_residual) && std::isnan(result.certificate.kkt)));
    BOOST_TEST(std::isnan(result.certificate.gap));
}

namespace {

/// f(theta) = ||theta - c||^2 / 2 with few large c: what a step of every method decreases.
struct bowl {
    std::vector<double> c = std::vector<double>(40);
    bowl() {
        for (std::size_t i = 0; i < 4; ++i) c[10 * i + 3] = 2 + double(i);
    }
    template <class Theta, class Gradient>
    double operator()(const Theta& theta, Gradient& gradient) const {
        double loss = 0;
        for (std::size_t i = 0; i < c.size(); ++i) {
            gradient[i] = theta[i] - c[i];
            loss += gradient[i] * gradient[i] / 2;
        }
        return loss;
    }
};

} // namespace

// The four entries that are not zero are found, and the others are zero: 90 % as the default target says.
BOOST_AUTO_TEST_CASE(a_plain_problem_with_every_named_optimizer) {
    const bowl problem;
    const auto check = [&](auto method, int steps) {
        std::vector<double> theta(40);
        const auto result = minimize(method, theta, problem, steps);
        BOOST_TEST(result.reason == stop_reason::max_steps);
        BOOST_TEST(std::abs(result.sparsity - 0.9) < 1e-12);
        for (std::size_t i = 0; i < theta.size(); ++i)
            BOOST_TEST(std::abs(theta[i] - problem.c[i]) <= 0.02 * std::abs(problem.c[i]), i << ": " << theta[i]);
    };
    check(linbreg<double>(), 3000);
    check(linbreg_momentum<double>(), 3000);
    check(adabreg<double>(), 6000);
    check(make_linbreg<double>({}, fixed_law()), 3000);
    check(make_linbreg<double>(), 3000);
    check(make_adabreg<double>(), 6000);
    check(linbreg<double, l1, quantile_law>(), 3000);
}

BOOST_AUTO_TEST_CASE(observers_and_files_with_what_they_cannot_do_without) {
    const bowl problem;
    const scratch_folder folder;
    std::vector<double> theta(40);
    linbreg<double> method;
    history<double> seen;
    std::ostringstream out;
    checkpoint_every save(50, folder / "run", method, theta);
    minimize(method, theta, problem, 100, seen, print_every(50, out), save);
    BOOST_TEST(seen.entries.size() == 100u);
    BOOST_TEST(seen.entries.back().step == 100);
    BOOST_TEST(out.str().find("step 100  loss ") != std::string::npos);

    std::vector<double> other(40);
    linbreg<double> loaded;
    load_run(folder / "run", loaded, other);
    BOOST_TEST(same_bits(other, theta));
    BOOST_TEST(loaded.steps() == 100);
    BOOST_TEST(minimize(loaded, other, problem, 1000, stop_below(1e-3)).reason == stop_reason::observer);
}

BOOST_AUTO_TEST_CASE(a_sparse_start) {
    auto theta = normal_values<double>(20000, 1);
    thin_out(as_tensor(theta), {});
    BOOST_TEST(std::abs(sparsity(as_tensor(theta)) - 0.99) < 0.003);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
