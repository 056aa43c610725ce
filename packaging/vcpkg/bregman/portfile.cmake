# An overlay port beside the sources that it builds: vcpkg install bregman --overlay-ports=build/recipes/vcpkg, after
# scripts/recipes. One in vcpkg's own tree gets the sources by vcpkg_from_github instead.
set(SOURCE_PATH "$ENV{BREGMAN_SOURCE}")
if(NOT EXISTS "${SOURCE_PATH}/include/bregman/bregman.hpp")
    message(FATAL_ERROR "bregman: BREGMAN_SOURCE is \"${SOURCE_PATH}\" but must be a checkout of bregman")
endif()

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DBREGMAN_BUILD_TESTS=OFF
        -DBREGMAN_BUILD_EXAMPLES=OFF
        -DBREGMAN_WITH_TORCH=OFF
        -DBREGMAN_WITH_THRUST=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/bregman)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug" "${CURRENT_PACKAGES_DIR}/lib") # headers alone
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
