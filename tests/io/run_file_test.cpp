// Parameters and state in one file: load both elsewhere, continue, the same bits.
#include <algorithm>
#include <string>
#include <vector>

#include <bregman/bregman.hpp>

#include "io/continued_run.hpp"
#include "support/checks.hpp"
#include "support/scratch_folder.hpp"
#include "support/values.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(run_files)

using namespace continued_run;

namespace {

/// A network in small, as a list: rows, kernels, biases, each in a group.
struct network {
    std::vector<float> rows = normal_values<float>(200, 1), kernels = normal_values<float>(180, 2),
                       bias = normal_values<float>(20, 3), g = std::vector<float>(400);
    parameter_list<float, mixed> list;

    network() {
        list.add_group({.name = "rows", .regularizer = group_rows{}});
        list.add_view(rows.data(), g.data(), {{10, 20}});
        list.add_group({.name = "kernels", .regularizer = group_kernels{}, .step_size = 0.02});
        list.add_view(kernels.data(), g.data() + 200, {{5, 4, 3, 3}});
        list.add_group({.name = "bias", .regularizer = none{}, .counted = false});
        list.add_view(bias.data(), g.data() + 380, {{20}});
    }
    template <class Method>
    void run(Method& method, int from, int to) {
        for (int k = from; k < to; ++k) {
            std::ranges::copy(normal_values<float>(400, std::uint64_t(100 + k)), g.begin());
            method.step(list);
        }
    }
    bool same_as(const network& other) const {
        return same_bits(rows, other.rows) && same_bits(kernels, other.kernels) && same_bits(bias, other.bias);
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_run_is_saved_with_its_parameters) {
    const scratch_folder folder;
    const std::string path = folder / "run";
    linbreg<float> method({.lambda = 0.2f}), resumed;
    auto theta = normal_values<float>(size, 1);
    continue_run(method, theta, 0, 5);
    save_run(path, method, theta);
    continue_run(method, theta, 5, 9);
    std::vector<float> loaded(size);
    load_run(path, resumed, loaded);
    continue_run(resumed, loaded, 5, 9);
    BOOST_TEST(same_bits(theta, loaded));
    BOOST_TEST((state_bytes(method) == state_bytes(resumed)));

    std::vector<float> shorter(size - 1, 7.0f);
    linbreg<float> fresh;
    const std::string before = state_bytes(fresh);
    CHECK_REFUSES(load_run(path, fresh, shorter), "number of parameters in the state file = 300");
    BOOST_TEST((state_bytes(fresh) == before));
    BOOST_TEST(same_bits(shorter, std::vector<float>(size - 1, 7.0f)));
    CHECK_REFUSES(load_state(path, fresh), "with parameters"); // a run is not a state
}

BOOST_AUTO_TEST_CASE(a_network_is_saved_and_continues_with_the_same_bits) {
    const scratch_folder folder;
    const std::string path = folder / "run";
    using method_type = adabreg<float, mixed, quantile_law>;
    network trained, loaded;
    method_type method({.lambda = 0.2f}), resumed;
    trained.run(method, 0, 5);
    save_run(path, method, trained.list);
    trained.run(method, 5, 9);
    std::ranges::fill(loaded.rows, 7.0f);
    load_run(path, resumed, loaded.list);
    loaded.run(resumed, 5, 9);
    BOOST_TEST(trained.same_as(loaded));
    BOOST_TEST((state_bytes(method) == state_bytes(resumed)));

    network other;
    other.list.add_group({.name = "more", .regularizer = l1{}});
    std::vector<float> more(5), slope(5);
    other.list.add(more, slope);
    method_type fresh;
    const std::string before = state_bytes(fresh);
    CHECK_REFUSES(load_run(path, fresh, other.list),
                  "number of parameters in the state file = 400; allowed: that of the "
                  "optimizer, 405");
    BOOST_TEST((state_bytes(fresh) == before));
    BOOST_TEST(same_bits(other.rows, network().rows));
}

BOOST_AUTO_TEST_CASE(a_run_from_before_the_first_step_continues_too) {
    const scratch_folder folder;
    network trained, loaded;
    adabreg<float, mixed> method({.lambda = 0.2f}), resumed;
    save_run(folder / "list", method, trained.list);
    std::ranges::fill(loaded.rows, 7.0f);
    load_run(folder / "list", resumed, loaded.list);
    trained.run(method, 0, 3), loaded.run(resumed, 0, 3);
    BOOST_TEST(trained.same_as(loaded));

    linbreg<float> single, again;
    auto theta = normal_values<float>(size, 1);
    std::vector<float> back(size);
    save_run(folder / "tensor", single, theta);
    load_run(folder / "tensor", again, back);
    continue_run(single, theta, 0, 3), continue_run(again, back, 0, 3);
    BOOST_TEST(same_bits(theta, back));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
