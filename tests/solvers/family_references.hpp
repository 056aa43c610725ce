#pragma once

#include <bregman/base/finite.hpp>

#include "support/problem_families.hpp"

/// \file
/// Made by make_family_references.py: the least ||x||_1 with A x = b (HiGHS; NaN where no x solves it), and
/// the lasso's objective at lambda 0.1 ||A^T b||_inf (scikit-learn).

namespace bregman::testing {

struct family_reference {
    matrix_family family;
    std::uint64_t seed;
    double basis_pursuit, lasso;
};

inline const family_reference family_references[] = {
    {matrix_family::gaussian, 1, 3.8950787054238143, 0.6617816080370074},
    {matrix_family::gaussian, 2, 1.9795072160799738, 0.1568420584771213},
    {matrix_family::signs, 1, 3.8950787054238147, 0.5892938910158435},
    {matrix_family::signs, 2, 1.9795072160799738, 0.19919614007221667},
    {matrix_family::correlated, 1, 3.8950787054238134, 0.48130651452888834},
    {matrix_family::correlated, 2, 1.9795072160799738, 0.15449812170299584},
    {matrix_family::duplicate_columns, 1, 3.8950787054238036, 0.7380655147949624},
    {matrix_family::duplicate_columns, 2, 1.979507216079976, 0.1753841184840821},
    {matrix_family::zero_columns, 1, 3.377319790865841, 0.5822909656343738},
    {matrix_family::zero_columns, 2, 1.9795072160799738, 0.15684235364009633},
    {matrix_family::constant_column, 1, 3.8950787054238143, 0.6617816080370074},
    {matrix_family::constant_column, 2, 1.9795072160799738, 0.1568420584771213},
    {matrix_family::duplicate_rows, 1, 3.8950787054238107, 0.7563391203750028},
    {matrix_family::duplicate_rows, 2, 1.979507216079974, 0.1331403250595351},
    {matrix_family::tall, 1, 3.895078705423815, 0.6958128433766941},
    {matrix_family::tall, 2, 1.979507216079972, 0.15798375321044061},
    {matrix_family::tall_inconsistent, 1, nan_of<double>(), 1.3561844148964717},
    {matrix_family::tall_inconsistent, 2, nan_of<double>(), 0.2548795661454642},
    {matrix_family::one_row, 1, 1.7643320524504853, 1.1484486143823325},
    {matrix_family::one_row, 2, 0.2023050308469755, 0.01818219179684576},
    {matrix_family::one_column, 1, 1.9941581817772507, 0.3696958332249237},
    {matrix_family::one_column, 2, 0.30470143134702266, 0.005938538921041793},
    {matrix_family::one_by_one, 1, 1.994158181777251, 2.3611459445323093},
    {matrix_family::one_by_one, 2, 0.30470143134702266, 0.10804599733580574},
    {matrix_family::differences, 1, 3.8950787054238143, 1.2486642687721192},
    {matrix_family::differences, 2, 1.9795072160799738, 0.28335711463970303},
    {matrix_family::long_direction, 1, 3.8950787054238143, 3.3046466483148556},
    {matrix_family::long_direction, 2, 1.979507216079974, 0.34235573239417405},
    {matrix_family::partial_dct, 1, 3.895078705423814, 0.3144097776250136},
    {matrix_family::partial_dct, 2, 1.9795072160799725, 0.05367246301572127},
    {matrix_family::convolution, 1, 3.1744755079623497, 0.1423969868718601},
    {matrix_family::convolution, 2, 4.1348794895166385, 0.2269134148252692},
    {matrix_family::mask, 1, 1.3740788266483153, 0.11033226808564442},
    {matrix_family::mask, 2, 0.7766729730050694, 0.05730598616467067},
};

} // namespace bregman::testing
