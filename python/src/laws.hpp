#pragma once

#include <string>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>

#include <bregman/base/error.hpp>
#include <bregman/control/additive.hpp>
#include <bregman/control/any_law.hpp>
#include <bregman/control/band.hpp>
#include <bregman/control/damp_near_target.hpp>
#include <bregman/control/fixed.hpp>
#include <bregman/control/multiplicative.hpp>
#include <bregman/control/nupi.hpp>
#include <bregman/control/pid.hpp>
#include <bregman/control/quantile.hpp>
#include <bregman/control/rate_limit.hpp>
#include <bregman/control/settling.hpp>
#include <bregman/control/start_at_quantile.hpp>
#include <bregman/control/warm_up.hpp>

#include "keywords.hpp"
#include "python_law.hpp"

/// \file
/// Control laws from Python: one of the library by name with its settings, or any callable, as an any_law. A law of Python's
/// is described by a bregman.laws.Law (name, settings, law inside), which every extension module reads for itself.

namespace bregman::python {

/// The laws that can be named, in the order of bregman.laws.names().
inline const std::vector<std::string>& law_names() {
    static const std::vector<std::string> names = {"settling", "quantile", "multiplicative", "paper", "pid",
                                                   "nupi",     "band",     "additive",       "fixed"};
    return names;
}

/// What can be put around a law.
inline const std::vector<std::string>& law_modifier_names() {
    static const std::vector<std::string> names = {"rate_limit", "warm_up", "damp_near_target", "start_at_quantile"};
    return names;
}

namespace contract {
/// The names of anti_windup, in its order.
inline constexpr const char* anti_windup_names[] = {"none", "conditional", "back_calculation"};

/// The one setting that is a word in Python and a number in a state file.
inline py::dict with_numbers_for_words(const py::dict& settings) {
    const py::str key("on_saturation");
    if (!settings.contains(key) || !py::isinstance<py::str>(settings[key])) return settings;
    const std::string word = py::str(settings[key]);
    for (int i = 0; i < 3; ++i)
        if (word == anti_windup_names[i]) {
            py::dict copy;
            for (const auto& [name, value] : settings) copy[name] = value;
            copy[key] = i;
            return copy;
        }
    refuse("pid.on_saturation", word, "none, conditional or back_calculation", "conditional is the default");
}

struct no_settings {
    void visit(auto&&) {}
};
struct pace {
    std::int64_t every = 1;
    void visit(auto&& field) { field("every", every); }
};

/// f(settings, make): the settings of a law, with its defaults, and what makes the law of them.
template <class T, class Function>
decltype(auto) with_law(const std::string& name, Function&& f) {
    const auto make = []<class Law>(std::type_identity<Law>) {
        return [](const auto& settings) { return any_law<T>(Law(settings)); };
    };
    if (name == "settling") return f(no_settings{}, [](const auto&) { return any_law<T>(settling_law()); });
    if (name == "fixed") return f(no_settings{}, [](const auto&) { return any_law<T>(fixed_law()); });
    if (name == "quantile") return f(pace{}, [](const pace& s) { return any_law<T>(quantile_law(s.every)); });
    if (name == "multiplicative")
        return f(multiplicative_settings<T>{}, make(std::type_identity<multiplicative_law<T>>()));
    if (name == "paper")
        return f(multiplicative_settings<T>::of_paper(), make(std::type_identity<multiplicative_law<T>>()));
    if (name == "pid") return f(pid_settings<T>{}, make(std::type_identity<pid_law<T>>()));
    if (name == "nupi") return f(nupi_settings<T>{}, make(std::type_identity<nupi_law<T>>()));
    if (name == "band") return f(band_settings<T>{}, make(std::type_identity<band_law<T>>()));
    if (name == "additive") return f(additive_settings<T>{}, make(std::type_identity<additive_law<T>>()));
    std::string allowed;
    for (const auto& known : law_names()) allowed += (allowed.empty() ? "" : ", ") + known;
    refuse("law", "\"" + name + "\"", allowed, "name one of them, or pass a callable");
}
} // namespace contract

/// A law of the library by name, with the settings that are given and defaults for the others.
/// Errors: std::invalid_argument for another name and for settings out of range, TypeError for other settings.
template <class T>
any_law<T> law_by_name(const std::string& name, const py::dict& settings) {
    const py::dict numbers = contract::with_numbers_for_words(settings);
    return contract::with_law<T>(name, [&](auto chosen, auto make) {
        keyword_setter set(name, numbers, "bregman.laws." + name);
        chosen.visit(set);
        set.refuse_others();
        return make(chosen);
    });
}

/// The settings of a law and their defaults.
inline py::dict law_defaults(const std::string& name) {
    return contract::with_law<double>(name, [&](auto chosen, auto) {
        keyword_getter get;
        chosen.visit(get);
        const py::str key("on_saturation");
        if (get.fields.contains(key)) get.fields[key] = contract::anti_windup_names[py::cast<int>(get.fields[key])];
        return get.fields;
    });
}

template <class T>
any_law<T> law_from(py::handle law);

/// A law within another: what bregman.laws.rate_limit(law, ...) and its like describe.
template <class T>
any_law<T> modified_law_by_name(const std::string& name, py::handle inner, const py::dict& settings) {
    any_law<T> law = law_from<T>(inner);
    keyword_setter set(name, settings, "bregman.laws." + name);
    const auto finish = [&](auto made) {
        set.refuse_others();
        return any_law<T>(std::move(made));
    };
    if (name == "rate_limit") {
        double factor = 1.1;
        set("factor", factor);
        return finish(rate_limit(std::move(law), factor));
    }
    if (name == "warm_up") {
        std::int64_t steps = 0;
        set("steps", steps);
        return finish(warm_up(std::move(law), steps));
    }
    if (name == "damp_near_target") {
        double zone = 0.005, share = 0.1;
        set("zone", zone);
        set("share", share);
        return finish(damp_near_target(std::move(law), zone, share));
    }
    if (name == "start_at_quantile") {
        std::int64_t at_step = 1;
        set("at_step", at_step);
        return finish(start_at_quantile(std::move(law), at_step));
    }
    refuse("law", "\"" + name + "\" around a law", "rate_limit, warm_up, damp_near_target, start_at_quantile",
           "name one of them");
}

/// A control law from whatever Python passes as one: None for the default (settling), a name, a bregman.laws.Law, or any
/// callable that takes an observation and returns the new lambda. Call it with the GIL held.
/// Errors: std::invalid_argument (which pybind11 makes a ValueError) and TypeError.
template <class T>
any_law<T> law_from(py::handle law) {
    if (law.is_none()) return settling_law();
    if (py::isinstance<py::str>(law)) return law_by_name<T>(py::cast<std::string>(law), py::dict());
    const py::object type = py::module_::import("bregman.laws").attr("Law");
    if (py::isinstance(law, type)) {
        const auto name = py::cast<std::string>(law.attr("name"));
        const auto settings = py::cast<py::dict>(law.attr("settings"));
        const py::object inner = law.attr("inner");
        return inner.is_none() ? law_by_name<T>(name, settings) : modified_law_by_name<T>(name, inner, settings);
    }
    if (py::hasattr(law, "makes_a_law"))
        throw py::type_error("law = bregman.laws." + py::cast<std::string>(law.attr("__name__")) +
                             ", which makes laws; allowed: what it returns; write bregman.laws." +
                             py::cast<std::string>(law.attr("__name__")) + "(...)");
    if (PyType_Check(law.ptr()) == 0 && PyCallable_Check(law.ptr()) != 0)
        return python_law<T>(py::reinterpret_borrow<py::object>(law));
    throw py::type_error(
        "law = " + shown(law) +
        "; allowed: a name of bregman.laws.names(), a law such as bregman.laws.pid(), or a callable that "
        "takes an observation and returns the new lambda; pass one of them");
}

} // namespace bregman::python
