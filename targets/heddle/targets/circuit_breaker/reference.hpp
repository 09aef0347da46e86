// Circuit breaker: calls to a dependency that keeps failing are refused at once, and a few probes find out
// when it is well again.
//
// Semantics: closed → open after `failure_threshold` failures in a row; open → half-open at the first acquire
// after more than `open_for` (lazily, as in Resilience4j: state() alone changes nothing); half-open → closed
// after `success_threshold` successful probes, → open after one failed. Results are attributed by generation,
// as in sony/gobreaker: what arrives after a change of state is dropped. A probe that says nothing gives its
// permit back (Resilience4j's releasePermission). Polly v8's breaker is the case half_open_permits = 1.
// Deviations: results carry no duration, as this breaker does not look at it; `half_open_max` is noticed by
// the next try_acquire, record or release instead of by a timer, and `open_for` counts from then.
//
// Time: the clock is read inside the critical section, so the order of the decisions is the order of their
// times. Complexity: O(1), one lock per operation.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <variant>

#include <heddle/targets/circuit_breaker/api.hpp>

namespace heddle::targets::circuit_breaker {

class reference {
 public:
  using permit = basic_permit<reference>;
  using admission = std::variant<permit, rejected>;

  /// Throws std::invalid_argument for a configuration that makes no sense (see validate()).
  explicit reference(const config& settings) : config_(settings) { validate(settings); }

  /// May a call be made now? Never waits. A permit is the caller's until it is resolved.
  admission try_acquire() {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (const auto refused = current_.admit(config_, now)) return *refused;
    return permit(*this, current_.generation);
  }

  /// Tells what became of the call. No effect if the state changed since the permit was issued.
  void record(permit&& used, outcome result) {
    if (const auto generation = used.resolve()) count(*generation, result);
  }

  /// Gives the permit back, as the call was never made.
  void release(permit&& unused) {
    if (const auto generation = unused.resolve()) count(*generation, outcome::ignored);
  }

  /// The state that the last operation left. Open stays open, however old, until a call asks to pass.
  circuit_state state() const {
    const std::lock_guard lock(mutex_);
    return current_.state;
  }

  /// Begins a new generation in the given state, whatever the present one; permits that are out become void.
  void force(circuit_state next) {
    const std::lock_guard lock(mutex_);
    current_.begin(next, std::chrono::steady_clock::now());
  }

 private:
  void count(std::uint64_t generation, outcome result) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    current_.expire(config_, now);
    if (generation == current_.generation) current_.count(result, config_, now);
  }

  const config config_;
  mutable std::mutex mutex_;
  episode current_;
};

}  // namespace heddle::targets::circuit_breaker
