// In place of sparse_optimizer_cuda.cu where BREGMAN_WITH_CUDA is OFF.
#include "speaker_verification/training/optimizers/training_optimizer.hpp"

#include <stdexcept>

namespace speaker_verification {

std::unique_ptr<training_optimizer> make_sparse_optimizer_on_cuda(const settings&, torch::nn::Module&) {
    throw std::invalid_argument(
        "setting 'device' is cuda, but this program was built without CUDA: set it to cpu, or configure with "
        "-DBREGMAN_WITH_CUDA=ON and a LibTorch 2.x with CUDA");
}

} // namespace speaker_verification
