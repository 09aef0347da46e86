#include <filesystem>
#include <fstream>

#include <heddle/harness/source_line.hpp>

namespace heddle::harness {

bool in_standard_library(const source_line& where) {
  const std::string file = std::filesystem::path(where.file).lexically_normal().string();
  if (file.starts_with('<') || file.find("/<") != std::string::npos) return true;  // <built-in>, <artificial>
  for (std::string_view directory : {"/include/c++/", "/lib/gcc/", "/lib/clang/"})
    if (file.find(directory) != std::string::npos) return true;
  constexpr std::string_view system = "/usr/include/";
  if (!file.starts_with(system)) return false;
  const std::string_view below = std::string_view(file).substr(system.size());
  for (std::string_view directory :
       {"x86_64-linux-gnu/", "aarch64-linux-gnu/", "bits/", "sys/", "linux/", "asm"})
    if (below.starts_with(directory)) return true;
  return below.find('/') == std::string_view::npos && below.ends_with(".h");
}

std::string source_text(const source_line& where) {
  std::ifstream file(where.file);
  std::string text;
  for (int line = 0; line < where.line; ++line)
    if (!std::getline(file, text)) return {};
  constexpr const char* blank = " \t\r";
  const std::size_t first = text.find_first_not_of(blank);
  return first == std::string::npos ? std::string()
                                    : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string short_path(std::string_view file) {
  return std::string(file.substr(file.rfind('/') + 1));
}

}  // namespace heddle::harness
