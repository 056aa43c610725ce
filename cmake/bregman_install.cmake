# Install the headers and a package file, so that find_package(bregman) works from any prefix.
include(CMakePackageConfigHelpers)

install(TARGETS bregman bregman_thrust bregman_torch EXPORT bregman-targets
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT bregman-targets NAMESPACE bregman:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bregman)
configure_package_config_file(
    ${CMAKE_CURRENT_LIST_DIR}/bregman-config.cmake.in ${PROJECT_BINARY_DIR}/bregman-config.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bregman)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/bregman-config-version.cmake
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/bregman-config.cmake ${PROJECT_BINARY_DIR}/bregman-config-version.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bregman)
