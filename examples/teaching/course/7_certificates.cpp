// Lesson 7: that A x = b holds proves nothing about a sparse x. A dual variable does.
#include <Eigen/Cholesky>

#include <bregman/problems/least_squares.hpp>
#include <bregman/solvers/recover.hpp>

#include "teaching/course/slide.hpp"

int main(int argc, char** argv) {
    return course::lesson("7_certificates", argc, argv, [](course::slide& slide) {
        // 200 unknowns, 12 of them not zero, 80 measurements without noise.
        const auto data = bregman::sparse_recovery<double>::gaussian(80, 200, 12, 0, 4);
        const Eigen::MatrixXd& A = data.problem.A;
        const Eigen::VectorXd& b = data.problem.b;
        const auto error = [&](const Eigen::VectorXd& x) { return (x - data.solution).norm() / data.solution.norm(); };
        const auto residual = [&](const Eigen::VectorXd& x) { return (A * x - b).norm() / b.norm(); };

        // The obvious way: solve A x = b and look at the residual. Here by the least ||x||_2, x = A'(A A')^-1 b.
        const Eigen::VectorXd x2 = A.transpose() * (A * A.transpose()).llt().solve(b);
        slide.say("least squares: ||A x - b|| / ||b||", residual(x2));
        slide.say("  relative error", error(x2));

        // min ||x||_1 subject to A x = b. The proof: a y with |A'y| <= 1 everywhere, and A'y = sign(x) where x is not 0.
        const auto found = bregman::recover_sparse(A, b);
        const Eigen::VectorXd z = A.transpose() * found.dual / found.certificate.lambda;
        slide.say("recover_sparse: ||A x - b|| / ||b||", residual(found.x));
        slide.say("  relative error", error(found.x));
        slide.say("  kkt of the certificate", found.certificate.kkt);
        slide.say("  largest |A'y| / lambda", z.lpNorm<Eigen::Infinity>());
        slide.promise("the certificate is of basis pursuit, and holds",
                      found.solved() && found.certificate.problem == bregman::problem_kind::constrained &&
                          found.certificate.kkt < 1e-6);
        slide.promise("only the certified x is the signal", error(found.x) < 1e-6 && error(x2) > 0.5);

        // What it does not prove: that the least ||x||_1 is what you meant. With 30 measurements it is another x.
        const bregman::least_squares<double> few{A.topRows(30), b.head(30)};
        const auto other = bregman::recover_sparse(few.A, few.b, {.bregman = {.delta_factor = 100}});
        slide.say("from 30 measurements: ||A x - b|| / ||b||", other.relative_residual);
        slide.say("  relative error", error(other.x));
        slide.say("  ||x||_1", other.x.lpNorm<1>());
        slide.say("  ||signal||_1, which is more", data.solution.lpNorm<1>());
        slide.promise("with too few measurements nothing is claimed", !other.solved());

        examples::figure picture{.title = "The proof: |A'y| <= 1, and +-1 where x is not zero",
                                 .x = {.label = "entry of x", .low = 0, .high = 199},
                                 .y = {.label = "A'y", .low = -1.25, .high = 1.25},
                                 .references = {{"bound", 1}, {"", -1}}};
        examples::plot_series zero{.name = "x = 0", .style = examples::plot_style::impulses};
        examples::plot_series signal{.name = "x is not 0", .style = examples::plot_style::points};
        for (int i = 0; i < z.size(); ++i) {
            examples::plot_series& series = found.x[i] == 0 ? zero : signal;
            series.x.push_back(i), series.y.push_back(z[i]);
        }
        picture.series = {zero, signal};
        return picture;
    });
}
