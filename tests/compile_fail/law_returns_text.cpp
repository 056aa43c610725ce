// A control law must return a lambda.
#include <string>

#include <bregman/bregman.hpp>

int main() {
    auto law = [](const bregman::observation<float>&) { return std::string("0.1"); };
    // expected: bregman: a control law must be copy-constructible and callable as `T law(const observation<T>&)`
    bregman::make_linbreg<float>({}, law);
}
