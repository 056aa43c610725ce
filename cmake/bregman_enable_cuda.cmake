# nvcc for what trains on a GPU: architectures 75, 80 and 90 unless CMAKE_CUDA_ARCHITECTURES says otherwise.
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 75 80 90)
endif()
enable_language(CUDA)

# A LibTorch with CUDA switches CMake's choice off and has a list of its own, in another notation.
if(NOT DEFINED TORCH_CUDA_ARCH_LIST AND CMAKE_CUDA_ARCHITECTURES MATCHES "^[0-9]")
    list(TRANSFORM CMAKE_CUDA_ARCHITECTURES REPLACE "^([0-9]+)([0-9])(-real|-virtual)?$" "\\1.\\2"
        OUTPUT_VARIABLE TORCH_CUDA_ARCH_LIST)
endif()

# bregman_use_nvcc(target): compiles the target's .cu files with what the library needs.
function(bregman_use_nvcc target)
    # As an option, for CMake 3.25 does not know that nvcc has C++20; LibTorch's package file asks for an older one.
    set_property(TARGET ${target} PROPERTY CUDA_STANDARD)
    target_compile_options(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20> $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr>)
endfunction()
