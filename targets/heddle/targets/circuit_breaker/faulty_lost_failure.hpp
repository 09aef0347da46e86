// Bug (catalogue M4): lost update of the failure count. Results are recorded under a shared lock, as "the
// counter is an atomic"; but it is incremented by a load and a store.
//
// Exposed by, with a threshold of 5 at 3 failures:
//   T1 load → 3;  T2 load → 3, store 4;  T1 store 4 → still closed after five failures in a row
// Seen in: breakers whose hot path was moved from a mutex to a reader-writer lock with volatile or atomic
// counters.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <variant>

#include <heddle/targets/circuit_breaker/api.hpp>

namespace heddle::targets::circuit_breaker {

class faulty_lost_failure {
 public:
  using permit = basic_permit<faulty_lost_failure>;
  using admission = std::variant<permit, rejected>;

  explicit faulty_lost_failure(const config& settings) : config_(settings) { validate(settings); }

  admission try_acquire() {
    const std::unique_lock lock(mutex_);
    if (const auto refused = current_.admit(config_, std::chrono::steady_clock::now())) return *refused;
    return permit(*this, current_.generation);
  }

  void record(permit&& used, outcome result) {
    const auto generation = used.resolve();
    if (!generation) return;
    {
      const std::shared_lock lock(mutex_);
      if (current_.state == circuit_state::closed && !count_closed(*generation, result)) return;
    }
    count_exclusively(*generation, result);
  }

  void release(permit&& unused) { record(std::move(unused), outcome::ignored); }

  circuit_state state() const {
    const std::shared_lock lock(mutex_);
    return current_.state;
  }

  void force(circuit_state next) {
    const std::unique_lock lock(mutex_);
    begin(next, std::chrono::steady_clock::now());
  }

 private:
  /// True if the circuit has to open.
  bool count_closed(std::uint64_t generation, outcome result) {
    if (generation != current_.generation) return false;
    if (result == outcome::success) failures_.store(0);
    if (result != outcome::failure) return false;
    const int failures = failures_.load() + 1;
    failures_.store(failures);
    return failures >= config_.failure_threshold;
  }

  void count_exclusively(std::uint64_t generation, outcome result) {
    const std::unique_lock lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    current_.expire(config_, now);
    if (generation != current_.generation) return;
    if (current_.state == circuit_state::closed)
      begin(circuit_state::open, now);
    else
      current_.count(result, config_, now);
  }

  void begin(circuit_state next, std::chrono::steady_clock::time_point now) {
    current_.begin(next, now);
    failures_.store(0);
  }

  const config config_;
  mutable std::shared_mutex mutex_;
  episode current_;
  std::atomic<int> failures_ = 0;  // in a row, while closed; current_.failures is not used
};

}  // namespace heddle::targets::circuit_breaker
