// State files, as load_state reads them: of optimizers with every law that has a state, of parameter groups with a lambda
// each, of another mirror map. The length and the checksum are made right, or nothing behind them is reached.
#include "fuzz_input.hpp"

#include <bregman/bregman.hpp>

#include <sstream>
#include <vector>

using namespace bregman;

namespace {

using any_linbreg = linbreg<float, l1, any_law<float>>;
using grouped = optimizer<momentum, euclidean<double>, l1, nupi_law<double>, eigen_backend<double>>;
using with_hypentropy = optimizer<amsgrad, hypentropy<float>, l1, multiplicative_law<float>, eigen_backend<float>>;

std::string file_of(std::string_view body) {
    std::string bytes(state_format::magic);
    fuzzing::append(bytes, body.size());
    bytes += body;
    fuzzing::append(bytes, fuzzing::checksum(body));
    return bytes;
}

/// The body of a file with some bytes of it changed: records of a place (two bytes), a count and as many bytes. So the
/// fuzzer starts from a file of the present format, whatever fields that has.
std::string edited(std::string body, std::string_view edits) {
    while (edits.size() > 3) {
        const std::size_t low = fuzzing::take_byte(edits), high = fuzzing::take_byte(edits);
        std::size_t place = low + 256 * high;
        for (int left = fuzzing::take_byte(edits) % 9; left > 0 && !edits.empty() && !body.empty(); --left, ++place)
            body[place % body.size()] = static_cast<char>(fuzzing::take_byte(edits));
    }
    return body;
}

template <class Optimizer>
bool loads(const std::string& file, Optimizer& into) {
    std::istringstream in(file);
    return fuzzing::refuses_or_reads([&] { load_state(in, into); });
}

/// make() gives the optimizer, step(optimizer) makes a step. What is refused changes nothing; what is accepted is what a
/// file of it holds, and can be stepped, or is of other tensors.
template <class Make, class Step>
void check(Make make, Step step, std::string_view input, std::uint8_t how) {
    constexpr std::uint8_t edits = 1, bound = 2;
    auto before = make();
    step(before);
    const std::string file = file_of(how & edits ? edited(state_bytes(before), input) : std::string(input));

    auto optimizer = make();
    if (how & bound) step(optimizer);
    const std::string old = state_bytes(optimizer);
    if (!loads(file, optimizer)) {
        fuzzing::require(state_bytes(optimizer) == old);
        return;
    }
    auto again = make();
    fuzzing::require(loads(file_of(state_bytes(optimizer)), again));
    fuzzing::require(state_bytes(again) == state_bytes(optimizer));
    fuzzing::refuses_or_reads([&] {
        step(optimizer);
        step(optimizer);
    });
}

any_law<float> law_of(std::uint8_t which) {
    switch (which % 7) {
    case 0:
        return pid_law<float>();
    case 1:
        return nupi_law<float>();
    case 2:
        return band_law<float>();
    case 3:
        return additive_law<float>();
    case 4:
        return start_at_quantile(rate_limit(multiplicative_law<float>(), 1.5));
    case 5:
        return warm_up(damp_near_target(multiplicative_law<float>(), .005, .1), 2);
    default:
        return quantile_law();
    }
}

template <class T>
std::vector<T> start() {
    return {T(.5), T(0), T(.25), T(-1), T(0), T(2)};
}
template <class T>
std::vector<T> gradient() {
    return {T(.5), T(-.25), T(.125), T(-1), T(0), T(.75)};
}

template <class T, class Optimizer>
void step_on_one(Optimizer& optimizer) {
    auto theta = start<T>();
    const auto slope = gradient<T>();
    optimizer.step(theta, slope);
}

void step_on_groups(grouped& optimizer) {
    auto theta = start<double>();
    const auto slope = gradient<double>();
    grouped::parameter_list list;
    list.add_group({.name = "weights", .regularizer = l1{}});
    list.add_view(theta.data(), slope.data(), tensor_shape{{4}});
    list.add_group({.name = "others", .regularizer = l1{}, .lambda_scale = .5});
    list.add_view(theta.data() + 4, slope.data() + 4, tensor_shape{{2}});
    optimizer.step(list);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto input = fuzzing::text_of(data, size);
    const std::uint8_t which = fuzzing::take_byte(input), how = which >> 6;
    if (which % 16 < 7) {
        check([&] { return any_linbreg({.lambda = .1f}, {}, {}, {}, law_of(which % 16)); },
              step_on_one<float, any_linbreg>, input, how);
    } else if (which % 16 < 12) {
        check([] { return grouped({.lambda = .1, .target = .5, .scope = lambda_scope::each_group}); }, step_on_groups,
              input, how);
    } else {
        check([] { return with_hypentropy({.lambda = .1f}); }, step_on_one<float, with_hypentropy>, input, how);
    }
    return 0;
}
