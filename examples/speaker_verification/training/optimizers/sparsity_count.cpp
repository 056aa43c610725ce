#include "speaker_verification/training/optimizers/sparsity_count.hpp"

#include "speaker_verification/model/parameter_roles.hpp"
#include "speaker_verification/model/tensor_encoding.hpp"
#include "speaker_verification/training/optimizers/regularised_weights.hpp"

namespace speaker_verification {

namespace {

void add_bytes(const torch::Tensor& tensor, sparsity_count& count) {
    const auto size = matrix_of(tensor.sizes());
    // What is stored is what is not zero at all, however small.
    const auto stored = tensor.detach().ne(0).sum().item<std::int64_t>();
    count.dense_bytes += encoded_bytes(tensor_encoding::dense, size, stored);
    count.bitmap_bytes += encoded_bytes(tensor_encoding::bitmap, size, stored);
    count.csr_bytes += encoded_bytes(tensor_encoding::csr, size, stored);
    count.sparse_bytes += encoded_bytes(smallest_encoding(size, stored), size, stored);
}

} // namespace

sparsity_count count_sparsity(const torch::nn::Module& network, const sparsity_settings& chosen) {
    const sparsity_settings with_head;
    sparsity_count count;
    for (const auto& parameter : classify_parameters(network)) {
        const auto size = parameter.tensor.numel();
        const auto nonzeros = count_nonzeros(parameter.tensor);
        count.parameters += size;
        count.nonzeros += nonzeros;
        if (is_regularised(parameter.role, with_head)) {
            count.regularised += size;
            count.regularised_nonzeros += nonzeros;
        }
        if (is_counted(parameter.role, chosen)) {
            count.counted += size;
            count.counted_nonzeros += nonzeros;
        }
        if (parameter.role != parameter_role::head_weight) {
            count.without_head += size;
            count.without_head_nonzeros += nonzeros;
        }
        add_bytes(parameter.tensor, count);
    }
    return count;
}

nlohmann::json json_of(const sparsity_count& count) {
    return {{"parameters", count.parameters},
            {"nonzeros", count.nonzeros},
            {"sparsity", count.sparsity()},
            {"sparsity_of_regularised", count.sparsity_of_regularised()},
            {"sparsity_of_counted", count.sparsity_of_counted()},
            {"sparsity_without_head", count.sparsity_without_head()},
            {"bytes",
             {{"dense", count.dense_bytes},
              {"bitmap", count.bitmap_bytes},
              {"csr", count.csr_bytes},
              {"sparse", count.sparse_bytes}}}};
}

} // namespace speaker_verification
