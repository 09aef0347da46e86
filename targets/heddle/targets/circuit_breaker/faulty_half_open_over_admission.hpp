// Bug (catalogue M1, sequential): the half-open limit compares probes that succeeded, not probes that were
// let through. Until the first of them returns there is no limit at all.
//
// Exposed by, open and elapsed, with 3 permits:   acquire, acquire, acquire, acquire → the fourth is admitted
// Seen in: textbook breakers, whose half-open branch is `return successes < half_open_max_requests`.
#pragma once

#include <chrono>
#include <mutex>

#include <heddle/targets/circuit_breaker/faulty_frame.hpp>

namespace heddle::targets::circuit_breaker {

class faulty_half_open_over_admission : public faulty_frame<faulty_half_open_over_admission> {
 public:
  using faulty_frame::faulty_frame;

  admission try_acquire() {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    current_.expire(config_, now);
    if (const auto refused = current_.refuse_open(config_, now)) return *refused;
    if (current_.state == circuit_state::open) current_.begin(circuit_state::half_open, now);
    if (current_.state == circuit_state::half_open && current_.successes >= config_.half_open_permits)
      return rejected{.why = refusal::half_open_full};
    return issue();
  }
};

}  // namespace heddle::targets::circuit_breaker
