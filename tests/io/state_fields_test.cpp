// Files with a right checksum and a wrong content: every field with values at and beyond its range. Refused with nothing
// changed, or taken and then worked with.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <bregman/bregman.hpp>

#include "support/checks.hpp"
#include "support/common_optimizers.hpp"
#include "support/scratch_folder.hpp"
#include "support/values.hpp"

namespace bregman::testing {

namespace {

/// A field as it stands in a file.
struct raw_field {
    std::string name;
    char code;
    std::string bytes;
    std::uint64_t count;
};
struct raw_file {
    std::string description;
    std::vector<raw_field> fields;

    explicit raw_file(std::string_view body) {
        const auto take = [&](std::uint64_t n) {
            const std::string_view taken = body.substr(0, n);
            body.remove_prefix(n);
            return std::string(taken);
        };
        const auto number = [&] {
            std::uint64_t n;
            std::memcpy(&n, take(8).data(), 8);
            return n;
        };
        description = take(number());
        while (!body.empty()) {
            raw_field field{take(number()), take(1)[0], {}, number()};
            field.bytes = take(field.count * width(field.code));
            fields.push_back(field);
        }
    }
    static std::uint64_t width(char code) {
        return std::string("bs").find(code) != std::string::npos    ? 1
               : std::string("ifF").find(code) != std::string::npos ? 4
                                                                    : 8;
    }
    raw_field& at(const std::string& name) {
        for (raw_field& field : fields)
            if (field.name == name) return field;
        BOOST_FAIL("no field " + name);
        return fields[0];
    }
    /// With head and a right checksum.
    std::string bytes() const {
        std::string body;
        state_format::put(body, description);
        for (const raw_field& field : fields) {
            state_format::put(body, field.name);
            body.push_back(field.code);
            state_format::put(body, field.count);
            body += field.bytes;
        }
        std::string file(state_format::magic);
        state_format::put(file, std::uint64_t(body.size()));
        file += body;
        state_format::put(file, state_format::checksum(body));
        return file;
    }
};

template <class V>
std::string bytes_of(V value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}
/// The whole number that a value is, or the largest where there is none: 1e30 has no int64.
template <class Integer>
Integer whole(double value) {
    const double most = double(std::numeric_limits<Integer>::max());
    return std::abs(value) < most ? Integer(value) : std::numeric_limits<Integer>::max();
}

/// A number as the field's type holds it.
std::string bytes_of(char code, double value) {
    switch (code) {
    case 'b':
        return bytes_of(char(value));
    case 'i':
        return bytes_of(whole<std::int32_t>(value));
    case 'l':
    case 'L':
        return bytes_of(whole<std::int64_t>(value));
    case 'f':
    case 'F':
        return bytes_of(float(value));
    default:
        return bytes_of(value);
    }
}

using stateful = optimizer<adam, euclidean<float>, common_regularizers, any_law<float>, eigen_backend<float>>;

struct two_groups {
    std::vector<float> theta = normal_values<float>(60, 1), g = normal_values<float>(60, 2);
    parameter_list<float, common_regularizers> list;
    two_groups() {
        list.add_group({.name = "weights", .regularizer = l1{}});
        list.add_view(theta.data(), g.data(), {{40}});
        list.add_group({.name = "rows", .regularizer = group_rows{}});
        list.add_view(theta.data() + 40, g.data() + 40, {{4, 5}});
    }
};

stateful made(const any_law<float>& law, lambda_scope scope) {
    return stateful({.lambda = 0.2f, .scope = scope}, {}, {}, {}, law);
}

/// Loads the file: refused, and the optimizer is as it was; or taken, and it steps on. Returns whether it was refused.
bool refuses(const any_law<float>& law, lambda_scope scope, const std::string& bytes, const std::string& what) {
    auto loaded = made(law, scope);
    two_groups tensors;
    loaded.step(tensors.list);
    const std::string before = state_bytes(loaded);
    std::istringstream in(bytes);
    try {
        load_state(in, loaded);
    } catch (const std::invalid_argument&) {
        BOOST_TEST((state_bytes(loaded) == before), what);
        return true;
    } catch (const std::runtime_error&) {
        BOOST_TEST((state_bytes(loaded) == before), what);
        return true;
    }
    try {
        for (int k = 0; k < 3; ++k) loaded.step(tensors.list);
    } catch (const std::exception& error) {
        BOOST_ERROR(what + " was loaded and then: " + error.what());
    }
    return false;
}

const any_law<float>& law_of(std::size_t i) {
    static const std::vector<any_law<float>> laws{multiplicative_law<float>(),
                                                  additive_law<float>(),
                                                  pid_law<float>(),
                                                  nupi_law<float>(),
                                                  band_law<float>(),
                                                  quantile_law(),
                                                  start_at_quantile(band_law<float>(), 2),
                                                  warm_up(additive_law<float>(), 2),
                                                  rate_limit(quantile_law(), 1.5),
                                                  damp_near_target(pid_law<float>(), 0.1, 0.5)};
    return laws[i];
}
constexpr std::size_t laws = 10;

raw_file file_of(const any_law<float>& law, lambda_scope scope) {
    auto saved = made(law, scope);
    two_groups tensors;
    for (int k = 0; k < 3; ++k) saved.step(tensors.list);
    return raw_file(state_bytes(saved));
}

} // namespace

BOOST_AUTO_TEST_SUITE(fields_of_state_files)

BOOST_AUTO_TEST_CASE(what_is_saved_is_loaded) {
    for (std::size_t i = 0; i < laws; ++i)
        for (const auto scope : {lambda_scope::shared, lambda_scope::each_group})
            BOOST_TEST(!refuses(law_of(i), scope, file_of(law_of(i), scope).bytes(), law_of(i).name));
}

BOOST_AUTO_TEST_CASE(every_field_at_and_beyond_its_range) {
    const double infinity = std::numeric_limits<double>::infinity();
    int tried = 0, refused = 0;
    for (std::size_t i = 0; i < laws; ++i)
        for (const auto scope : {lambda_scope::shared, lambda_scope::each_group}) {
            if (scope == lambda_scope::each_group && i > 2) continue; // the fields of a law are the same for each group
            const raw_file good = file_of(law_of(i), scope);
            for (std::size_t f = 0; f < good.fields.size(); ++f) {
                const auto attempt = [&](const auto& change, const std::string& how, bool must_be_refused) {
                    raw_file bad = good;
                    change(bad.fields[f]);
                    const std::string what = law_of(i).name + ": " + good.fields[f].name + " " + how;
                    const bool was_refused = refuses(law_of(i), scope, bad.bytes(), what);
                    BOOST_TEST((was_refused || !must_be_refused), what << " was taken");
                    ++tried;
                    refused += was_refused;
                };
                const char code = good.fields[f].code;
                const bool is_vector = std::string("LFDs").find(code) != std::string::npos;
                const std::uint64_t width = raw_file::width(code);
                // The buffers may hold any number; all else in them is the number of elements.
                const std::string& name = good.fields[f].name;
                const bool is_buffer = name == "dual" || name.starts_with("moment");
                if (!is_buffer)
                    for (const double value :
                         {-1.0, 0.0, 1.0, 2.0, 7.0, 1e30, 4e18, -4e18, infinity, -infinity, double(NAN)})
                        attempt(
                            [&](raw_field& field) {
                                if (field.bytes.size() >= width) field.bytes.replace(0, width, bytes_of(code, value));
                            },
                            "= " + std::to_string(value),
                            std::isnan(value) && (code == 'f' || code == 'd' || code == 'F'));
                attempt(
                    [&](raw_field& field) {
                        field.bytes.clear();
                        field.count = 0;
                    },
                    "without values", !is_vector || name != "law.none");
                attempt(
                    [&](raw_field& field) {
                        field.bytes.resize(field.bytes.size() - width);
                        --field.count;
                    },
                    "with a value less", name != "target.targets");
                attempt(
                    [&](raw_field& field) {
                        field.bytes += std::string(width, '\0');
                        ++field.count;
                    },
                    "with a value more", true);
                attempt([&](raw_field& field) { field.count = std::uint64_t(1) << 62; }, "of 2^62 values", true);
                attempt([&](raw_field& field) { field.count = (std::uint64_t(1) << 61) + field.count; },
                        "of so many values that their size is right again", true);
                attempt([&](raw_field& field) { field.name += "_"; }, "under another name", true);
                attempt([&](raw_field& field) { field.code = code == 'd' ? 'f' : 'd'; }, "of another type", true);
            }
        }
    BOOST_TEST_MESSAGE(tried << " files tried, " << refused << " refused");
    BOOST_TEST(tried > 5000);
}

BOOST_AUTO_TEST_CASE(values_that_no_optimizer_can_have) {
    const std::pair<const char*, double> wrong[] = {{"step", -5},
                                                    {"epoch", -1},
                                                    {"lambda", -0.1},
                                                    {"sparsity", 1.5},
                                                    {"sparsity", -0.1},
                                                    {"step_size", -1},
                                                    {"clip_norm", -1},
                                                    {"on_lambda_change", 7},
                                                    {"on_lambda_change", -1},
                                                    {"scope", 2},
                                                    {"scope", -1},
                                                    {"target.targets", 0},
                                                    {"target.targets", 1.01},
                                                    {"direction.beta1", 1},
                                                    {"direction.beta2", -0.1},
                                                    {"direction.epsilon", 0},
                                                    {"mirror.delta", 0},
                                                    {"group_lambdas", -1},
                                                    {"image_lambdas", -1},
                                                    {"group_nonzeros", -1},
                                                    {"group_nonzeros", 41},
                                                    {"tensor_sizes", -1},
                                                    {"tensor_sizes", 41},
                                                    {"tensor_groups", 2},
                                                    {"tensor_groups", -1},
                                                    {"tensor_steps", -1},
                                                    {"tensor_steps", 4},
                                                    {"law.every", 0},
                                                    {"law.every", -1},
                                                    {"law.gain", -1},
                                                    {"law.minimum", 0},
                                                    {"law.maximum", 1e-9},
                                                    {"law.warm_up", -1},
                                                    {"law.zone", -1},
                                                    {"law.zone_every", 0},
                                                    {"law.zone_gain_divisor", 0},
                                                    {"law.max_relative_change", 1}};
    for (const auto& [name, value] : wrong) {
        raw_file bad = file_of(law_of(0), lambda_scope::shared);
        raw_field& field = bad.at(name);
        field.bytes.replace(0, raw_file::width(field.code), bytes_of(field.code, value));
        BOOST_TEST(refuses(law_of(0), lambda_scope::shared, bad.bytes(), name), name << " = " << value << " was taken");
    }
    const struct {
        std::size_t law;
        const char* name;
        double value;
    } of_laws[] = {{2, "law.on_saturation", 3},
                   {2, "law.derivative_filter", 1},
                   {2, "law.tracking", 0},
                   {2, "law.integral", -1},
                   {3, "law.nu", 1},
                   {3, "law.average", 2},
                   {4, "law.half_width", 1},
                   {4, "law.cooldown", -1},
                   {4, "law.next_step", -1},
                   {5, "law.every", 0},
                   {6, "law.at_step", 0},
                   {6, "law.law.gain", -1},
                   {7, "law.steps", -1},
                   {8, "law.factor", 1},
                   {9, "law.zone", 0},
                   {9, "law.share", 1},
                   {9, "law.law.tracking", 2}};
    for (const auto& [law, name, value] : of_laws) {
        raw_file bad = file_of(law_of(law), lambda_scope::shared);
        raw_field& field = bad.at(name);
        field.bytes.replace(0, raw_file::width(field.code), bytes_of(field.code, value));
        BOOST_TEST(refuses(law_of(law), lambda_scope::shared, bad.bytes(), name),
                   law_of(law).name << ": " << name << " = " << value << " was taken");
    }
}

BOOST_AUTO_TEST_CASE(a_field_that_is_there_twice) {
    raw_file twice = file_of(law_of(0), lambda_scope::shared);
    twice.fields.push_back(twice.at("lambda"));
    BOOST_TEST(refuses(law_of(0), lambda_scope::shared, twice.bytes(), "lambda twice"));
}

BOOST_AUTO_TEST_CASE(another_scope_of_lambda) {
    auto each = made(law_of(0), lambda_scope::each_group);
    two_groups tensors;
    each.step(tensors.list);
    std::stringstream file;
    save_state(file, each);
    BOOST_TEST(refuses(law_of(0), lambda_scope::shared, file.str(), "a scope of each group"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bregman::testing
