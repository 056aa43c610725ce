#include <chrono>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <Eigen/SparseCore>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <bregman/operators/dense.hpp>
#include <bregman/solvers/recover.hpp>

#include "keywords.hpp"
#include "numpy_parts.hpp"

/// \file
/// recover_sparse for numpy arrays, matrices of scipy.sparse and pairs of callables. Arrays come as bregman/_recover.py has
/// checked them; what would be undefined otherwise is looked at here again.

namespace bregman::python {

namespace {

template <class T>
using flat_array = py::array_t<T, py::array::c_style | py::array::forcecast>;

/// A numpy matrix, used in place: C-contiguous (row-major) or F-contiguous.
template <class T>
class numpy_matrix {
  public:
    explicit numpy_matrix(const py::array& a) : held_(make(a)) {}

    index_t rows() const {
        return look([](const auto& a) { return a.rows(); });
    }
    index_t cols() const {
        return look([](const auto& a) { return a.cols(); });
    }
    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        look([&](const auto& a) { a.apply(x, y); });
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        look([&](const auto& a) { a.apply_transposed(y, x); });
    }
    void normal(const dense_vector<T>& x, const dense_vector<T>& b, dense_vector<T>& residual,
                dense_vector<T>& gradient) const {
        look([&](const auto& a) { a.normal(x, b, residual, gradient); });
    }
    void apply_on_support(const dense_vector<T>& x, const std::vector<index_t>& support, dense_vector<T>& y) const {
        look([&](const auto& a) { a.apply_on_support(x, support, y); });
    }
    dense_matrix<T> columns(const std::vector<index_t>& support) const {
        return look([&](const auto& a) { return a.columns(support); });
    }

  private:
    using by_columns = dense_operator<T, Eigen::ColMajor>;
    using by_rows = dense_operator<T, Eigen::RowMajor>;
    using held = std::variant<by_columns, by_rows>;

    template <class Function>
    decltype(auto) look(Function&& f) const {
        return std::visit(f, held_);
    }
    static held make(const py::array& a) {
        const bool is_c = (a.flags() & py::array::c_style) != 0, is_f = (a.flags() & py::array::f_style) != 0;
        require(py::isinstance<py::array_t<T>>(a) && a.ndim() == 2 && (is_c || is_f), "A",
                std::string(py::str(a.dtype())), "a matrix without gaps", "pass what numpy.ascontiguousarray returns");
        const auto* data = static_cast<const T*>(a.data());
        const index_t rows = a.shape(0), cols = a.shape(1);
        if (is_f) return by_columns(typename by_columns::view(data, rows, cols, Eigen::OuterStride<>(rows)));
        return by_rows(typename by_rows::view(data, rows, cols, Eigen::OuterStride<>(cols)));
    }

    held held_;
};

/// A matrix of scipy.sparse, used in place: CSC or CSR with 32-bit indices, which Python has checked.
template <class T>
class scipy_matrix {
    template <int Order>
    using map = Eigen::Map<const Eigen::SparseMatrix<T, Order, int>>;
    using held = std::variant<map<Eigen::ColMajor>, map<Eigen::RowMajor>>;

  public:
    scipy_matrix(index_t rows, index_t cols, bool by_columns, const py::array_t<int>& starts,
                 const py::array_t<int>& indices, const py::array_t<T>& values)
        : held_(make(rows, cols, by_columns, starts, indices, values)) {}

    index_t rows() const {
        return std::visit([](const auto& a) { return index_t(a.rows()); }, held_);
    }
    index_t cols() const {
        return std::visit([](const auto& a) { return index_t(a.cols()); }, held_);
    }
    void apply(const dense_vector<T>& x, dense_vector<T>& y) const {
        y.resize(rows());
        std::visit([&](const auto& a) { y.noalias() = a * x; }, held_);
    }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const {
        x.resize(cols());
        std::visit([&](const auto& a) { x.noalias() = a.transpose() * y; }, held_);
    }

  private:
    static held make(index_t rows, index_t cols, bool by_columns, const py::array_t<int>& starts,
                     const py::array_t<int>& indices, const py::array_t<T>& values) {
        require(starts.size() == (by_columns ? cols : rows) + 1 && indices.size() >= values.size(), "A",
                "a sparse matrix", "one whose arrays fit each other", "look at A.check_format()");
        if (by_columns)
            return map<Eigen::ColMajor>(rows, cols, values.size(), starts.data(), indices.data(), values.data());
        return map<Eigen::RowMajor>(rows, cols, values.size(), starts.data(), indices.data(), values.data());
    }

