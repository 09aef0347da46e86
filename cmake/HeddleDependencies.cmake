# Finds a dependency or stops with the name of the Debian package that provides it. A macro, so that what the package's
# own files set (module paths, variables) reaches the caller.
macro(heddle_require package debian)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR
      "Heddle needs ${package}, which was not found.\n"
      "On Debian: apt-get install ${debian}\n"
      "(./heddle installs everything that cmake/packages.txt lists.)")
  endif()
endmacro()
