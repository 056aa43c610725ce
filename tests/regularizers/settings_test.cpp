// What element-wise and grouped regularizers refuse, and which axis a group lies along.
#include <bregman/policy/element_access.hpp>

#include "regularizers/all_regularizers.hpp"
#include "support/checks.hpp"

namespace bregman::testing {

BOOST_AUTO_TEST_SUITE(regularizer_settings)

BOOST_AUTO_TEST_CASE(numbers_out_of_range_are_refused) {
    CHECK_REFUSES(elastic_net{.ratio = -1}.validate(), "elastic_net.ratio = -1; allowed: >= 0");
    CHECK_REFUSES(elastic_net{.ratio = NAN}.validate(), "elastic_net.ratio = nan");
    CHECK_REFUSES((box{.low = 2, .high = 1}.validate()), "box.high = 1; allowed: >= box.low");
    CHECK_REFUSES((box{.low = NAN, .high = 1}.validate()), "box.low = nan");
    CHECK_REFUSES((box{.low = 0, .high = NAN}.validate()), "box.high = nan");
    CHECK_REFUSES((box{.low = INFINITY, .high = INFINITY}.validate()), "box.low = inf");
    CHECK_REFUSES((box{.low = -INFINITY, .high = -INFINITY}.validate()), "box.high = -inf");
    box{.low = -INFINITY, .high = INFINITY}.validate();
    CHECK_REFUSES(linf_ball{.radius = -1}.validate(), "linf_ball.radius = -1; allowed: >= 0");
    CHECK_REFUSES(sparse_group_lasso<>{.group_share = 1.5}.validate(),
                  "sparse_group_lasso.group_share = 1.5; allowed: [0, 1]; 1 is the group lasso, 0 is l1");
}

BOOST_AUTO_TEST_CASE(weights_that_do_not_fit_are_refused) {
    const std::vector<double> negative{1, -2}, unknown{NAN};
    CHECK_REFUSES(weighted_l1<double>::of(negative), "weighted_l1.weights at 1 = -2; allowed: >= 0, finite");
    CHECK_REFUSES(weighted_l1<double>::of(unknown), "weighted_l1.weights at 0 = nan");
    const std::vector<double> two{1, 0};
    CHECK_REFUSES(weighted_l1<double>::of(two).validate({{3}}),
                  "weighted_l1.weights size = 2; allowed: that of the tensor, 3");
    CHECK_REFUSES((weighted_l1<double>{nullptr, 2}.validate({{2}})), "weighted_l1.weights = nullptr");
    weighted_l1<double>::of(two).validate({{2, 1}});
}

BOOST_AUTO_TEST_CASE(a_column_has_as_many_elements_as_there_are_rows) {
    // Element (r, c) of a 2 x 3 matrix is 10 r + c; the sums over groups tell which axis they lie along.
    const std::vector<double> row_major{0, 1, 2, 10, 11, 12}, column_major{0, 10, 1, 11, 2, 12};
    const auto sums = [](const std::vector<double>& x, const tensor_shape& shape) {
        const group_layout layout = group_columns{}.groups(shape);
        BOOST_TEST(layout.size == 2);
        std::vector<double> result(std::size_t(layout.groups()));
        for (index_t g = 0; g < layout.groups(); ++g)
            for (index_t j = 0; j < layout.size; ++j) result[std::size_t(g)] += x[std::size_t(layout.at(g, j))];
        return result;
    };
    check_close(sums(row_major, {{2, 3}}), std::vector<double>{10, 12, 14}, 0);
    check_close(sums(column_major, {{2, 3}, storage_order::column_major}), std::vector<double>{10, 12, 14}, 0);
    // sqrt(n) with n = 2 rows: a column of norm 1 costs sqrt(2).
    const as_function<group_columns> j{{}, {{2, 3}}};
    BOOST_TEST(std::abs(j.value({1, 0, 0, 0, 0, 0}) - std::sqrt(2.0)) < 1e-15);
}

BOOST_AUTO_TEST_CASE(a_vector_is_one_column) {
    BOOST_TEST(group_columns{}.groups({{7}}).size == 7);
    BOOST_TEST(group_columns{}.groups({{7}}).groups() == 1);
    CHECK_REFUSES(group_columns{}.groups({{2, 3, 4}}),
                  "extent 2 of the tensor = 4; allowed: 1 behind rows and columns");
}

BOOST_AUTO_TEST_CASE(a_convolution_of_one_tap_has_the_columns_of_its_matrix) {
    for (const auto order : {storage_order::row_major, storage_order::column_major}) {
        const auto matrix = group_columns{}.groups({{2, 3}, order}),
                   layer = group_columns{}.groups({{2, 3, 1, 1}, order});
        BOOST_TEST((layer.outer == matrix.outer && layer.size == matrix.size && layer.inner == matrix.inner));
    }
}

BOOST_AUTO_TEST_CASE(sparse_group_lasso_lies_between_its_parts) {
    const std::vector<double> x{1, -0.2, 0.5, 0.01, 0.02, -0.03};
    const tensor_shape matrix{{2, 3}};
    const auto at = [&](double share) {
        return as_function<sparse_group_lasso<>>{{.group_share = share}, matrix}.prox(x, 0.1);
    };
    check_close(at(1), as_function<group_rows>{{}, matrix}.prox(x, 0.1), 0);
    check_close(at(0), as_function<l1>{{}, matrix}.prox(x, 0.1), 0);
    const auto half = at(0.5);
    BOOST_TEST((half[3] == 0 && half[4] == 0 && half[5] == 0)); // the group of small ones
    BOOST_TEST((half[0] != 0 && half[2] != 0));
}

BOOST_AUTO_TEST_CASE(names_tell_the_groups_apart) {
    BOOST_TEST(policy_name(sparse_group_lasso<group_columns>{}) == "sparse_group_lasso of group_columns");
    BOOST_TEST((policy_name(std::variant<none, sparse_group_lasso<>>{}) == "none|sparse_group_lasso of group_rows"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
