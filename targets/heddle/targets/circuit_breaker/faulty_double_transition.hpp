// Bug (catalogue M2): check-then-act on the change of state. Each step locks, their sequence does not: two
// callers both see the open time elapsed, and the second one begins half-open again, which zeroes the count
// of probes that are out.
//
// Exposed by, open and elapsed, with 1 permit:
//   T1 refused() → no;  T2 refused() → no, enter half-open, take the permit;  T1 enter half-open again, take
//   a permit → 2 probes
// Seen in: breakers put together from thread-safe accessors, or that change state under a read lock.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include <heddle/targets/circuit_breaker/faulty_frame.hpp>

namespace heddle::targets::circuit_breaker {

class faulty_double_transition : public faulty_frame<faulty_double_transition> {
 public:
  using faulty_frame::faulty_frame;

  admission try_acquire() {
    bool elapsed = false;
    if (const auto refusal = refused(elapsed)) return *refusal;
    if (elapsed) force(circuit_state::half_open);
    return take_permit();
  }

 private:
  std::optional<rejected> refused(bool& elapsed) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    current_.expire(config_, now);
    const auto refusal = current_.refuse_open(config_, now);
    elapsed = current_.state == circuit_state::open && !refusal;
    return refusal;
  }

  admission take_permit() {
    const std::lock_guard lock(mutex_);
    if (const auto refused = current_.admit(config_, std::chrono::steady_clock::now())) return *refused;
    return issue();
  }
};

}  // namespace heddle::targets::circuit_breaker
