# Run after linking a controlled executable: stops the build when the component's accesses would go unseen.
#
#   cmake -DNM=nm -DEXECUTABLE=file -DOBJECTS=a.o;b.o -P HeddleCheckInstrumented.cmake
function(symbols_of file result)
  execute_process(COMMAND ${NM} ${file} OUTPUT_VARIABLE symbols RESULT_VARIABLE failed ERROR_VARIABLE complaint)
  if(failed)
    message(FATAL_ERROR "${NM} ${file}: ${complaint}")
  endif()
  set(${result} "${symbols}" PARENT_SCOPE)
endfunction()

foreach(object IN LISTS OBJECTS)
  symbols_of(${object} symbols)
  if(NOT symbols MATCHES " U __tsan_")
    message(FATAL_ERROR
      "${object} calls none of ThreadSanitizer's hooks, so Heddle could not control it.\n"
      "Has something removed -fsanitize=thread (CMAKE_CXX_FLAGS, a later -fno-sanitize, a compiler launcher)?")
  endif()
endforeach()

symbols_of(${EXECUTABLE} symbols)
if(NOT symbols MATCHES " T __tsan_func_entry\n")
  message(FATAL_ERROR
    "${EXECUTABLE} does not contain Heddle's hooks: heddle::runtime is missing from its link, or -fsanitize=thread "
    "in the link flags brought the compiler's own.")
endif()
