// What a program of a user instantiates, compiled with the warnings that users switch on (check_flags.sh).
#include <string>
#include <variant>
#include <vector>

#include <bregman/bregman.hpp>
#include <bregman/solvers.hpp>

using namespace bregman;
using regularizers =
    std::variant<none, l1, group_rows, group_kernels, n_of_m, sparse_group_lasso<group_rows>, elastic_net>;

template <class Optimizer>
void use(const std::string& path) {
    using T = typename Optimizer::scalar;
    std::vector<T> theta(12, T(1)), slope(12, T(0.1));
    typename Optimizer::parameter_list list;
    list.add_group({.name = "rows", .regularizer = group_rows{}, .least_density = 0.1, .step_size = 0.2});
    list.add_view(theta.data(), slope.data(), {{3, 4}});
    Optimizer optimizer({.step_size = T(0.1), .clip_norm = T(1)});
    optimizer.step(list);
    optimizer.require_image(list);
    optimizer.restart_from(list);
    optimizer.set_lambda(list, optimizer.lambda_for(list, T(0.5)));
    save_state(path, optimizer);
    load_state(path, optimizer);
    save_run(path, optimizer, list);
    load_run(path, optimizer, list);
}

int main() {
    use<adabreg<float, regularizers>>("state");
    use<linbreg_momentum<double, regularizers>>("state");
    linbreg<float, l1, quantile_law> exact;
    Eigen::VectorXf x = Eigen::VectorXf::Ones(5), g = x;
    exact.step(x, g);
    Eigen::MatrixXd a = Eigen::MatrixXd::Random(4, 9);
    const Eigen::VectorXd b = a.col(0);
    return recover_sparse(a, b).x.size() == 9 ? 0 : 1;
}
