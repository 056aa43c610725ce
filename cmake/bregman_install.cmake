# Install the headers and a package file, so that find_package(bregman) works from any prefix.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/bregman)

install(TARGETS bregman bregman_thrust bregman_torch EXPORT bregman-targets
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT bregman-targets NAMESPACE bregman:: DESTINATION ${package_folder})
configure_package_config_file(
    ${CMAKE_CURRENT_LIST_DIR}/bregman-config.cmake.in ${PROJECT_BINARY_DIR}/bregman-config.cmake
    INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/bregman-config-version.cmake
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
    ${PROJECT_BINARY_DIR}/bregman-config.cmake
    ${PROJECT_BINARY_DIR}/bregman-config-version.cmake
    ${CMAKE_CURRENT_LIST_DIR}/bregman_backends.cmake
    ${CMAKE_CURRENT_LIST_DIR}/bregman_find_linked_backends.cmake
    ${CMAKE_CURRENT_LIST_DIR}/bregman_find_thrust.cmake
    ${CMAKE_CURRENT_LIST_DIR}/bregman_find_torch.cmake
    DESTINATION ${package_folder})

# For those who build without CMake. Relative to itself, so that an installed tree may be moved; compilers are to use C++20.
set(pkg_config_folder ${CMAKE_INSTALL_DATADIR}/pkgconfig)
file(RELATIVE_PATH bregman_prefix_of_pc ${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" bregman_prefix_of_pc ${bregman_prefix_of_pc})
configure_file(${CMAKE_CURRENT_LIST_DIR}/bregman.pc.in ${PROJECT_BINARY_DIR}/bregman.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/bregman.pc DESTINATION ${pkg_config_folder})
