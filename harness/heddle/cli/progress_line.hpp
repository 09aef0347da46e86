// How far a command is, on a terminal: one line of standard error that the next one overwrites.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace heddle::cli {

class progress_line {
 public:
  /// Silent if not `wanted`, or if standard error is no terminal.
  explicit progress_line(bool wanted);
  ~progress_line() { clear(); }
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

  /// "██████░░░░░░░░░░░░░░ target 1,200/4,000", ten times a second at most.
  void show(std::string_view target, std::uint64_t done, std::uint64_t all);
  void clear();

 private:
  bool on_;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace heddle::cli
