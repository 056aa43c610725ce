# LibTorch for bregman::torch: Debian's 1.13 or any 2.x. Fills bregman::libtorch and says in bregman_torch_FOUND whether there
# is one. For include() at file scope: the package file of a LibTorch with CUDA enables that language.
set(bregman_torch_remedy "install libtorch-dev, or name a LibTorch with -DCMAKE_PREFIX_PATH=/path/to/libtorch")
get_target_property(bregman_libraries bregman::libtorch INTERFACE_LINK_LIBRARIES)
if(bregman_libraries)
    set(bregman_torch_FOUND TRUE)
    return()
endif()

# Imported targets are seen below the folder that finds them, and it may be another one that links them.
set(bregman_targets_global ${CMAKE_FIND_PACKAGE_TARGETS_GLOBAL})
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)
find_package(Torch QUIET)
find_package(OpenMP QUIET COMPONENTS CXX)
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ${bregman_targets_global})

set(bregman_torch_FOUND FALSE)
if(Torch_FOUND)
    set(bregman_torch_FOUND TRUE)
    # As properties, for target_link_libraries() asks a project for policy CMP0079.
    set_property(TARGET bregman::libtorch PROPERTY INTERFACE_LINK_LIBRARIES ${TORCH_LIBRARIES})
    if(TARGET OpenMP::OpenMP_CXX)
        set_property(TARGET bregman::libtorch APPEND PROPERTY INTERFACE_LINK_LIBRARIES OpenMP::OpenMP_CXX)
    endif()
    # A system include keeps LibTorch's own warnings out of a -Wall -Wextra build.
    target_include_directories(bregman::libtorch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
endif()
