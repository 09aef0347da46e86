// Numbers in texts for people.
#pragma once

#include <cstdint>
#include <string>

namespace heddle {

/// "9,721"
inline std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

/// "9,721 operations", "1 operation"
inline std::string counted(std::uint64_t count, const std::string& what) {
  return grouped(count) + ' ' + what + (count == 1 ? "" : "s");
}

}  // namespace heddle
