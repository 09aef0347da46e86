// Bug (catalogue M3): ABA on the state. A result is counted in whatever state the breaker is in when it
// arrives, so a call that began before the circuit opened passes for a probe.
//
// Exposed by, with thresholds and permits of 1:
//   T1 acquire;  T2 acquire, record failure → open;  t += open_for + 1;  T3 acquire → probe;  T1 record
//   success → closed while the probe is still out
// It keeps the weaker contract `count_in_current` (a breaker told only `record_call(success)` can do no
// better), which is what Resilience4j documents for late results.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <utility>

#include <heddle/targets/circuit_breaker/faulty_frame.hpp>

namespace heddle::targets::circuit_breaker {

class faulty_no_generation : public faulty_frame<faulty_no_generation> {
 public:
  using faulty_frame::faulty_frame;

  void release(permit&& unused) { record(std::move(unused), outcome::ignored); }

 private:
  friend faulty_frame;

  void count(std::uint64_t /*generation*/, outcome result) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    current_.expire(config_, now);
    current_.count(result, config_, now);
  }
};

}  // namespace heddle::targets::circuit_breaker
