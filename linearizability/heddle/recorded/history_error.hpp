// What is wrong with a recorded history, and where.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace heddle::recorded {

/// A place in a text, counted from 1; columns in bytes. Line 0: no place in particular.
struct text_position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const text_position&) const = default;
};

/// A history that cannot be read or judged. what() is "<file>:<line>:<column>: expected <…>, found <…>", or
/// "<file>: <why>" if it cannot be opened at all.
class history_error : public std::runtime_error {
 public:
  history_error(std::string_view file, text_position at, std::string_view expected, std::string_view found);
  history_error(std::string_view file, std::string_view why);

  text_position at() const { return at_; }

 private:
  text_position at_;
};

}  // namespace heddle::recorded
