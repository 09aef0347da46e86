// How monitors put their verdicts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <heddle/monitors/monitors.hpp>

namespace heddle::monitors {

inline constexpr std::uint32_t none = never;  ///< no operation

/// `operations` may hold `none` and repeat itself.
inline verdict violation(std::vector<std::uint32_t> operations, bool self_contained, std::string why) {
  std::erase(operations, none);
  std::sort(operations.begin(), operations.end());
  operations.erase(std::unique(operations.begin(), operations.end()), operations.end());
  return {outcome::violation, std::move(operations), self_contained, std::move(why)};
}

inline verdict not_applicable(std::string why) {
  return {outcome::not_applicable, {}, false, std::move(why)};
}

inline std::string named(std::int64_t value, const options& how) {
  return how.name_of ? how.name_of(value) : std::to_string(value);
}

/// "3", "3 and 5", "3, 5 and 7", "3, 5, 7 and 40 others".
inline std::string listed(std::span<const std::int64_t> values, const options& how) {
  constexpr std::size_t most = 4;
  const std::size_t shown = values.size() <= most ? values.size() : most - 1;
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == values.size() ? " and " : ", ";
    text += named(values[i], how);
  }
  if (shown < values.size()) text += " and " + std::to_string(values.size() - shown) + " others";
  return text;
}

}  // namespace heddle::monitors
