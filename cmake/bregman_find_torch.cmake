# LibTorch: Debian's 1.13 or any 2.x. Makes the target bregman_libtorch, which compiles <torch/torch.h>
# once as a precompiled header: it costs about 14 s a file otherwise.
find_package(Torch REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)

add_library(bregman_libtorch INTERFACE)
target_link_libraries(bregman_libtorch INTERFACE ${TORCH_LIBRARIES} OpenMP::OpenMP_CXX)
# A system include keeps LibTorch's own warnings out of our -Wall -Wextra build.
target_include_directories(bregman_libtorch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
