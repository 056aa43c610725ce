#pragma once

#include <string>
#include <utility>

#include <bregman/concepts.hpp>
#include <bregman/control/observation.hpp>
#include <bregman/policy/state_visit.hpp>

namespace bregman {

/// Shows lambda0 to a law that wants to see it.
template <class Law, class T>
void validate_law(const Law& law, T lambda0) {
    if constexpr (requires { law.validate(lambda0); }) law.validate(lambda0);
}

/// Asks a law whether what it was loaded with is what its constructor would have taken.
template <class Law>
void validate_state_of_law(const Law& law) {
    if constexpr (requires { law.validate(); }) law.validate();
}

/// Any law, changed by a rule: what warm_up, rate_limit, damp_near_target and start_at_quantile return. It is
/// a law itself, so they compose. Everything that the law can do beyond being called is kept: its state, its
/// check of lambda0, its name and acts_at_once. A rule of your own needs
///
///     static constexpr const char* name;
///     T operator()(const observation<T>& seen, Law& law);  // law(seen) asks the law inside
///     void visit(Field&& field);                           // the rule's settings and state, for state files
///     void validate() const;      // optional: throws for settings out of range
///     bool is_starting() const;   // optional, for rules that replace lambda0: it is not shown to the law
///                                 // inside, and theta is computed again with what the rule returns
template <class Rule, class Law>
class modified_law {
    static constexpr bool replaces_start = requires(const Rule& rule) { rule.is_starting(); };

  public:
    std::string name;      ///< "rule(law)"
    bool acts_at_once;     ///< as the law inside, after each call
    bool needs_lambda_for; ///< the rule or the law inside does

    modified_law(Rule rule, Law law)
        : name(std::string(Rule::name) + "(" + policy_name(law) + ")"),
          needs_lambda_for(bregman::needs_lambda_for(rule) || bregman::needs_lambda_for(law)), rule_(std::move(rule)),
          law_(std::move(law)) {
        acts_at_once = acts_now();
        if constexpr (requires { rule_.validate(); }) rule_.validate();
    }

    template <class T>
    T operator()(const observation<T>& seen) {
        static_assert(control_law<Law, T>, "bregman: a control law must be copy-constructible and callable as "
                                           "`T law(const observation<T>&)`; see docs/concepts/control_law.md");
        const T next = T(rule_(seen, law_));
        acts_at_once = acts_now();
        return next;
    }

    /// Settings and state of rule and law, after a state file has set them.
    void validate() const {
        if constexpr (requires { rule_.validate(); }) rule_.validate();
        validate_state_of_law(law_);
    }
    template <class T>
    void validate([[maybe_unused]] T lambda0) const {
        if constexpr (!replaces_start) validate_law(law_, lambda0);
    }

    void check_can_be_saved() const { check_law_can_be_saved(law_); } // a rule has visit and name by contract

    /// What the law is changed by.
    const Rule& rule() const { return rule_; }
    /// The law below.
    const Law& law() const { return law_; }

    template <class Field>
    void visit(Field&& field) {
        rule_.visit(field);
        auto inside = prefixed("law.", field);
        if constexpr (requires { law_.visit(inside); }) law_.visit(inside);
    }

  private:
    bool acts_now() const {
        if constexpr (replaces_start)
            if (rule_.is_starting()) return true;
        return bregman::acts_at_once(law_);
    }

    Rule rule_;
    Law law_;
};

} // namespace bregman
