// Rate limiter with reservations: a caller is told how long to wait, and waits on its own.
//
// Semantics: Guava's SmoothBursty. The limiter starts with nothing stored and stores up to `max_stored`
// permits while unused. A reservation is granted from the moment at which earlier ones are paid for; its own
// cost beyond what is stored is paid by the next one, so even a large reservation never waits for itself.
// Nothing is ever refunded.
//
// Deviation: Guava keeps stored permits as a double. Here they are kept as the time in which they grow, which
// is exact; whole permits in an integer would lose up to one interval at every grant. Time: the clock is read
// inside the critical section. Complexity: O(1), one lock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include <heddle/targets/rate_limiter_token_bucket/api.hpp>

namespace heddle::targets::rate_limiter_token_bucket {

/// Guava's own default: one second's worth may be stored.
struct smooth_config {
  std::int64_t max_stored = 1;                                  ///< permits kept for later, at least 0
  std::chrono::nanoseconds interval = std::chrono::seconds(1);  ///< time between two permits, at least 1 ns
};

class smooth_reference {
 public:
  /// Throws std::invalid_argument unless max_stored ≥ 0, interval ≥ 1 ns and their product fits 64 bits of
  /// nanoseconds.
  explicit smooth_reference(const smooth_config& settings)
      : interval_(settings.interval),
        max_stored_(refill_time(settings.max_stored, settings.interval)),
        next_free_(std::chrono::steady_clock::now()) {}

  /// Reserves n permits and returns how long the caller has to wait before it goes on; zero if it may at
  /// once. Throws std::invalid_argument if n < 1 or n permits take longer than 292 years.
  std::chrono::nanoseconds reserve(std::int64_t n = 1) {
    const auto cost = cost_of(n);
    const std::lock_guard lock(mutex_);
    return reserve_at(std::chrono::steady_clock::now(), cost);
  }

  /// Reserves n permits if the wait is at most `max_wait`, and returns that wait; otherwise nothing changes.
  std::optional<std::chrono::nanoseconds> try_reserve(std::int64_t n = 1,
                                                      std::chrono::nanoseconds max_wait = {}) {
    const auto cost = cost_of(n);
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (next_free_ > now && next_free_ - now > max_wait) return std::nullopt;
    return reserve_at(now, cost);
  }

 private:
  using time_point = std::chrono::steady_clock::time_point;

  std::chrono::nanoseconds cost_of(std::int64_t n) const {
    if (n < 1) throw std::invalid_argument("at least one permit must be reserved");
    return refill_time(n, interval_);
  }

  std::chrono::nanoseconds reserve_at(time_point now, std::chrono::nanoseconds cost) {
    if (now > next_free_) {
      stored_ = grown(stored_, now - next_free_, max_stored_);
      next_free_ = now;
    }
    const auto wait = next_free_ - now;
    const auto from_stored = std::min(cost, stored_);
    stored_ -= from_stored;
    const auto debt = cost - from_stored;
    next_free_ = debt > time_point::max() - next_free_ ? time_point::max() : next_free_ + debt;
    return wait;
  }

  const std::chrono::nanoseconds interval_;
  const std::chrono::nanoseconds max_stored_;
  std::mutex mutex_;
  std::chrono::nanoseconds stored_{};  // invariant: 0 ≤ stored_ ≤ max_stored_
  time_point next_free_;               // when all that was granted is paid for
};

}  // namespace heddle::targets::rate_limiter_token_bucket
