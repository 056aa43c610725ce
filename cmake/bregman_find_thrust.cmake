# Thrust for bregman::thrust under a host compiler. Fills bregman::host_thrust and says in bregman_host_thrust_FOUND whether
# there is what its device system needs, and in bregman_thrust_FOUND whether there is a Thrust at all: nvcc brings its own.
if(NOT DEFINED BREGMAN_THRUST_DEVICE_SYSTEM) # else set(CACHE) could take the place of a variable of the project's
    set(BREGMAN_THRUST_DEVICE_SYSTEM "" CACHE STRING
        "Device system of bregman::thrust under a host compiler: OMP, TBB or CPP; empty: OMP where there is OpenMP, else CPP")
endif()
# Not what belongs to a program on the PATH: beside nvcc lies a Thrust for nvcc.
find_path(BREGMAN_THRUST_INCLUDE_DIR thrust/version.h NO_SYSTEM_ENVIRONMENT_PATH
    DOC "The folder of thrust/version.h for host compilers")

set(bregman_targets_global ${CMAKE_FIND_PACKAGE_TARGETS_GLOBAL})
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE) # as for LibTorch
find_package(OpenMP QUIET COMPONENTS CXX)
find_package(TBB QUIET)
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ${bregman_targets_global})

set(bregman_device_system ${BREGMAN_THRUST_DEVICE_SYSTEM})
if(NOT bregman_device_system AND OpenMP_CXX_FOUND)
    set(bregman_device_system OMP)
elseif(NOT bregman_device_system)
    set(bregman_device_system CPP)
endif()

set(bregman_host_thrust_FOUND FALSE)
if(NOT bregman_device_system MATCHES "^(OMP|TBB|CPP)$")
    set(bregman_thrust_remedy
        "set BREGMAN_THRUST_DEVICE_SYSTEM to OMP, TBB or CPP, for \"${bregman_device_system}\" is none of them")
elseif(NOT EXISTS "${BREGMAN_THRUST_INCLUDE_DIR}/thrust/version.h")
    set(bregman_thrust_remedy
        "install libthrust-dev, or name the folder of thrust/version.h with -DBREGMAN_THRUST_INCLUDE_DIR=/path/to/include")
elseif(bregman_device_system STREQUAL "OMP" AND NOT TARGET OpenMP::OpenMP_CXX)
    set(bregman_thrust_remedy
        "install the compiler's OpenMP (Debian: libomp-dev for clang++), or pass -DBREGMAN_THRUST_DEVICE_SYSTEM=CPP")
elseif(bregman_device_system STREQUAL "TBB" AND NOT TARGET TBB::tbb)
    set(bregman_thrust_remedy "install libtbb-dev, or pass -DBREGMAN_THRUST_DEVICE_SYSTEM=CPP")
else()
    set(bregman_host_thrust_FOUND TRUE)
    # The target that is compiled may name another one in its property BREGMAN_THRUST_DEVICE_SYSTEM.
    set(bregman_own_system $<TARGET_PROPERTY:BREGMAN_THRUST_DEVICE_SYSTEM>)
    set(bregman_device_system $<IF:$<BOOL:${bregman_own_system}>,${bregman_own_system},${bregman_device_system}>)
    # As properties, for target_link_libraries() asks a project for policy CMP0079.
    set_property(TARGET bregman::host_thrust PROPERTY INTERFACE_LINK_LIBRARIES
        $<$<STREQUAL:${bregman_device_system},OMP>:OpenMP::OpenMP_CXX>
        $<$<STREQUAL:${bregman_device_system},TBB>:TBB::tbb>)
    set_property(TARGET bregman::host_thrust PROPERTY INTERFACE_COMPILE_DEFINITIONS
        $<$<COMPILE_LANGUAGE:CXX>:THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_${bregman_device_system}>)
    target_include_directories(bregman::host_thrust SYSTEM INTERFACE
        $<$<COMPILE_LANGUAGE:CXX>:${BREGMAN_THRUST_INCLUDE_DIR}>)
endif()

get_property(bregman_languages GLOBAL PROPERTY ENABLED_LANGUAGES)
if(bregman_host_thrust_FOUND OR "CUDA" IN_LIST bregman_languages)
    set(bregman_thrust_FOUND TRUE)
else()
    set(bregman_thrust_FOUND FALSE)
endif()
