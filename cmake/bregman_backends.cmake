# What bregman::torch and bregman::thrust bring along, for the source tree and for an installed package alike.
#   bregman::libtorch      LibTorch, filled by bregman_find_torch.cmake
#   bregman::host_thrust   Thrust under a host compiler, filled by bregman_find_thrust.cmake
# Both are empty until somebody needs them: LibTorch's package file takes seconds, sets global variables and may enable
# CUDA, none of which concerns a project that uses Eigen alone. They are global, since a link may be anywhere.
foreach(target IN ITEMS bregman::libtorch bregman::host_thrust)
    if(NOT TARGET ${target})
        add_library(${target} INTERFACE IMPORTED GLOBAL)
    endif()
endforeach()

# Once all targets of the project are known.
get_property(bregman_deferred GLOBAL PROPERTY BREGMAN_FIND_LINKED_BACKENDS)
if(NOT bregman_deferred)
    set_property(GLOBAL PROPERTY BREGMAN_FIND_LINKED_BACKENDS TRUE)
    # CODE, since the arguments of a deferred call are evaluated when it is made.
    cmake_language(EVAL CODE "cmake_language(DEFER DIRECTORY [[${CMAKE_SOURCE_DIR}]]
        CALL include [[${CMAKE_CURRENT_LIST_DIR}/bregman_find_linked_backends.cmake]])")
endif()
