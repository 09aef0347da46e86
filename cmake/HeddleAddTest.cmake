# heddle_add_test: one test source, built for Heddle's three ways to run it. Used inside Heddle and by find_package(heddle).
#
#   heddle_add_test(limiter_test SOURCES limiter_test.cpp)
#
#   limiter_test       compiled with -fsanitize=thread, linked with Heddle's run-time: every interleaving under control
#   limiter_test.tsan  compiled and linked with ThreadSanitizer: real threads, real memory model
#   limiter_test.fuzz  clang only: libFuzzer's bytes drive program and schedule
#
# SOURCES must include the component under test, or LIBS bring it as headers or sources: what another library compiled
# without -fsanitize=thread is not controlled.

option(HEDDLE_REAL_THREADS "heddle_add_test also builds <name>.tsan" ON)
option(HEDDLE_FUZZ "heddle_add_test also builds <name>.fuzz (clang only)" ON)

# GCC warns of fences because ThreadSanitizer does not follow them (Heddle does), and of uninitialised variables where the
# instrumentation hides from it that they are set.
set(HEDDLE_INSTRUMENT -fsanitize=thread -g -O1 -UNDEBUG $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>
  CACHE INTERNAL "How components under test are compiled")

# heddle_controlled(<executable> [<object library>…]): its sources run under control of the deterministic run-time. The
# object libraries that it is made of must be compiled with HEDDLE_INSTRUMENT; that is checked like its own sources.
function(heddle_controlled target)
  target_compile_options(${target} PRIVATE ${HEDDLE_INSTRUMENT})
  set(objects "$<TARGET_OBJECTS:${target}>")
  foreach(library IN LISTS ARGN)
    string(APPEND objects ";$<TARGET_OBJECTS:${library}>")
  endforeach()
  target_link_libraries(${target} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,heddle::runtime>)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} "-DEXECUTABLE=$<TARGET_FILE:${target}>"
            "-DOBJECTS=${objects}" -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/HeddleCheckInstrumented.cmake
    VERBATIM)
endfunction()

# heddle_on_real_threads(<executable>): its sources run on OS threads under ThreadSanitizer.
function(heddle_on_real_threads target)
  target_compile_options(${target} PRIVATE ${HEDDLE_INSTRUMENT})
  target_link_libraries(${target} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,heddle::threads>)
endfunction()

# heddle_fuzzed(<executable>): like heddle_controlled, and its coverage steers libFuzzer's bytes.
function(heddle_fuzzed target)
  heddle_controlled(${target})
  target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  target_link_libraries(${target} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,heddle::fuzz>)
endfunction()

# heddle_tsan_launcher(<variable>): what to put before a ThreadSanitizer executable. It cannot place its shadow memory
# where the kernel randomises too many address bits; setarch -R turns that off where it is allowed to.
function(heddle_tsan_launcher variable)
  find_program(HEDDLE_SETARCH setarch)
  if(HEDDLE_SETARCH AND NOT DEFINED HEDDLE_SETARCH_WORKS)
    execute_process(COMMAND ${HEDDLE_SETARCH} -R true RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    string(COMPARE EQUAL "${failed}" 0 works)
    set(HEDDLE_SETARCH_WORKS ${works} CACHE INTERNAL "setarch may turn address randomisation off")
  endif()
  if(HEDDLE_SETARCH AND HEDDLE_SETARCH_WORKS)
    set(${variable} ${HEDDLE_SETARCH} -R PARENT_SCOPE)
  else()
    set(${variable} "" PARENT_SCOPE)
  endif()
endfunction()

# The executable that all three ways have in common.
function(heddle_test_executable target)
  add_executable(${target} ${arg_SOURCES})
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(${target} PRIVATE ${HEDDLE_WARNINGS})
  target_link_libraries(${target} PRIVATE ${arg_LIBS} heddle::harness)
  if(NOT arg_OWN_MAIN)
    target_link_libraries(${target} PRIVATE Catch2::Catch2WithMain)
  endif()
endfunction()

# heddle_add_test(<name> SOURCES <file>… [LIBS <library>…] [LABELS <label>…] [OWN_MAIN])
#
# Registers ctest tests <name> (label sim), <name>.tsan (label tsan) and <name>.fuzz (label fuzz). The main function is
# Catch2's (version 3 or 2) unless OWN_MAIN says that the sources or LIBS bring one.
function(heddle_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "OWN_MAIN" "" "SOURCES;LIBS;LABELS")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "heddle_add_test(${name} SOURCES … [LIBS …] [LABELS …] [OWN_MAIN]): "
                        "SOURCES missing or not understood: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_OWN_MAIN)
    find_package(Catch2 QUIET)
    if(NOT TARGET Catch2::Catch2WithMain)
      message(FATAL_ERROR "heddle_add_test(${name}) needs Catch2, which was not found.\n"
                          "On Debian: apt-get install catch2\n"
                          "For another test framework pass OWN_MAIN and its library in LIBS.")
    endif()
  endif()

  heddle_test_executable(${name})
  heddle_controlled(${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "sim;${arg_LABELS}")

  if(HEDDLE_REAL_THREADS)
    heddle_test_executable(${name}.tsan)
    heddle_on_real_threads(${name}.tsan)
    heddle_tsan_launcher(launcher)
    add_test(NAME ${name}.tsan COMMAND ${launcher} $<TARGET_FILE:${name}.tsan>)
    set_tests_properties(${name}.tsan PROPERTIES LABELS "tsan;${arg_LABELS}")
  endif()

  if(HEDDLE_FUZZ AND TARGET heddle::fuzz)
    heddle_test_executable(${name}.fuzz)
    heddle_fuzzed(${name}.fuzz)
    add_test(NAME ${name}.fuzz COMMAND ${name}.fuzz)
    set_tests_properties(${name}.fuzz PROPERTIES LABELS "fuzz;${arg_LABELS}")
  endif()
endfunction()
