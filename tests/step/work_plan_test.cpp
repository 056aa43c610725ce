// by_kind.hpp and work_plan.hpp: which kind a regularizer is of, and how a list is cut into work.
#include <string>
#include <variant>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/common_optimizers.hpp"

namespace bregman::testing {

namespace {

template <class Regularizer>
std::string kind_of(const Regularizer& regularizer, bool grouped = true) {
    return by_kind<float>(
        regularizer, grouped, [](const auto& r) { return "elements of " + policy_name(r); },
        [](const auto& r) { return "groups of " + policy_name(r); },
        [](const auto& r) { return "the whole of " + policy_name(r); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(work_plans)

BOOST_AUTO_TEST_CASE(a_regularizer_is_of_one_kind) {
    BOOST_TEST(kind_of(l1{}) == "elements of l1");
    BOOST_TEST(kind_of(group_rows{}) == "groups of group_rows");
    BOOST_TEST(kind_of(group_rows{}, false) == "elements of l1"); // what it is for groups of one
    BOOST_TEST(kind_of(total_variation{}) == "the whole of total_variation");
    BOOST_TEST(kind_of(common_regularizers(none{})) == "elements of none");
    BOOST_TEST(kind_of(common_regularizers(group_kernels{})) == "groups of group_kernels");
    BOOST_TEST(policy_name(part_within(group_rows{})) == "none");
    BOOST_TEST(part_within(sparse_group_lasso<>{0.25}).weight == 0.75);
}

BOOST_AUTO_TEST_CASE(chunks_cover_a_list_and_cut_no_group) {
    std::vector<float> memory(5000), slope(5000);
    parameter_list<float, common_regularizers> list;
    list.add_group({.regularizer = l1{}});
    list.add_view(memory.data(), slope.data(), {{1000}});
    list.add_group({.regularizer = group_rows{}});
    list.add_view(memory.data() + 1000, slope.data(), {{30, 70}});
    const work_plan plan = work_plan::make<float>(list, 300);
    BOOST_TEST(plan.size == 3100);
    BOOST_TEST(plan.tensors[1].offset == 1000);
    BOOST_TEST(plan.tensors[1].grouped);
    index_t next[] = {0, 0};
    for (const work_plan::chunk& chunk : plan.chunks) {
        BOOST_TEST(chunk.first == next[chunk.tensor]);
        BOOST_TEST((chunk.last - chunk.first) * (chunk.tensor == 1 ? 70 : 1) <= 300);
        next[chunk.tensor] = chunk.last;
    }
    BOOST_TEST(next[0] == 1000); // elements
    BOOST_TEST(next[1] == 30);   // groups
}

BOOST_AUTO_TEST_CASE(a_plan_is_of_the_list_that_it_was_made_from) {
    std::vector<float> memory(12), elsewhere(12), slope(12);
    const auto list_of = [&](float* theta, tensor_shape shape, common_regularizers regularizer) {
        parameter_list<float, common_regularizers> list;
        list.add_group({.regularizer = regularizer});
        list.add_view(theta, slope.data(), shape);
        return list;
    };
    const auto list = list_of(memory.data(), {{3, 4}}, group_rows{});
    const work_plan plan = work_plan::make<float>(list, 300);
    BOOST_TEST(plan.is_of(list));
    BOOST_TEST(plan.is_of(list_of(elsewhere.data(), {{3, 4}}, group_rows{}))); // memory may move
    BOOST_TEST(!plan.is_of(list_of(memory.data(), {{4, 3}}, group_rows{})));
    BOOST_TEST(!plan.is_of(list_of(memory.data(), {{3, 4}, storage_order::column_major}, group_rows{})));
    BOOST_TEST(!plan.is_of(list_of(memory.data(), {{3, 4}}, l1{})));
    auto longer = list;
    longer.add_group({.regularizer = l1{}});
    BOOST_TEST(!plan.is_of(longer));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
