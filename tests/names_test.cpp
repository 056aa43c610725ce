// `using namespace bregman` goes together with what system headers put into the global namespace: POSIX has functions
// called index, select, access, remainder ... A policy of one's own is written like this.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/select.h>
#include <unistd.h>

#include <bregman/bregman.hpp>
#include <bregman/solvers.hpp>

#include "support/checks.hpp"

using namespace bregman;

namespace {

struct own_l1 {
    template <class V>
    V value(const V& x) const {
        return abs(x);
    }
    template <class V>
    V subgradient(const V& x) const {
        return sign(x);
    }
    template <class V, class T>
    V prox(const V& x, T t) const {
        return select(abs(x) > V(t), x - clamp(x, V(-t), V(t)), max(min(x, V(0)), V(0)));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(a_using_directive_is_enough) {
    const index_t size = 40;
    Eigen::VectorXf theta = Eigen::VectorXf::LinSpaced(size, -1, 1), slope = Eigen::VectorXf::Zero(size);
    linbreg<float, own_l1, fixed_law> optimizer({.lambda = 0.5f});
    optimizer.step(theta, slope);
    for (index_t i = 0; i < size; ++i)
        BOOST_TEST(theta[i] == float(-1 + i * (2.0 / 39)), boost::test_tools::tolerance(1e-5f));
    optimizer.step(theta, Eigen::VectorXf(Eigen::VectorXf::Ones(size)));
    const tensor_shape shape{{3, 4}};
    parameter_list<float, own_l1> parameters;
    BOOST_TEST(shape.size() == 12);
    BOOST_TEST(parameters.size() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
