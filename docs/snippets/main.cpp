#include <iostream>

#include "snippets.hpp"

int main() {
    int failures = 0;
    auto check = [&](const char* name, bool works) {
        std::cout << (works ? "ok      " : "FAILED  ") << name << '\n';
        failures += !works;
    };
    check("sign_direction", sign_direction_works());
    check("nonnegative_l1", nonnegative_l1_works());
    check("own_law", own_law_works());
    check("own_observer", own_observer_works());
    check("groups", groups_work());
    check("readme", readme_works());
    check("solver", solver_works());
    check("noisy_solver", noisy_solver_works());
    check("certificate", certificate_works());
    check("own_operator", own_operator_works());
    return failures;
}
