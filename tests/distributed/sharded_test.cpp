// v and moments split among processes: every bit is that of one process, for all laws, rules and kinds of regularizers, whatever
// the number of processes; so is a state that another number of them has saved. The processes are threads.
#include <concepts>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/distributed/sharded.hpp>
#include <bregman/distributed/shared_files.hpp>

#include "distributed/recorded_tasks.hpp"
#include "support/checks.hpp"
#include "support/common_optimizers.hpp"
#include "support/scratch_folder.hpp"
#include "support/thread_communicator.hpp"

namespace bregman::testing {

namespace {

/// Eigen's, with chunks that a small test has many of.
struct small_chunks : eigen_backend<float> {
    index_t elements_of_chunk = 64;
    index_t chunk_size() const { return elements_of_chunk; }
};
using shared_backend = sharded<small_chunks, thread_communicator>;
static_assert(backend<shared_backend> && contract::shared_out<shared_backend>);
static_assert(!contract::shared_out<eigen_backend<float>>);
// With nobody to share with nothing is added to a step: it takes the path of the backend alone.
using alone = sharded<eigen_backend<float>, one_process>;
static_assert(backend<alone> && !contract::shared_out<alone> && std::derived_from<alone, eigen_backend<float>>);

/// What a run leaves: lambda and the counts of every step, the state, theta.
template <class Method, class Task>
std::string trace_of(Method& method, Task& task, int from, int to) {
    std::ostringstream trace;
    trace.precision(9);
    for (int k = from; k < to; ++k) {
        task.draw(k);
        method.set_epoch(k / 7);
        const auto report = method.step(task.list, float(k));
        trace << report.lambda << ' ' << report.next_lambda << ' ' << report.sparsity << ' ' << report.gradient_norm
              << ' ' << report.births << ' ' << report.deaths << '\n';
    }
    return trace.str() + state_bytes(method) +
           std::string(reinterpret_cast<const char*>(task.theta.data()), task.theta.size() * sizeof(float));
}

/// All processes get the same trace, and so do 1, 2, 3 and 4 of them as `expected`.
template <class Make>
void check_traces(const std::string& expected, const std::string& what, Make trace_with) {
    for (const int processes : {1, 2, 3, 4})
        for (const std::string& trace : on_processes(processes, trace_with))
            BOOST_TEST((trace == expected), what << ", " << processes << " processes");
}

std::vector<any_law<float>> laws() {
    return {fixed_law(),
            multiplicative_law<float>(),
            additive_law<float>(),
            pid_law<float>({.derivative = 0.1f}),
            nupi_law<float>(),
            band_law<float>({.cooldown = 2}),
            quantile_law(),
            quantile_law(3),
            settling_law(),
            start_at_quantile(multiplicative_law<float>(), 4),
            rate_limit(quantile_law(), 1.1)};
}

struct impatient {
    static constexpr const char* name = "impatient";
    float operator()(const observation<float>& seen) const {
        if (seen.step == 3) throw std::runtime_error("enough");
        return seen.lambda;
    }
};

template <class Backend>
using common_method = optimizer<adam, euclidean<float>, common_regularizers, any_law<float>, Backend>;
template <class Backend>
using other_method = optimizer<with_freeze<with_turnover<with_decoupled_weight_decay<adam_mini>>>, euclidean<float>,
                               other_regularizers, any_law<float>, Backend>;

template <class Backend>
auto make_common(Backend backend, const any_law<float>& law, dual_rule rule = dual_rule::keep,
                 lambda_scope scope = lambda_scope::shared) {
    return common_method<Backend>({.step_size = 0.02f,
                                   .lambda = 0.3f,
                                   .target = target_schedule<float>({0.5f, 0.7f, 0.9f}),
                                   .clip_norm = 20,
                                   .on_lambda_change = rule,
                                   .scope = scope},
                                  {}, {.delta = 1.5f}, {}, law, std::move(backend));
}

} // namespace

BOOST_AUTO_TEST_SUITE(sharded_state)

BOOST_AUTO_TEST_CASE(every_law_rule_and_scope_has_the_bits_of_one_process) {
    const auto check = [](const any_law<float>& law, dual_rule rule, lambda_scope scope, double least_density) {
        const auto trace = [&](auto backend) {
            auto method = make_common(std::move(backend), law, rule, scope);
            common_task task(least_density);
            return trace_of(method, task, 0, 15);
        };
        std::ostringstream what;
        what << law.name << ", " << rule << ", scope " << int(scope) << ", least density " << least_density;
        const std::string alone = trace(small_chunks());
        BOOST_TEST(alone.find("nan") == std::string::npos);
        check_traces(alone, what.str(), [&](thread_communicator& all) { return trace(shared_backend(all)); });
    };
    for (const auto& law : laws()) check(law, dual_rule::keep, lambda_scope::shared, 0);
    check(quantile_law(), dual_rule::keep, lambda_scope::each_group, 0.3);
    for (const dual_rule rule : all_dual_rules) check(multiplicative_law<float>(), rule, lambda_scope::each_group, 0.3);
}

BOOST_AUTO_TEST_CASE(whole_tensors_columns_and_weights_of_elements_too) {
    for (const bool quantile : {false, true}) { // which cannot invert the total variation, nor a part within groups
        const auto trace = [&](auto backend) {
            other_method<decltype(backend)> method(
                {.step_size = 0.02f, .lambda = 0.3f, .target = quantile ? 0.99f : 0.7f}, {}, {}, {},
                quantile ? any_law<float>(quantile_law()) : any_law<float>(multiplicative_law<float>()),
                std::move(backend));
            other_task task;
            if (quantile) { // asks for more zeros than can vanish: some weights are 0
                recorded<other_regularizers> some(1100);
                some.list.add_group({.name = "weighted", .regularizer = weighted_l1<float>::of(other_task::weights)});
                some.add({{500}});
                some.list.add_group({.name = "columns", .regularizer = group_columns{}});
                some.add({{20, 30}});
                const std::string before = trace_of(method, some, 0, 15);
                some.draw(15);
                method.freeze(some.list);
                return before + trace_of(method, some, 15, 20);
            }
            return trace_of(method, task, 0, 15);
        };
        const std::string alone = trace(small_chunks());
        check_traces(alone, quantile ? "quantile" : "all",
                     [&](thread_communicator& all) { return trace(shared_backend(all)); });
    }
}

BOOST_AUTO_TEST_CASE(chunks_as_they_are_have_the_bits_of_the_plain_backend) {
    const auto trace = [](auto backend) {
        auto method = make_common(std::move(backend), quantile_law());
        common_task task(0, 60); // 46,620 elements and 36,600 in rows
        return trace_of(method, task, 0, 4);
    };
    const std::string alone = trace(eigen_backend<float>());
    check_traces(alone, "quantile", [&](thread_communicator& all) { return trace(shared_backend(all, {{}, 16384})); });
}

BOOST_AUTO_TEST_CASE(a_state_of_four_goes_on_with_any_number) {
    const auto method_with = [](auto backend) { return make_common(std::move(backend), quantile_law()); };
    std::string whole;
    {
        auto method = method_with(small_chunks());
        common_task task;
        trace_of(method, task, 0, 8);
        whole = trace_of(method, task, 8, 16);
    }
    struct saved {
        std::string file;
        std::vector<float> theta;
    };
    const auto of_four = on_processes(4, [&](thread_communicator& all) {
        auto method = method_with(shared_backend(all));
        common_task task;
        trace_of(method, task, 0, 8);
        std::ostringstream file;
        save_state(file, method);
        return saved{file.str(), task.theta};
    });
    for (const saved& each : of_four) BOOST_TEST((each.file == of_four[0].file));
    const auto go_on = [&](auto backend) {
        auto method = method_with(std::move(backend));
        common_task task;
        task.theta = of_four[0].theta; // the same memory: the list points to it
        std::istringstream file(of_four[0].file);
        load_state(file, method);
        return trace_of(method, task, 8, 16);
    };
    BOOST_TEST((go_on(small_chunks()) == whole));
    for (const int processes : {1, 2, 3})
        for (const std::string& trace :
             on_processes(processes, [&](thread_communicator& all) { return go_on(shared_backend(all)); }))
            BOOST_TEST((trace == whole), processes << " processes");
}

BOOST_AUTO_TEST_CASE(a_run_is_written_once_and_refused_by_all) {
    const scratch_folder folder;
    const std::string path = folder / "run", nowhere = folder / "no/folder/run";
    const auto run = [&](thread_communicator& all) {
        common_task task, other;
        auto method = make_common(shared_backend(all), fixed_law()),
             loaded = make_common(shared_backend(all), fixed_law());
        trace_of(method, task, 0, 3);
        save_run(path, method, task.list, all);
        load_run(path, loaded, other.list, all);
        std::string text =
            task.theta == other.theta && state_bytes(method) == state_bytes(loaded) ? "" : "another run. ";
        try {
            save_run(nowhere, method, task.list, all);
        } catch (const std::runtime_error& error) {
            text += error.what();
        }
        try {
            load_run(nowhere, method, task.list, all);
        } catch (const std::runtime_error& error) {
            text += std::string(" / ") + error.what();
        }
        return text;
    };
    for (const std::string& text : on_processes(3, run))
        BOOST_TEST(text == "cannot write " + nowhere +
                               ": No such file or directory; does the folder exist, and is it writable?" +
                               " / state file: cannot read " + nowhere + "; does it exist?");
    auto plain = make_common(small_chunks(), fixed_law());
    common_task task;
    load_run(path, plain, task.list);
    BOOST_TEST(plain.steps() == 3);
}

BOOST_AUTO_TEST_CASE(what_looks_at_v_sees_all_of_it) {
    const auto look = [](auto backend) {
        auto method = make_common(std::move(backend), multiplicative_law<float>());
        common_task task;
        std::ostringstream seen;
        seen << method.size() << ' ' << method.dual().size() << ' ';
        trace_of(method, task, 0, 5);
        task.draw(5); // all have a gradient
        seen << method.size() << ' ' << method.dual().size() << ' ' << method.distance_from_image(task.list) << ' '
             << method.lambda_for(task.list, 0.8f) << ' ';
        task.theta[777 + 60] += 1; // in the second tensor that is not empty
        task.theta[1500] += 0.5f;  // in the kernels
        seen << method.distance_from_image(task.list) << ' ';
        method.restart_from(task.list);
        for (const group_count& of_group : method.counts()) seen << of_group.nonzeros << ' ';
        method.set_lambda(task.list, 0.7f);
        method.bind(task.list);
        // A list may grow: v of what was there stays, wherever the shares now end.
        task.list.add_view(task.theta.data() + 2100, task.g.data() + 2100, {{400}});
        method.step(task.list);
        return seen.str() + state_bytes(method);
    };
    const std::string alone = look(small_chunks());
    BOOST_TEST(alone.substr(0, 4) == "0 0 ");
    check_traces(alone, "looks", [&](thread_communicator& all) { return look(shared_backend(all)); });
}

BOOST_AUTO_TEST_CASE(a_sparse_theta_costs_a_fifth_of_a_dense_one) {
    const auto bytes = on_processes(4, [](thread_communicator& all) {
        common_method<shared_backend> method({.step_size = 0.02f, .target = 0.95f}, {}, {}, {}, quantile_law(),
                                             shared_backend(all));
        recorded<common_regularizers> task(4000);
        task.list.add_group({.name = "weights", .regularizer = l1{}});
        task.add({{4000}});
        trace_of(method, task, 0, 3);
        return method.get_backend().exchanged();
    });
    std::int64_t sent = 0, dense = 0;
    for (const exchanged_bytes& each : bytes) sent += each.last, dense += each.last_dense;
    BOOST_TEST(dense == 4000 * 4);
    BOOST_TEST(5 * sent <= dense, sent << " bytes of " << dense);
}

BOOST_AUTO_TEST_CASE(lists_that_differ_are_refused_by_all) {
    const auto texts = on_processes(3, [](thread_communicator& all) -> std::string {
        std::vector<float> theta(300, 1), g(300, 1);
        parameter_list<float, common_regularizers> list;
        list.add_view(theta.data(), g.data(), {{all.rank() == 2 ? 299 : 300}});
        auto method = make_common(shared_backend(all), fixed_law());
        try {
            method.step(list);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "";
    });
    for (const std::string& text : texts)
        BOOST_TEST(
            text ==
            "tensor 0 of process 2 = 299 elements in group 0; allowed: that of process 0, 300 elements in group 0; "
            "step the same list on all processes");
}

BOOST_AUTO_TEST_CASE(a_law_that_throws_leaves_the_same_theta_everywhere) {
    const auto run = [](auto backend) {
        auto method = make_common(std::move(backend), impatient());
        common_task task;
        try {
            trace_of(method, task, 0, 5);
        } catch (const std::runtime_error&) {
            return std::string(reinterpret_cast<const char*>(task.theta.data()), task.theta.size() * sizeof(float)) +
                   state_bytes(method);
        }
        return std::string();
    };
    const std::string alone = run(small_chunks());
    BOOST_TEST(!alone.empty());
    check_traces(alone, "a law that throws", [&](thread_communicator& all) { return run(shared_backend(all)); });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
