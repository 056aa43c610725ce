// Save at step k, load elsewhere, continue: the same bits. And nothing else is ever loaded.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <variant>

#include <sys/resource.h>

#include <bregman/bregman.hpp>

#include "io/continued_run.hpp"
#include "support/checks.hpp"
#include "support/scratch_folder.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

using namespace continued_run;

/// A law with a memory of its own, which a checkpoint must carry.
struct averaging_law {
    static constexpr const char* name = "averaging";
    double average = 0;
    std::int64_t calls = 0;
    bool rising = false;

    template <class T>
    T operator()(const observation<T>& seen) {
        average = 0.8 * average + 0.2 * double(seen.sparsity);
        rising = average < double(seen.target);
        ++calls;
        return seen.lambda * T(rising ? 1.03 : 0.98);
    }
    template <class Field>
    void visit(Field&& field) {
        field("average", average);
        field("calls", calls);
        field("rising", rising);
    }
};

/// make() gives the method that saves; other() one with the same policies and other settings.
template <class Make, class Other>
void check_continuation(Make&& make, Other&& other) {
    auto whole = make();
    using T = typename decltype(whole)::scalar;
    auto theta = normal_values<T>(size, 1);
    whole.set_epoch(2);
    continue_run(whole, theta, 0, 7);
    const auto middle = theta;
    const std::string bytes = saved(whole);
    continue_run(whole, theta, 7, 13);

    auto resumed = other();
    load(bytes, resumed);
    BOOST_TEST(resumed.steps() == 7);
    BOOST_TEST(resumed.epoch() == 2);
    auto continued = middle;
    continue_run(resumed, continued, 7, 13);
    BOOST_TEST(same_bits(continued, theta));
    BOOST_TEST((state_bytes(resumed) == state_bytes(whole)));
}

template <class Method>
void check_continuation() {
    check_continuation(
        [] {
            typename Method::settings s;
            s.step_size = typename Method::scalar(0.07);
            s.lambda = typename Method::scalar(0.2);
            s.target = typename Method::scalar(0.6);
            s.clip_norm = 3;
            return Method(s);
        },
        [] { return Method(); });
}

/// load_state(bytes) throws Error, and the state is what it was.
template <class Error, class Method>
void check_refused(Method& method, const std::string& bytes, const char* text) {
    const std::string before = state_bytes(method);
    BOOST_CHECK_EXCEPTION(load(bytes, method), Error, says(text));
    BOOST_TEST((state_bytes(method) == before));
}

} // namespace

BOOST_AUTO_TEST_SUITE(state_files)

using methods = std::tuple<linbreg<float>, linbreg<double>, linbreg_momentum<float>, linbreg_momentum<double>,
                           adabreg<float>, adabreg<double>, adabreg<float, l1, fixed_law>,
                           adabreg<float, l1, quantile_law>, linbreg<float, l1, averaging_law>,
                           adabreg<double, l1, averaging_law>, linbreg<float, group_rows>, linbreg<float, none>>;

BOOST_AUTO_TEST_CASE_TEMPLATE(a_run_continues_with_the_same_bits, Method, methods) { check_continuation<Method>(); }

BOOST_AUTO_TEST_CASE(settings_of_the_policies_travel_with_the_state) {
    using paced = adabreg<float, l1, multiplicative_law<float>>;
    check_continuation(
        [] {
            multiplicative_settings<float> s;
            s.gain = 1, s.every = 2, s.zone = 0.05f, s.warm_up = 3, s.max_relative_change = 0.2f;
            return paced({.lambda = 0.3f, .target = target_schedule<float>({0.1f, 0.5f, 0.8f})},
                         {.beta1 = 0.7, .beta2 = 0.95, .epsilon = 1e-6}, {.delta = 2}, {}, s);
        },
        [] { return paced(); });
    check_continuation(
        [] { return linbreg<float>({.lambda = 0.3f, .check_finite = false, .on_lambda_change = dual_rule::ratio}); },
        [] { return linbreg<float>(); });
}

BOOST_AUTO_TEST_CASE(any_law_is_saved_as_the_law_it_holds) {
    using method = adabreg<float, l1, any_law<float>>;
    check_continuation([] { return method({.lambda = 0.2f}, {}, {}, {}, averaging_law{}); },
                       [] { return method({}, {}, {}, {}, averaging_law{}); });
    check_continuation([] { return method({.lambda = 0.2f}, {}, {}, {}, quantile_law{3}); },
                       [] { return method({}, {}, {}, {}, quantile_law{}); });
    method fixed({}, {}, {}, {}, fixed_law{}), averaging({}, {}, {}, {}, averaging_law{});
    check_refused<std::invalid_argument>(averaging, saved(fixed), "law fixed; allowed: scalar float32");
}

