#pragma once

#include <type_traits>

#include <bregman/operators/dense.hpp>
#include <bregman/operators/sparse.hpp>

namespace bregman {

/// What a solver works with when it is given `a`: a dense or sparse Eigen matrix becomes an operator that
/// refers to it, any other type is an operator already.
template <class A>
const A& as_operator(const A& a) {
    return a;
}
template <class T, int Order>
auto as_operator(const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Order>& a) {
    return dense_operator<T, Order>(a);
}
template <class T, int Order>
auto as_operator(const Eigen::SparseMatrix<T, Order>& a) {
    return sparse_operator<T, Order>(a);
}

} // namespace bregman
