# The CMake package: find_package(heddle) gives the libraries heddle::… and, if all was built, the function heddle_add_test.
include(CMakePackageConfigHelpers)

set(heddle_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/heddle)
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/heddleConfig.cmake.in ${PROJECT_BINARY_DIR}/heddleConfig.cmake
  INSTALL_DESTINATION ${heddle_package_folder}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/heddleConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(EXPORT heddleTargets NAMESPACE heddle:: DESTINATION ${heddle_package_folder})
install(
  FILES
    ${PROJECT_BINARY_DIR}/heddleConfig.cmake
    ${PROJECT_BINARY_DIR}/heddleConfigVersion.cmake
  DESTINATION ${heddle_package_folder})
if(HEDDLE_COMPONENTS STREQUAL "all")
  install(
    FILES
      ${CMAKE_CURRENT_LIST_DIR}/HeddleAddTest.cmake
      ${CMAKE_CURRENT_LIST_DIR}/HeddleCheckInstrumented.cmake
    DESTINATION ${heddle_package_folder})
endif()