    held held_;
};

/// Two Python callables as A and its adjoint. They are given copies, which they may keep.
template <class T>
class callable_operator {
  public:
    callable_operator(index_t rows, index_t cols, py::object apply, py::object adjoint)
        : rows_(rows), cols_(cols), apply_(std::move(apply)), adjoint_(std::move(adjoint)) {}

    index_t rows() const { return rows_; }
    index_t cols() const { return cols_; }
    void apply(const dense_vector<T>& x, dense_vector<T>& y) const { call(apply_, x, y, rows_, "A x"); }
    void apply_transposed(const dense_vector<T>& y, dense_vector<T>& x) const { call(adjoint_, y, x, cols_, "A^T y"); }

  private:
    static void call(const py::object& callable, const dense_vector<T>& in, dense_vector<T>& out, index_t size,
                     const char* what) {
        const py::gil_scoped_acquire gil;
        const py::object given = callable(py::array_t<T>(in.size(), in.data()));
        const py::array any = py::array::ensure(given);
        const char kind = any ? any.dtype().kind() : 'O';
        if (kind != 'f' && kind != 'i' && kind != 'u')
            throw py::type_error(std::string(what) + " is " +
                                 (any ? "of " + std::string(py::str(any.dtype())) : type_name(given)) +
                                 "; allowed: real numbers; let the callable return an array of floats");
        if (any.ndim() != 1 || any.size() != size)
            refuse(std::string("shape of ") + what, std::string(py::repr(any.attr("shape"))),
                   "(" + std::to_string(size) + ",)", "let the callable return a vector of that size");
        const flat_array<T> values = flat_array<T>::ensure(any);
        if (!values) throw py::error_already_set();
        out = Eigen::Map<const dense_vector<T>>(values.data(), values.size());
    }

