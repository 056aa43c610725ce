// docs/policies/control/any_law.md
#include "../snippets.hpp"
#include "on_noise.hpp"

#include <string>

#include <bregman/bregman.hpp>

namespace {

bregman::any_law<float> law_called(const std::string& name) {
    if (name == "pid") return bregman::pid_law<float>();
    if (name == "quantile") return bregman::quantile_law();
    return bregman::fixed_law{};
}

} // namespace

bool any_law_works() {
    bool works = true;
    for (const char* name : {"pid", "quantile", "fixed"}) {
        auto optimizer = bregman::make_linbreg<float>({.lambda = 0.1f, .target = 0.9f}, law_called(name));
        works = works && optimizer.law().name == name && after_noise(optimizer, 10).steps() == 10;
    }
    return works;
}
