#include "speaker_verification/deployment/onnx_file.hpp"

#include "common/atomic_file.hpp"

#include <bit>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <string_view>

namespace speaker_verification {

namespace {

static_assert(std::endian::native == std::endian::little, "ONNX's raw data are little-endian: swap bytes here");

/// A message as protobuf lays it out (https://protobuf.dev/programming-guides/encoding): fields one after the other, each with
/// its number and kind before it.
class wire_message {
  public:
    wire_message& integer(std::uint64_t field, std::int64_t value) {
        variable(field << 3);
        variable(std::uint64_t(value));
        return *this;
    }
    wire_message& number(std::uint64_t field, float value) {
        variable(field << 3 | 5);
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    /// What stands before so many bytes.
    wire_message& head(std::uint64_t field, std::uint64_t size) {
        variable(field << 3 | 2);
        variable(size);
        return *this;
    }
    wire_message& text(std::uint64_t field, std::string_view value) {
        head(field, value.size()).bytes_ += value;
        return *this;
    }
    wire_message& message(std::uint64_t field, const wire_message& value) { return text(field, value.bytes_); }

    const std::string& bytes() const { return bytes_; }

  private:
    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    void variable(std::uint64_t value) {
        for (; value >= 128; value >>= 7) bytes_ += char((value & 127) | 128);
        bytes_ += char(value);
    }

    std::string bytes_;
};

// Numbers of fields and of kinds, as onnx.proto3 has them.
namespace model_field {
enum : std::uint64_t { ir_version = 1, producer = 2, graph = 7, opset = 8, metadata = 14 };
}
namespace graph_field {
enum : std::uint64_t { node = 1, name = 2, initializer = 5, input = 11, output = 12 };
}
namespace node_field {
enum : std::uint64_t { input = 1, output = 2, name = 3, op = 4, attribute = 5 };
}
namespace attribute_field {
enum : std::uint64_t { name = 1, number = 2, integer = 3, integers = 8, kind = 20 };
}
namespace tensor_field {
enum : std::uint64_t { extent = 1, type = 2, name = 8, raw_data = 9 };
}
enum attribute_kind : std::int64_t { kind_float = 1, kind_int = 2, kind_ints = 7 };
enum element_kind : std::int64_t { type_float = 1, type_int64 = 7 };

template <class Number>
wire_message tensor_message(const std::string& name, const std::vector<std::int64_t>& shape, element_kind type,
                            std::span<const Number> values) {
    std::uint64_t count = 1;
    wire_message tensor;
    for (const auto extent : shape) {
        tensor.integer(tensor_field::extent, extent);
        count *= std::uint64_t(extent);
    }
    if (count != values.size()) throw std::invalid_argument("'" + name + "' has other numbers than its shape takes");
    tensor.integer(tensor_field::type, type).text(tensor_field::name, name);
    return tensor.text(tensor_field::raw_data, {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

wire_message attribute_message(const onnx_attribute& attribute) {
    wire_message message;
    message.text(attribute_field::name, attribute.name);
    if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
        message.integer(attribute_field::integer, *integer).integer(attribute_field::kind, kind_int);
    } else if (const auto* number = std::get_if<float>(&attribute.value)) {
        message.number(attribute_field::number, *number).integer(attribute_field::kind, kind_float);
    } else {
        for (const auto each : std::get<std::vector<std::int64_t>>(attribute.value))
            message.integer(attribute_field::integers, each);
        message.integer(attribute_field::kind, kind_ints);
    }
    return message;
}

/// ValueInfoProto {name = 1, type = 2} of TypeProto {tensor_type = 1} of {elem_type = 1, shape = 2} of {dim = 1}, which is
/// {dim_value = 1} or {dim_param = 2}.
wire_message value_message(const onnx_value& value) {
    wire_message shape;
    for (const auto& extent : value.shape) {
        const auto* fixed = std::get_if<std::int64_t>(&extent);
        shape.message(1, fixed ? wire_message().integer(1, *fixed)
                               : wire_message().text(2, std::get<std::string>(extent)));
    }
    const auto tensor = wire_message().integer(1, type_float).message(2, shape);
    return wire_message().text(1, value.name).message(2, wire_message().message(1, tensor));
}

} // namespace

std::string onnx_graph::constant(const std::string& name, const std::vector<std::int64_t>& shape,
                                 std::span<const float> values) {
    bytes_ += wire_message().message(graph_field::initializer, tensor_message(name, shape, type_float, values)).bytes();
    return name;
}

std::string onnx_graph::constant(const std::string& name, const std::vector<std::int64_t>& values) {
    const auto tensor =
        tensor_message(name, {std::int64_t(values.size())}, type_int64, std::span<const std::int64_t>(values));
    bytes_ += wire_message().message(graph_field::initializer, tensor).bytes();
    return name;
}

void onnx_graph::add(const std::string& op, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& results, const std::vector<onnx_attribute>& attributes) {
    wire_message node;
    for (const auto& each : inputs) node.text(node_field::input, each);
    for (const auto& each : results) node.text(node_field::output, each);
    node.text(node_field::name, results.front()).text(node_field::op, op);
    for (const auto& each : attributes) node.message(node_field::attribute, attribute_message(each));
    bytes_ += wire_message().message(graph_field::node, node).bytes();
}

std::string onnx_graph::add(const std::string& op, const std::vector<std::string>& inputs, const std::string& result,
                            const std::vector<onnx_attribute>& attributes) {
    add(op, inputs, std::vector<std::string>{result}, attributes);
    return result;
}

void onnx_graph::input(const onnx_value& value) {
    bytes_ += wire_message().message(graph_field::input, value_message(value)).bytes();
}

void onnx_graph::output(const onnx_value& value) {
    bytes_ += wire_message().message(graph_field::output, value_message(value)).bytes();
}

void onnx_graph::write(const std::filesystem::path& path, const std::string& name,
                       const std::map<std::string, std::string>& metadata) const {
    wire_message graph;
    graph.text(graph_field::name, name);
    wire_message model;
    model.integer(model_field::ir_version, onnx_ir_version).text(model_field::producer, "bregman");
    model.message(model_field::opset, wire_message().text(1, "").integer(2, onnx_opset)); // of ONNX's own domain
    for (const auto& [key, value] : metadata)
        model.message(model_field::metadata, wire_message().text(1, key).text(2, value));
    model.head(model_field::graph, graph.bytes().size() + bytes_.size()); // whose bytes follow without a copy
    const auto size = model.bytes().size() + graph.bytes().size() + bytes_.size();
    if (size > std::uint64_t(std::numeric_limits<std::int32_t>::max())) {
        throw std::invalid_argument("the network takes " + std::to_string(size) +
                                    " bytes, and an ONNX file at most 2147483647: export it as safetensors");
    }
    examples::write_file_atomically(path, [&](std::ostream& stream) {
        stream << model.bytes() << graph.bytes();
        stream.write(bytes_.data(), std::streamsize(bytes_.size()));
    });
}

} // namespace speaker_verification