BOOST_AUTO_TEST_CASE(lists_of_tensors_with_different_regularizers_continue_too) {
    const auto run = [](auto& method, std::vector<float>& theta, int from, int to) {
        std::vector<float> g(theta.size());
        parameter_list<float, mixed> parameters;
        parameters.add_group({.name = "rows", .regularizer = group_rows{}});
        parameters.add_view(theta.data(), g.data(), {{10, 20}});
        parameters.add_group({.name = "bias", .regularizer = none{}, .counted = false});
        parameters.add_view(theta.data() + 200, g.data() + 200, {{100}});
        for (int k = from; k < to; ++k) {
            std::ranges::copy(normal_values<float>(size, std::uint64_t(100 + k)), g.begin());
            method.step(parameters);
        }
    };
    adabreg<float, mixed> whole({.lambda = 0.3f}), resumed;
    auto theta = normal_values<float>(size, 1);
    run(whole, theta, 0, 5);
    auto continued = theta;
    load(saved(whole), resumed);
    run(whole, theta, 5, 9);
    run(resumed, continued, 5, 9);
    BOOST_TEST(same_bits(theta, continued));
    BOOST_TEST((state_bytes(whole) == state_bytes(resumed)));
}

BOOST_AUTO_TEST_CASE(a_state_from_before_the_first_step_can_be_saved) {
    adabreg<float> fresh({.lambda = 0.5f}), other;
    load(saved(fresh), other);
    BOOST_TEST((state_bytes(fresh) == state_bytes(other)));
    auto theta = normal_values<float>(size, 1);
    continue_run(other, theta, 0, 2);
    BOOST_TEST(other.steps() == 2);
}

BOOST_AUTO_TEST_CASE(a_state_of_another_kind_is_refused) {
    auto method = stepped();
    auto in_double = adabreg<double>();
    check_refused<std::invalid_argument>(method, saved(in_double), "scalar float64");
    auto other_direction = stepped<linbreg<float>>();
    check_refused<std::invalid_argument>(method, saved(other_direction), "direction gradient");
    auto other_regularizer = stepped<adabreg<float, none>>();
    check_refused<std::invalid_argument>(method, saved(other_regularizer), "regularizer none");
    auto other_law = stepped<adabreg<float, l1, fixed_law>>();
    check_refused<std::invalid_argument>(method, saved(other_law), "law fixed");
    auto smaller = stepped(size - 1);
    check_refused<std::invalid_argument>(
        method, saved(smaller), "number of parameters in the state file = 299; allowed: that of the optimizer, 300");
}

// The size must match the tensors also where no step has made a dual variable yet.
BOOST_AUTO_TEST_CASE(a_state_of_another_size_is_refused_before_the_first_step_too) {
    auto smaller = stepped(size - 1);
    const std::string bytes = saved(smaller);
    auto theta = normal_values<float>(size, 1);
    const auto g = normal_values<float>(size, 2);
    const std::vector<float> bad(size, float(NAN));

    adabreg<float> fresh;
    load(bytes, fresh);
    CHECK_REFUSES(fresh.step(theta, g), "size of tensor 0 = 300; allowed: that of the loaded state, 299");
    auto right = normal_values<float>(size - 1, 1);
    BOOST_TEST(fresh.step(right, normal_values<float>(size - 1, 2)).step == 2); // which a wrong list has not spoilt

    adabreg<float> bound;
    BOOST_TEST(bound.step(theta, bad).refused); // has seen the tensors, has no dual variable yet
    check_refused<std::invalid_argument>(bound, bytes, "number of parameters in the state file = 299");
    BOOST_TEST(bound.step(theta, g).step == 1);
}

BOOST_AUTO_TEST_CASE(groups_that_do_not_fit_are_refused_with_the_reason) {
    auto theta = normal_values<float>(size, 1);
    const auto g = normal_values<float>(size, 2);
    const auto list_of = [&](int groups) {
        parameter_list<float, mixed> parameters;
        for (int i = 0; i < groups; ++i) {
            parameters.add_group({.name = std::to_string(i), .regularizer = l1{}});
            parameters.add_view(theta.data() + 100 * i, g.data(), {{100}});
        }
        if (groups == 1) parameters.add_view(theta.data() + 100, g.data(), {{100}});
        return parameters;
    };
    adabreg<float, mixed> two, one, fresh;
    two.step(list_of(2));
    one.step(list_of(1));
    check_refused<std::invalid_argument>(one, saved(two),
                                         "number of parameter groups in the state file = 2; allowed: that "
                                         "of the optimizer, 1");
    load(saved(two), fresh);
    CHECK_REFUSES(fresh.step(list_of(1)), "number of parameter groups = 1; allowed: those of the loaded state, 2");
    BOOST_TEST(fresh.step(list_of(2)).step == 2);
}

