// Bug (catalogue M6, sequential): a success while closed does not reset the count of failures, so "five
// failures in a row" becomes "five failures ever".
//
// Exposed by, with a threshold of 5:   F F F F S F → open
// Seen in: textbook breakers, whose on_success only handles the half-open state.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include <heddle/targets/circuit_breaker/faulty_frame.hpp>

namespace heddle::targets::circuit_breaker {

class faulty_no_reset_on_success : public faulty_frame<faulty_no_reset_on_success> {
 public:
  using faulty_frame::faulty_frame;

 private:
  friend faulty_frame;

  void count(std::uint64_t generation, outcome result) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    current_.expire(config_, now);
    if (generation != current_.generation) return;
    if (result == outcome::success && current_.state == circuit_state::closed)
      return;  // all is well, as before
    current_.count(result, config_, now);
  }
};

}  // namespace heddle::targets::circuit_breaker
