# Finds a dependency or stops with the name of the Debian package that provides it.
function(heddle_require package debian)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR
      "Heddle needs ${package}, which was not found.\n"
      "On Debian: apt-get install ${debian}\n"
      "(./heddle installs everything that cmake/packages.txt lists.)")
  endif()
  foreach(flag ${package}_FOUND ${package}_DIR)
    set(${flag} "${${flag}}" PARENT_SCOPE)
  endforeach()
endfunction()