namespace {

/// Has a state and does not say what it is.
struct silent_law {
    double memory = 0;
    template <class T>
    T operator()(const observation<T>& seen) {
        return seen.lambda;
    }
};
/// Says what its state is, and not what it is called itself.
struct nameless_law : silent_law {
    template <class Field>
    void visit(Field&& field) {
        field("memory", memory);
    }
};
struct stateless_law {
    template <class T>
    T operator()(const observation<T>& seen) const {
        return seen.lambda;
    }
};

template <class Law>
linbreg<float, l1, Law> with_law(Law law) {
    return linbreg<float, l1, Law>({}, {}, {}, {}, std::move(law));
}

} // namespace

BOOST_AUTO_TEST_CASE(a_law_whose_state_nobody_names_is_not_saved) {
    std::ostringstream out;
    const float factor = 1.1f;
    const auto captures = [factor](const observation<float>& seen) { return seen.lambda * factor; };
    CHECK_REFUSES(save_state(out, with_law(silent_law{})),
                  "control law \"custom\" = one with a state and without visit; "
                  "allowed: a law without data members, or one with `visit` and "
                  "`name`");
    CHECK_REFUSES(save_state(out, with_law(nameless_law{})), "one with a state and without a name");
    CHECK_REFUSES(save_state(out, with_law(captures)), "one with a state and without visit");
    CHECK_REFUSES(save_state(out, with_law(any_law<float>(silent_law{}))), "one with a state and without visit");
    CHECK_REFUSES(save_state(out, with_law(warm_up(silent_law{}, 10))), "one with a state and without visit");
    BOOST_TEST(out.str().empty());
    save_state(out, with_law(stateless_law{}));
    save_state(out, with_law([](const observation<float>& seen) { return seen.lambda; }));
    save_state(out, with_law(any_law<float>(averaging_law{})));

    const auto method = with_law(silent_law{});
    const std::vector<float> theta(3);
    CHECK_REFUSES(checkpoint_every(1, "never written", method, theta), "without visit");
}

BOOST_AUTO_TEST_CASE(a_const_optimizer_can_be_saved) {
    auto method = stepped<linbreg<float, l1, averaging_law>>();
    const auto& seen = method;
    std::ostringstream out, printed;
    save_state(out, seen);
    BOOST_TEST((out.str() == saved(method)));
    BOOST_TEST((state_bytes(seen) == state_bytes(method)));
    print_state(printed, seen);
    BOOST_TEST(printed.str().find("law.calls = 1\n") != std::string::npos);
    BOOST_TEST(seen.dual().size() == std::size_t(size));
}

BOOST_AUTO_TEST_CASE(foreign_files_are_refused) {
    auto method = stepped();
    check_refused<std::invalid_argument>(method, "", "does not begin with BREGMAN1");
    check_refused<std::invalid_argument>(method, "BREGMAN", "does not begin with BREGMAN1");
    check_refused<std::invalid_argument>(method, "PK\3\4 something else entirely", "does not begin with BREGMAN1");
}

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_is_refused) {
    auto method = stepped(4);
    const std::string bytes = saved(method);
    const std::string before = state_bytes(method);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        BOOST_CHECK_THROW(load(bytes.substr(0, length), method), std::exception);
        BOOST_TEST((state_bytes(method) == before), "cut at " << length);
    }
    BOOST_CHECK_NO_THROW(load(bytes, method));
}

BOOST_AUTO_TEST_CASE(a_file_with_a_flipped_bit_is_refused) {
    auto method = stepped(4);
    const std::string bytes = saved(method);
    const std::string before = state_bytes(method);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = bytes;
            damaged[i] = char(damaged[i] ^ (1 << bit));
            BOOST_CHECK_THROW(load(damaged, method), std::exception);
            BOOST_TEST_REQUIRE((state_bytes(method) == before), "byte " << i << ", bit " << bit);
        }
}

BOOST_AUTO_TEST_CASE(a_stream_that_fails_is_reported) {
    auto method = stepped();
    std::ostringstream out;
    out.setstate(std::ios::badbit);
    BOOST_CHECK_EXCEPTION(save_state(out, method), std::runtime_error, says("writing failed"));
}

BOOST_AUTO_TEST_CASE(the_state_can_be_printed) {
    auto method = stepped(10);
    std::ostringstream out;
    print_state(out, method);
    const std::string text = out.str();
    for (const char* line : {"scalar float32, direction adam, mirror map euclidean, regularizer l1, law settling\n",
                             "step = 1\n", "step_size = 0.01\n", "direction.beta1 = 0.9\n", "mirror.delta = 1\n",
                             "target.targets = [1] 0.9\n", "dual = [10] ", "moment1 = [10] ", "moment2 = [10] "})
        BOOST_TEST(text.find(line) != std::string::npos, "no \"" << line << "\" in\n" << text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
