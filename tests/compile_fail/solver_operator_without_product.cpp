// An operator that knows no A^T y.
#include <bregman/solvers.hpp>

struct forward_only {
    bregman::index_t rows() const { return 3; }
    bregman::index_t cols() const { return 3; }
    void apply(const Eigen::VectorXd& x, Eigen::VectorXd& y) const { y = x; }
};

int main() {
    // expected: a linear operator needs
    bregman::recover_sparse(forward_only{}, Eigen::Vector3d(1, 2, 3));
}