    index_t rows_, cols_;
    py::object apply_, adjoint_; // of a caller who holds the GIL when they end
};

/// Names the settings that are numbers.
template <class T, class Field>
void visit_settings(recover_settings<T>& s, Field& field) {
    field("residual", s.stop.residual);
    field("noise_norm", s.stop.noise_norm);
    field("discrepancy_factor", s.stop.discrepancy_factor);
    field("kkt", s.stop.kkt);
    field("gap", s.stop.gap);
    field("max_iterations", s.stop.max_iterations);
    field("seconds", s.stop.seconds);
    field("certify", s.certify);
    field("significance", s.significance);
    field("stages", s.stages);
    field("lambda_", s.bregman.lambda);
    field("delta_factor", s.bregman.delta_factor);
    field("delta_growth", s.delta_growth);
    field("first_attempt", s.first_attempt);
    field("next_attempt", s.next_attempt);
    field("threshold", s.threshold);
    field("largest_support", s.largest_support);
}

template <class Value>
std::string word(const Value& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

template <class T>
py::dict to_python(const solver_result<T>& result) {
    const auto vector = [](const dense_vector<T>& values) { return py::array_t<T>(values.size(), values.data()); };
    const auto& seen = result.certificate;
    py::dict certificate, all;
    certificate["problem"] = word(seen.problem);
    certificate["lambda_"] = seen.lambda;
    certificate["delta"] = seen.delta;
    certificate["noise_norm"] = seen.noise_norm;
    certificate["feasibility"] = seen.feasibility;
    certificate["kkt"] = seen.kkt;
    certificate["gap"] = seen.gap;
    certificate["objective"] = seen.objective;
    all["x"] = vector(result.x);
    all["dual"] = vector(result.dual);
    all["status"] = word(result.reason);
    all["solved"] = result.solved();
    all["iterations"] = result.iterations;
    all["best_iteration"] = result.best_iteration;
    all["operator_pairs"] = result.operator_pairs;
    all["seconds"] = result.seconds;
    all["relative_residual"] = result.relative_residual;
    all["certificate"] = certificate;
    return all;
}

/// Shows iterates to Python, now and then also without a callback: that is when Ctrl-C comes through.
template <class T>
class python_observer {
  public:
    explicit python_observer(py::object callback) : callback_(std::move(callback)) {}

    bool operator()(const solver_progress<T>& now) {
        using clock = std::chrono::steady_clock;
        const bool shows = !callback_.is_none();
        if (!shows && clock::now() < next_look_) return true;
        next_look_ = clock::now() + std::chrono::milliseconds(50);
        const py::gil_scoped_acquire gil;
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        if (!shows) return true;
        const py::object answer = callback_(now.iteration, double(now.relative_residual), now.operator_pairs,
                                            now.seconds, py::array_t<T>(now.x.size(), now.x.data()));
        return !answer.is(py::bool_(false));
    }

  private:
    py::object callback_; // of a caller who holds the GIL when it ends
    std::chrono::steady_clock::time_point next_look_ = std::chrono::steady_clock::now();
};

template <class T, class A>
py::dict recover(const A& a, const flat_array<T>& data, const py::dict& settings, const py::object& callback,
                 const std::optional<flat_array<T>>& warm_start) {
    recover_settings<T> chosen;
    keyword_setter set("recover_sparse", settings, "bregman.recover_sparse");
    visit_settings(chosen, set);
    set.refuse_others();
    chosen.validate();
    chosen.stop.validate();
    python_observer<T> observer(callback);
    chosen.observer = observer; // by reference, so that no copy of a Python object is made without the GIL
    if (warm_start) chosen.warm_start = Eigen::Map<const dense_vector<T>>(warm_start->data(), warm_start->size());
    const dense_vector<T> b = Eigen::Map<const dense_vector<T>>(data.data(), data.size());
    solver_result<T> result;
    {
        const py::gil_scoped_release others_run;
        result = recover_sparse(a, b, chosen);
    }
    return to_python(result);
}

template <class T>
void add_recover(py::module_& module, const std::string& suffix) {
    using vector = flat_array<T>;
    module.def(("recover_dense_" + suffix).c_str(),
               [](const py::array& a, const vector& b, const py::dict& settings, const py::object& callback,
                  const std::optional<vector>& warm_start) {
                   return recover<T>(numpy_matrix<T>(a), b, settings, callback, warm_start);
               },
               py::arg("a"), py::arg("b"), py::arg("settings"), py::arg("callback"), py::arg("warm_start"),
               "recover_sparse with a numpy matrix.");
    module.def(("recover_scipy_" + suffix).c_str(),
               [](index_t rows, index_t cols, bool by_columns, const py::array_t<int>& starts,
                  const py::array_t<int>& indices, const py::array_t<T>& values, const vector& b,
                  const py::dict& settings, const py::object& callback, const std::optional<vector>& warm_start) {
                   const scipy_matrix<T> a(rows, cols, by_columns, starts, indices, values);
                   return recover<T>(a, b, settings, callback, warm_start);
               },
               py::arg("rows"), py::arg("cols"), py::arg("by_columns"), py::arg("starts"), py::arg("indices"),
               py::arg("values"), py::arg("b"), py::arg("settings"), py::arg("callback"), py::arg("warm_start"),
               "recover_sparse with the arrays of a scipy.sparse matrix.");
    module.def(("recover_callable_" + suffix).c_str(),
               [](index_t rows, index_t cols, const py::object& apply, const py::object& adjoint, const vector& b,
                  const py::dict& settings, const py::object& callback, const std::optional<vector>& warm_start) {
                   return recover<T>(callable_operator<T>(rows, cols, apply, adjoint), b, settings, callback,
                                     warm_start);
               },
               py::arg("rows"), py::arg("cols"), py::arg("apply"), py::arg("adjoint"), py::arg("b"),
               py::arg("settings"), py::arg("callback"), py::arg("warm_start"), "recover_sparse with two callables.");
}

} // namespace

void add_solvers(py::module_& module) {
    add_recover<double>(module, "float64");
    add_recover<float>(module, "float32");
    module.def("noise_norm_of", &noise_norm_of, py::arg("standard_deviation"), py::arg("measurements"),
               "The norm that noise of this standard deviation stays below.");
    module.def(
        "recover_statuses",
        [] {
            std::vector<std::string> names;
            for (int i = 0; i <= int(solver_stop::least_squares); ++i) names.push_back(word(solver_stop(i)));
            return names;
        },
        "The names of all reasons to end.");
    module.def(
        "recover_defaults",
        [] {
            keyword_getter get;
            recover_settings<double> defaults;
            visit_settings(defaults, get);
            return get.fields;
        },
        "The settings of recover_sparse, with their defaults.");
}

} // namespace bregman::python
