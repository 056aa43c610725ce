#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <pybind11/pybind11.h>

#include <bregman/base/error.hpp>

/// \file
/// Settings of the library from keyword arguments: `visit` names them, so that Python knows the same names.

namespace bregman::python {

namespace py = pybind11;

/// The name of a Python object's type, for messages.
inline std::string type_name(py::handle object) { return py::str(py::type::of(object).attr("__name__")); }

/// A Python object as refusals show it: in one short line.
inline std::string shown(py::handle object) {
    return py::str(py::module_::import("bregman._words").attr("shown")(object));
}

/// A Python number as a double: of everything with __float__, but neither texts nor bools.
inline double number_from(py::handle object, const std::string& what) {
    const double value = PyBool_Check(object.ptr()) ? -1 : PyFloat_AsDouble(object.ptr());
    if (PyBool_Check(object.ptr()) || (value == -1 && PyErr_Occurred() != nullptr)) {
        if (PyErr_Occurred() != nullptr && PyErr_ExceptionMatches(PyExc_TypeError) == 0) throw py::error_already_set();
        PyErr_Clear();
        throw py::type_error(what + " = " + shown(object) + "; allowed: a number; it is of type " + type_name(object));
    }
    return value;
}

/// A field visitor that sets what keyword arguments name.
class keyword_setter {
  public:
    /// `owner` is what the settings are of, `help` the Python name that explains them, where there is one.
    keyword_setter(std::string owner, const py::dict& keywords, std::string help = "")
        : owner_(std::move(owner)), help_(std::move(help)), keywords_(keywords) {}

    template <class V>
    void operator()(std::string_view name, V& value) {
        const py::str key{std::string(name)};
        known_ += (known_.empty() ? "" : ", ") + std::string(name);
        if (!keywords_.contains(key)) return;
        ++found_;
        const py::object given = keywords_[key];
        const std::string what = owner_ + "." + std::string(name);
        if constexpr (std::is_floating_point_v<V>)
            value = V(number_from(given, what));
        else if constexpr (std::is_same_v<V, bool>)
            value = truth(given, what);
        else
            value = whole_number<V>(given, what);
    }

    /// Throws TypeError for a keyword that no field has.
    void refuse_others() const {
        if (found_ == keywords_.size()) return;
        for (const auto& [key, value] : keywords_) {
            const std::string name = py::str(key);
            if ((", " + known_ + ",").find(", " + name + ",") == std::string::npos)
                throw py::type_error(owner_ + " has no setting \"" + name +
                                     "\"; allowed: " + (known_.empty() ? "none" : known_) + "; " +
                                     (help_.empty() ? "leave it out" : "help(" + help_ + ") explains them"));
        }
    }

  private:
    static bool truth(const py::object& given, const std::string& what) {
        const std::string type = type_name(given);
        if (type != "bool" && type != "bool_") // numpy has a bool of its own
            throw py::type_error(what + " = " + shown(given) + "; allowed: True or False; it is of type " + type);
        return py::bool_(given);
    }
    template <class V>
    static V whole_number(const py::object& given, const std::string& what) {
        if (PyBool_Check(given.ptr()) || PyIndex_Check(given.ptr()) == 0)
            throw py::type_error(what + " = " + shown(given) + "; allowed: a whole number; it is of type " +
                                 type_name(given));
        const py::object whole = py::reinterpret_steal<py::object>(PyNumber_Index(given.ptr()));
        if (!whole) throw py::error_already_set();
        int overflow = 0;
        const long long value = PyLong_AsLongLongAndOverflow(whole.ptr(), &overflow);
        if (overflow != 0 || static_cast<long long>(V(value)) != value)
            refuse(what, shown(given), "a number of steps", "this one is too large");
        return V(value);
    }

    std::string owner_, help_, known_;
    const py::dict& keywords_;
    std::size_t found_ = 0;
};

/// A field visitor that collects names and values.
struct keyword_getter {
    py::dict fields;

    template <class V>
    void operator()(std::string_view name, const V& value) {
        fields[py::str(std::string(name))] = value;
    }
};

} // namespace bregman::python
