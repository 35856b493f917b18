# cmake --install BUILD --component tcpref: libraries, headers, and how CMake and pkg-config find them.
include(CMakePackageConfigHelpers)
set(tcpref_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tcpref)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tcpref-config.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/tcpref-config.cmake INSTALL_DESTINATION ${tcpref_cmake_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/tcpref-config-version.cmake
    COMPATIBILITY SameMinorVersion)
configure_file(${CMAKE_CURRENT_LIST_DIR}/tcpref.pc.in ${CMAKE_CURRENT_BINARY_DIR}/tcpref.pc @ONLY)

install(TARGETS tcpref tcpref_shared EXPORT tcpref-targets COMPONENT tcpref
    LIBRARY NAMELINK_COMPONENT tcpref)
install(DIRECTORY include/tcpref DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT tcpref)
install(EXPORT tcpref-targets NAMESPACE tcpref:: DESTINATION ${tcpref_cmake_dir} COMPONENT tcpref)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tcpref-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/tcpref-config-version.cmake
    DESTINATION ${tcpref_cmake_dir} COMPONENT tcpref)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tcpref.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT tcpref)
