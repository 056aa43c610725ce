#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <pybind11/functional.h>
#include <pybind11/pybind11.h>

#include <bregman/base/error.hpp>
#include <bregman/control/observation.hpp>

#include "keywords.hpp"

/// \file
/// A Python callable as a control law.

namespace bregman::python {

/// An observation as Python sees it, a bregman.laws.Observation. `lambda_for` works as long as `alive` says so.
template <class T>
py::object observation_to_python(const py::object& type, const observation<T>& seen,
                                 const std::shared_ptr<bool>& alive) {
    py::object lambda_for = py::none();
    if (seen.lambda_for)
        lambda_for = py::cpp_function(
            [&seen, alive](double sparsity) {
                if (!*alive)
                    throw std::runtime_error(
                        "lambda_for was kept by the law and called later; allowed: calls while the law "
                        "is asked; call it there and keep the number");
                return double(seen.lambda_for(T(sparsity)));
            },
            py::name("lambda_for"), py::arg("sparsity"));
    return type(seen.step, seen.epoch, double(seen.lambda), double(seen.sparsity), double(seen.target),
                double(seen.loss), seen.gradient_norm, seen.births, seen.deaths, seen.group, lambda_for,
                seen.can_tell_lambda, double(seen.granularity));
}

/// A bregman.laws.Observation, or anything with its attributes, as the library sees it.
template <class T>
observation<T> observation_from_python(py::handle seen) {
    const auto number = [&](const char* name) { return number_from(seen.attr(name), name); };
    const auto whole = [&](const char* name) { return py::cast<std::int64_t>(seen.attr(name)); };
    observation<T> result;
    result.step = whole("step");
    result.epoch = whole("epoch");
    result.lambda = T(number("lambda_"));
    result.sparsity = T(number("sparsity"));
    result.target = T(number("target"));
    result.loss = T(number("loss"));
    result.gradient_norm = number("gradient_norm");
    result.births = index_t(whole("births"));
    result.deaths = index_t(whole("deaths"));
    result.group = index_t(whole("group"));
    if (const py::object lambda_for = seen.attr("lambda_for"); !lambda_for.is_none())
        result.lambda_for = [lambda_for](T sparsity) {
            return T(number_from(lambda_for(double(sparsity)), "what lambda_for returned"));
        };
    result.can_tell_lambda = py::cast<bool>(seen.attr("can_tell_lambda"));
    result.granularity = T(number("granularity"));
    return result;
}

/// Any Python callable that takes an observation and returns the new lambda. The attributes `acts_at_once` and
/// `needs_lambda_for` of the callable mean what they mean in C++ (docs/concepts/control_law.md). Copies share the callable,
/// so that with a lambda for each group it tells groups apart by `seen.group`.
///
/// State files: a callable with `state_dict()` and `load_state_dict(state)`, whose state json can write, is saved with it;
/// plain functions without variables of their own have no state; others are refused.
///
/// It takes the GIL itself, whoever calls.
template <class T>
class python_law {
  public:
    std::string name;              ///< the callable's `name`, else that of the function or the class
    bool acts_at_once = false;     ///< as the callable's, which may change it with each call
    bool needs_lambda_for = false; ///< as the callable's

    explicit python_law(const py::object& law)
        : name(name_of(law)), acts_at_once(flag(law, "acts_at_once")), needs_lambda_for(flag(law, "needs_lambda_for")),
          held_(std::make_shared<held>(law)) {}

    T operator()(const observation<T>& seen) {
        const py::gil_scoped_acquire gil;
        restore();
        const auto alive = std::make_shared<bool>(true);
        const struct ends_with_call {
            bool& flag;
            ~ends_with_call() { flag = false; }
        } end{*alive};
        const py::object next = held_->law(observation_to_python(held_->observation_type, seen, alive));
        acts_at_once = flag(held_->law, "acts_at_once");
        return T(number_from(next, "lambda of the law " + name));
    }

    void check_can_be_saved() const {
        const py::gil_scoped_acquire gil;
        const bool saves = py::hasattr(held_->law, "state_dict") && py::hasattr(held_->law, "load_state_dict");
        const bool is_plain =
            PyFunction_Check(held_->law.ptr()) != 0 && PyFunction_GetClosure(held_->law.ptr()) == nullptr;
        if (!saves && !is_plain && PyCFunction_Check(held_->law.ptr()) == 0)
            refuse(
                "control law \"" + name + "\"", "one that may have a state, without state_dict",
                "a plain function without variables of an outer function, or an object with state_dict and "
                "load_state_dict",
                "give its class state_dict(self), which returns numbers in a dict, and load_state_dict(self, state)");
    }

    /// What is loaded reaches the callable with the next call, so that a file that is refused changes nothing.
    template <class Field>
    void visit(Field&& field) {
        const py::gil_scoped_acquire gil;
        const std::string before = loaded_.empty() ? state() : loaded_;
        std::string now = before;
        field("python_state", now);
        if (now != before) loaded_ = now;
    }

    /// What a loader asks of a state.
    void validate() const {
        if (loaded_.empty()) return;
        const py::gil_scoped_acquire gil;
        try {
            py::module_::import("json").attr("loads")(loaded_);
        } catch (const py::error_already_set&) {
            refuse("state of the law " + name, "no JSON", "what state_dict returned, as JSON", "load another file");
        }
    }

  private:
    // Copies and ends need the GIL, and copies of laws are made and ended by whoever holds it or not.
    struct held {
        py::object law, observation_type;

        explicit held(const py::object& callable)
            : law(callable), observation_type(py::module_::import("bregman.laws").attr("Observation")) {}
        held(const held&) = delete;
        held& operator=(const held&) = delete;
        ~held() {
            if (Py_IsInitialized() == 0) { // the interpreter has ended, and everything of it is gone
                (void)law.release(), (void)observation_type.release();
                return;
            }
            const py::gil_scoped_acquire gil;
            law = py::object();
            observation_type = py::object();
        }
    };

    static bool flag(const py::object& law, const char* attribute) {
        return py::bool_(py::getattr(law, attribute, py::bool_(false)));
    }
    static std::string name_of(const py::object& law) {
        for (const char* attribute : {"name", "__name__"})
            if (const py::object name = py::getattr(law, attribute, py::none()); py::isinstance<py::str>(name))
                return py::str(name);
        return type_name(law);
    }
    std::string state() const {
        if (!py::hasattr(held_->law, "state_dict")) return "";
        return py::str(py::module_::import("json").attr("dumps")(held_->law.attr("state_dict")()));
    }
    void restore() {
        if (loaded_.empty()) return;
        const std::string state = std::exchange(loaded_, "");
        held_->law.attr("load_state_dict")(py::module_::import("json").attr("loads")(state));
    }

    std::shared_ptr<held> held_;
    std::string loaded_; ///< a state that the callable has not been given yet
};

} // namespace bregman::python
