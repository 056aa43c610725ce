#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <bregman/concepts.hpp>
#include <bregman/control/modified_law.hpp>
#include <bregman/policy/state_visit.hpp>

namespace bregman {

/// Any control law behind one type, for programs that choose the law at run time. Keeps what the law can do
/// beyond being called: its state (`visit`), its check of lambda0 (`validate`), its name and `acts_at_once`.
template <class T>
class any_law {
  public:
    std::string name;
    bool acts_at_once = false;     ///< as the law's, which may change it with each call
    bool needs_lambda_for = false; ///< as the law's

    template <class Law>
        requires(!std::is_same_v<std::remove_cvref_t<Law>, any_law>)
    any_law(Law law)
        : name(policy_name(law)), needs_lambda_for(bregman::needs_lambda_for(law)),
          held_(std::make_unique<holder<Law>>(std::move(law))) {
        static_assert(control_law<Law, T>, "bregman: a control law must be copy-constructible and callable as "
                                           "`T law(const observation<T>&)`; see docs/concepts/control_law.md");
        acts_at_once = held_->acts_at_once();
    }
    any_law(const any_law& other)
        : name(other.name), acts_at_once(other.acts_at_once), needs_lambda_for(other.needs_lambda_for),
          held_(other.held_->clone()) {}
    any_law(any_law&&) noexcept = default;
    any_law& operator=(any_law other) noexcept {
        name = std::move(other.name);
        acts_at_once = other.acts_at_once;
        needs_lambda_for = other.needs_lambda_for;
        held_ = std::move(other.held_);
        return *this;
    }

    T operator()(const observation<T>& seen) {
        const T next = held_->call(seen);
        acts_at_once = held_->acts_at_once();
        return next;
    }
    void validate() const { held_->validate(); }
    void validate(T lambda0) const { held_->validate(lambda0); }
    void check_can_be_saved() const { held_->check_can_be_saved(); }

    /// The law itself, when it is a `Law`; else nullptr.
    template <class Law>
    Law* held_as() {
        auto* held = dynamic_cast<holder<Law>*>(held_.get());
        return held ? &held->law : nullptr;
    }
    template <class Law>
    const Law* held_as() const {
        return const_cast<any_law*>(this)->template held_as<Law>();
    }

    template <class Field>
    void visit(Field&& field) {
        held_->visit([&](std::string_view field_name, field_pointer pointer) {
            std::visit([&](auto* value) { field(field_name, *value); }, pointer);
        });
    }

  private:
    using field_pointer = std::variant<bool*, int*, std::int64_t*, float*, double*, std::string*,
                                       std::vector<std::int64_t>*, std::vector<float>*, std::vector<double>*>;
    using sink = std::function<void(std::string_view, field_pointer)>;

    struct interface {
        virtual ~interface() = default;
        virtual std::unique_ptr<interface> clone() const = 0;
        virtual T call(const observation<T>& seen) = 0;
        virtual bool acts_at_once() const = 0;
        virtual void validate() const = 0;
        virtual void validate(T lambda0) const = 0;
        virtual void check_can_be_saved() const = 0;
        virtual void visit(const sink& field) = 0;
    };

    template <class Law>
    struct holder final : interface {
        Law law;
        explicit holder(Law l) : law(std::move(l)) {}
        std::unique_ptr<interface> clone() const override { return std::make_unique<holder>(law); }
        T call(const observation<T>& seen) override { return T(law(seen)); }
        bool acts_at_once() const override { return bregman::acts_at_once(law); }
        void validate() const override { validate_state_of_law(law); }
        void validate(T lambda0) const override { validate_law(law, lambda0); }
        void check_can_be_saved() const override { check_law_can_be_saved(law); }
        void visit([[maybe_unused]] const sink& field) override {
            auto pass = [&field](std::string_view field_name, auto& value) { field(field_name, &value); };
            if constexpr (requires { law.visit(pass); }) law.visit(pass);
        }
    };

    std::unique_ptr<interface> held_;
};

} // namespace bregman
