#pragma once

/// \file
/// Linear operators and the solvers on them; needs only Eigen. docs/solvers/index.md says which one to use.

#include <bregman/operators/adjoint.hpp>
#include <bregman/operators/as_operator.hpp>
#include <bregman/operators/columnwise.hpp>
#include <bregman/operators/composed.hpp>
#include <bregman/operators/convolution_2d.hpp>
#include <bregman/operators/diagonal.hpp>
#include <bregman/operators/fourier.hpp>
#include <bregman/operators/matrix_free.hpp>
#include <bregman/operators/norm.hpp>
#include <bregman/operators/partial_dct.hpp>
#include <bregman/operators/sampling_mask.hpp>
#include <bregman/operators/wavelet.hpp>
#include <bregman/solvers/bregman_iteration.hpp>
#include <bregman/solvers/certificate.hpp>
#include <bregman/solvers/linearised_bregman.hpp>
#include <bregman/solvers/multilevel.hpp>
#include <bregman/solvers/penalised.hpp>
#include <bregman/solvers/penalised_path.hpp>
#include <bregman/solvers/poisson.hpp>
#include <bregman/solvers/polish.hpp>
#include <bregman/solvers/proximal_gradient.hpp>
#include <bregman/solvers/rda.hpp>
#include <bregman/solvers/recover.hpp>
#include <bregman/solvers/solver_regularizer.hpp>
#include <bregman/solvers/sparse_kaczmarz.hpp>
#include <bregman/solvers/split_lbi.hpp>
