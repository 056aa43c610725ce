#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace speaker_verification {

/// The operators of ONNX that a file asks for, and the version of its format. Of 2020, so that runtimes of many years read it.
inline constexpr std::int64_t onnx_opset = 13, onnx_ir_version = 7;

struct onnx_attribute {
    std::string name;
    std::variant<std::int64_t, float, std::vector<std::int64_t>> value;
};

/// A float32 tensor that goes in or comes out. An extent is a number, or a text where it changes from call to call.
struct onnx_value {
    std::string name;
    std::vector<std::variant<std::int64_t, std::string>> shape;
};

/// A graph of operators in the order of their calls, each of which reads constants, inputs and results of those before it, all
/// by their names. It is kept as the bytes of the file: protobuf's, in the messages of onnx.proto3
/// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3), whose fields keep their numbers for ever.
class onnx_graph {
  public:
    /// Each takes a name that no other constant and no result has, and returns it. Throws std::invalid_argument for numbers that
    /// the shape does not take.
    std::string constant(const std::string& name, const std::vector<std::int64_t>& shape,
                         std::span<const float> values);
    std::string constant(const std::string& name, const std::vector<std::int64_t>& values); ///< a vector

    /// results = op(inputs), an operator of opset 13.
    void add(const std::string& op, const std::vector<std::string>& inputs, const std::vector<std::string>& results,
             const std::vector<onnx_attribute>& attributes = {});
    /// The same of one result; returns its name.
    std::string add(const std::string& op, const std::vector<std::string>& inputs, const std::string& result,
                    const std::vector<onnx_attribute>& attributes = {});

    void input(const onnx_value& value);
    void output(const onnx_value& value);

    /// Writes a model of this graph atomically, with texts by name beside it (metadata_props). Throws std::invalid_argument when
    /// it takes more than the 2 GiB that protobuf reads; std::runtime_error with one sentence when the file cannot be written.
    void write(const std::filesystem::path& path, const std::string& name,
               const std::map<std::string, std::string>& metadata) const;

  private:
    std::string bytes_; ///< of the message GraphProto, without its name
};

} // namespace speaker_verification
