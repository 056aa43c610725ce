#include "speaker_verification/deployment/network_tensors.hpp"

#include <cmath>
#include <stdexcept>

namespace speaker_verification {

const model_tensor& network_tensors::next(const std::string& name, const std::vector<std::int64_t>& shape) {
    if (next_ == tensors_.size()) throw std::invalid_argument("it lacks '" + name + "'");
    const auto& tensor = tensors_[next_++];
    if (tensor.name != name || tensor.shape != shape) {
        throw std::invalid_argument("it has '" + tensor.name + "' where its network has '" + name +
                                    "', or another shape of it");
    }
    return tensor;
}

std::vector<float> network_tensors::vector(const std::string& name, std::int64_t size) {
    auto values = next(name, {size}).values();
    require_possible(name, values);
    return values;
}

bregman::sparse::csr_matrix<float> network_tensors::matrix(const std::string& name,
                                                           const std::vector<std::int64_t>& shape) {
    const auto& tensor = next(name, shape);
    const auto size = matrix_of(shape);
    bool finite = true;
    auto matrix = bregman::sparse::csr_matrix<float>::from_entries(size.rows, size.columns, [&](const auto& put) {
        tensor.for_each_nonzero([&](std::int64_t row, std::int64_t column, float value) {
            finite = finite && std::isfinite(value);
            put(row, column, value);
        });
    });
    if (!finite) require_possible(name, tensor.values());
    return matrix;
}

bregman::sparse::folded_batch_norm<float> network_tensors::batch_norm(const std::string& name, std::int64_t channels) {
    const auto weight = vector(name + ".weight", channels), bias = vector(name + ".bias", channels);
    const auto mean = vector(name + ".running_mean", channels), variance = vector(name + ".running_var", channels);
    return {weight, bias, mean, variance};
}

void network_tensors::require_end(std::int64_t embedding) const {
    if (next_ == tensors_.size()) return;
    const auto& head = tensors_.back();
    if (next_ + 1 != tensors_.size() || head.name != head_name) {
        throw std::invalid_argument("it has tensors that its network has not");
    }
    // It is of no use here, but a file with a damaged one is not the one that was written.
    const auto& shape = head.shape;
    if (shape.size() != 2 || shape[0] < 1 || shape[1] != embedding || shape[0] > std::int64_t(head.bytes.size())) {
        throw std::invalid_argument("its classifier does not fit the network, or has fewer bytes than rows");
    }
    require_possible(head.name, head.values());
}

} // namespace speaker_verification
