// A place in the source, as debug information names it.
#pragma once

#include <string>
#include <string_view>

namespace heddle::harness {

struct source_line {
  /// Qualified, e.g. "demo::limiter::try_acquire", "demo::run::{lambda}"; never empty in an answer.
  std::string function;
  /// As the debug information has it, made absolute; empty if unknown.
  std::string file;
  int line = 0;  ///< from 1; 0 if unknown

  bool operator==(const source_line&) const = default;
};

/// Whether the line belongs to the C++ or C standard library or to the compiler, judged by its path. Other
/// libraries below /usr/include (boost/lockfree, concurrentqueue, …) do not: they may be what is being
/// tested.
bool in_standard_library(const source_line& where);

/// The line of source, trimmed; empty if the file cannot be read or has no such line.
std::string source_text(const source_line& where);

/// "limiter.hpp" of "/src/limits/limiter.hpp".
std::string short_path(std::string_view file);

}  // namespace heddle::harness
