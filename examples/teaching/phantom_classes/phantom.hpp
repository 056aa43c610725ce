#pragma once

#include <cstdint>
#include <string>

namespace phantom_classes {

/// What scores the classes. Features have length 1.
enum class head {
    linear, ///< w.x
    bias,   ///< w.x + b, b without regularization
    cosine, ///< 16 w.x / (|w| + 0.001)
    gate    ///< 16 w.x / (|w| + 0.3) + b: a row may reach 0
};

enum class method {
    linbreg,     ///< the gradient
    adabreg,     ///< Adam's direction
    adabreg_mini ///< Adam's with one second moment for all rows together
};

struct variant {
    head scores = head::linear;
    method optimizer = method::linbreg;
    std::string law = "settling";
    double leak = 0;
    double decay = 0; ///< inside v
    double epsilon = 1e-8;
    bool births_by_evidence = false; ///< for adabreg: with_birth_by_evidence with its defaults
};

struct outcome {
    double dead = 0;     ///< share of the phantom rows that are zero
    double alive = 0;    ///< share of the real rows that are not
    double accuracy = 0; ///< of the real classes, on examples not learned from
    double sparsity = 0, lambda = 0;
};

constexpr int real = 20, phantom = 180, features = 32;

/// Learns 20 classes with a head that has rows for 180 more, which never occur: which rows must die is known.
outcome run(const variant& chosen, double target, int steps, std::uint64_t seed);

} // namespace phantom_classes
