# How every library and test of this project is compiled.

# g++ 12 sees overlapping copies in inlined std::string concatenation where there are none (GCC bug 105651).
# It also takes the look-up of a virtual function in a call through a member function pointer for a use of uninitialized
# memory, and writes into the storage of a growing vector of variants for overflows.
set(HEDDLE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict$<SEMICOLON>-Wno-maybe-uninitialized$<SEMICOLON>-Wno-stringop-overflow>)

option(HEDDLE_WERROR "Treat warnings as errors" OFF)
if(HEDDLE_WERROR)
  list(APPEND HEDDLE_WARNINGS -Werror)
endif()

# heddle_library(<folder> SOURCES … DEPENDS …): the static library heddle::<folder>, whose folder is an include root.
function(heddle_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS")
  set(target heddle_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    target_compile_options(${target} PRIVATE ${HEDDLE_WARNINGS})
    target_link_libraries(${target} PUBLIC ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_DEPENDS})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_DEPENDS})
  endif()
  add_library(heddle::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} heddle/*.hpp)
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${CMAKE_CURRENT_SOURCE_DIR} FILES ${headers})
  target_compile_features(${target} ${scope} cxx_std_20)
  install(TARGETS ${target} EXPORT heddleTargets FILE_SET HEADERS)
endfunction()
