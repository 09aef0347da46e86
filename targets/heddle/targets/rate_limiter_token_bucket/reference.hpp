// Token bucket per client: bursts of up to `burst`, one token every `per_token` in the long run.
//
// Semantics: the try-only bucket of RFC 2697's meters and of most API gateways, in integer nanoseconds; equal
// to GCRA (ATM Forum TM 4.0) on every schedule. A client that was never seen has a full bucket. In any
// interval of length d a client is allowed at most burst + d / per_token tokens.
//
// Time: the clock is read inside the critical section, so the order of the decisions is the order of their
// times. Complexity: amortised O(1) and one lock per request. Memory: clients whose bucket is full again are
// forgotten (a full bucket is the same as none), so it follows the number of active clients.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include <heddle/targets/rate_limiter_token_bucket/api.hpp>

namespace heddle::targets::rate_limiter_token_bucket {

class reference {
 public:
  /// Throws std::invalid_argument unless burst ≥ 1, per_token ≥ 1 ns and their product fits 64 bits of
  /// nanoseconds.
  explicit reference(const config& settings) : config_(settings), capacity_(capacity_of(settings)) {}

  /// Takes n tokens of the client's bucket, all or none; never waits. Throws std::invalid_argument if n < 1.
  decision try_acquire(client who, std::int64_t n = 1) {
    if (exceeds_burst(n, config_)) return never_allowed;
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (buckets_.size() >= forget_at_) forget_full_buckets(now);
    bucket& own = buckets_.try_emplace(who, bucket{capacity_, now}).first->second;
    own.refill(now, capacity_);
    return own.spend(n * config_.per_token);
  }

 private:
  static constexpr std::size_t forget_at_least = 1024;

  void forget_full_buckets(std::chrono::steady_clock::time_point now) {
    std::erase_if(buckets_, [&](const auto& entry) {
      return now - entry.second.updated_at >= capacity_ - entry.second.level;
    });
    forget_at_ = std::max(forget_at_least, 2 * buckets_.size());  // doubling makes the sweeps amortised O(1)
  }

  const config config_;
  const std::chrono::nanoseconds capacity_;
  std::mutex mutex_;
  std::unordered_map<client, bucket> buckets_;  // invariant: 0 ≤ level ≤ capacity_
  std::size_t forget_at_ = forget_at_least;
};

}  // namespace heddle::targets::rate_limiter_token_bucket
