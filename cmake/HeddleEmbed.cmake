# heddle_embed(<target> HEADER <header> NAMESPACE <namespace> CONSTANT <name> FILES <file>…): defines the constant that the
# header declares, a std::string_view of the files' content one after the other. Written anew when one of them changes.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  function(heddle_embed target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;NAMESPACE;CONSTANT" "FILES")
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${arg_CONSTANT}.cpp)
    list(TRANSFORM arg_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
    add_custom_command(OUTPUT ${source}
      COMMAND ${CMAKE_COMMAND} "-DFILES=${arg_FILES}" -DHEADER=${arg_HEADER} -DNAMESPACE=${arg_NAMESPACE}
              -DCONSTANT=${arg_CONSTANT} -DOUTPUT=${source} -P ${PROJECT_SOURCE_DIR}/cmake/HeddleEmbed.cmake
      DEPENDS ${arg_FILES} ${PROJECT_SOURCE_DIR}/cmake/HeddleEmbed.cmake
      VERBATIM)
    target_sources(${target} PRIVATE ${source})
  endfunction()
  return()
endif()

# As bytes: no text can end them, and no compiler limits their length.
set(bytes "")
foreach(file IN LISTS FILES)
  file(READ ${file} hex HEX)
  string(APPEND bytes ${hex})
endforeach()
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
file(WRITE ${OUTPUT} "#include <${HEADER}>

namespace {
constexpr char bytes[] = {
${bytes}};
}  // namespace

const std::string_view ${NAMESPACE}::${CONSTANT}(bytes, sizeof bytes);
")
