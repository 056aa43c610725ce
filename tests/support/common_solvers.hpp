#pragma once

#include <bregman/solvers.hpp>

/// \file
/// The solvers on dense matrices, which most tests call, are compiled once, in common_solvers.cpp: each costs a second and more
/// in every translation unit, with optimisation two.

// BREGMAN_COMMON_SOLVERS(extern, T) or (, T): the declarations or the definitions of the instances for a scalar.
#define BREGMAN_COMMON_SOLVERS(PREFIX, T)                                                                              \
    PREFIX template solver_result<T> linearised_bregman(const dense_matrix<T>&, const dense_vector<T>&,                \
                                                        const linearised_bregman_settings<T>&);                        \
    PREFIX template solver_result<T> bregman_iteration(const dense_matrix<T>&, const dense_vector<T>&,                 \
                                                       const bregman_iteration_settings<T>&);                          \
    PREFIX template solver_result<T> multilevel_linearised_bregman(const dense_matrix<T>&, const dense_vector<T>&,     \
                                                                   const multilevel_settings<T>&);                     \
    PREFIX template solver_result<T> sparse_kaczmarz(const dense_matrix<T>&, const dense_vector<T>&,                   \
                                                     const sparse_kaczmarz_settings<T>&);                              \
    PREFIX template solver_result<T> proximal_gradient(const dense_matrix<T>&, const dense_vector<T>&,                 \
                                                       const lasso_settings<T>&);                                      \
    PREFIX template solver_result<T> fista(const dense_matrix<T>&, const dense_vector<T>&, const lasso_settings<T>&);  \
    PREFIX template solver_result<T> rda(const dense_matrix<T>&, const dense_vector<T>&, const rda_settings<T>&);      \
    PREFIX template solver_result<T> recover_sparse(const dense_matrix<T>&, const dense_vector<T>&,                    \
                                                    const recover_settings<T>&);                                       \
    PREFIX template solver_result<T> poisson_descent(const dense_matrix<T>&, const dense_vector<T>&,                   \
                                                     const poisson_settings<T>&);                                      \
    PREFIX template solver_result<T> minimise_penalised(const dense_matrix<T>&, const dense_vector<T>&,                \
                                                        const penalised_settings<T>&);                                 \
    PREFIX template split_lbi_result<T> split_lbi(const dense_matrix<T>&, const dense_vector<T>&,                      \
                                                  const split_lbi_settings<T>&);                                       \
    PREFIX template solver_result<T> polish(const dense_matrix<T>&, const dense_vector<T>&, const dense_vector<T>&,    \
                                            const polish_settings<T>&);                                                \
    PREFIX template solver_result<T> linearised_bregman(const dense_operator<T>&, const dense_vector<T>&,              \
                                                        const linearised_bregman_settings<T>&);                        \
    PREFIX template solver_result<T> polish(const dense_operator<T>&, const dense_vector<T>&, const dense_vector<T>&,  \
                                            const polish_settings<T>&);                                                \
    PREFIX template certificate<T> certify(const problem_statement<T>&, const dense_matrix<T>&,                        \
                                           const dense_vector<T>&, const dense_vector<T>&, const dense_vector<T>&);

namespace bregman {

BREGMAN_COMMON_SOLVERS(extern, float)
BREGMAN_COMMON_SOLVERS(extern, double)

} // namespace bregman
