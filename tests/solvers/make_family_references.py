#!/usr/bin/python3
"""Objectives of basis pursuit and of the lasso on the families of tests/support/problem_families.hpp.

usage: make_family_references.py > tests/solvers/family_references.hpp

Compiles a program that writes the problems (g++ and Eigen), solves them with scipy's HiGHS (min ||x||_1, A x = b, as a
linear program) and scikit-learn's Lasso (lambda 0.1 ||A^T b||_inf), and prints a table. Debian: python3-scipy,
python3-sklearn.
"""

import pathlib
import subprocess
import tempfile

import numpy
import scipy.optimize
import sklearn.linear_model

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = r"""
#include <cstdio>
#include "support/problem_families.hpp"
using namespace bregman::testing;
int main() {
    for (auto family : all_matrix_families)
        for (std::uint64_t seed : {1, 2}) {
            const auto p = make_problem<double>({.matrix = family, .seed = seed});
            const auto A = p.dense();
            std::printf("%s %d %d %d\n", name_of(family), int(seed), int(A.rows()), int(A.cols()));
            for (auto i = 0 * A.size(); i < A.size(); ++i) std::printf("%.17g ", A.data()[i]);
            std::puts("");
            for (double b : p.b) std::printf("%.17g ", b);
            std::puts("");
        }
}
"""


def problems():
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "problems.cpp"
        source.write_text(PROGRAM)
        program = source.with_suffix("")
        includes = ["-I", ROOT / "include", "-I", ROOT / "tests", "-isystem", "/usr/include/eigen3"]
        subprocess.run(["g++", "-std=c++20", "-O1", *includes, source, "-o", program], check=True)
        lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
    for head, matrix, data in zip(lines[0::3], lines[1::3], lines[2::3]):
        name, seed, rows, columns = head.split()
        a = numpy.array(matrix.split(), float).reshape(int(columns), int(rows)).T
        yield name, int(seed), a, numpy.array(data.split(), float)


def basis_pursuit(a, b):
    """The least ||x||_1 with A x = b; NaN where there is no such x."""
    n = a.shape[1]
    found = scipy.optimize.linprog(
        numpy.ones(2 * n), A_eq=numpy.hstack([a, -a]), b_eq=b, method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10})
    return found.fun if found.status == 0 else float("nan")


def lasso(a, b, weight):
    """min ||A x - b||^2 / 2 + weight ||x||_1."""
    model = sklearn.linear_model.Lasso(alpha=weight / len(b), fit_intercept=False, tol=1e-14, max_iter=1000000)
    x = model.fit(a, b).coef_
    return numpy.sum((a @ x - b) ** 2) / 2 + weight * numpy.abs(x).sum()


def main():
    print("#pragma once\n")
    print("#include <bregman/base/finite.hpp>\n")
    print("#include \"support/problem_families.hpp\"\n")
    print("/// \\file\n/// Made by make_family_references.py: the least ||x||_1 with A x = b (HiGHS; NaN where no x solves it), and")
    print("/// the lasso's objective at lambda 0.1 ||A^T b||_inf (scikit-learn).\n")
    print("namespace bregman::testing {\n")
    print("struct family_reference {\n    matrix_family family;\n    std::uint64_t seed;")
    print("    double basis_pursuit, lasso;\n};\n")
    print("inline const family_reference family_references[] = {")
    for name, seed, a, b in problems():
        pursuit = basis_pursuit(a, b)
        weight = 0.1 * numpy.abs(a.T @ b).max()
        text = "nan_of<double>()" if numpy.isnan(pursuit) else repr(float(pursuit))
        print(f"    {{matrix_family::{name}, {seed}, {text}, {float(lasso(a, b, weight))!r}}},")
    print("};\n\n} // namespace bregman::testing")


if __name__ == "__main__":
    main()
