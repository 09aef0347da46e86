// Sequential models of the token bucket and of its sibling with reservations.
//
// Both are written as virtual scheduling (GCRA, ATM Forum TM 4.0): instead of a level and the time of its
// last update there is one moment per bucket. That is another arithmetic than the implementations use, and it
// is canonical: a denied request leaves the state unchanged, a full bucket is absent.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include <heddle/linearizability/model.hpp>

namespace heddle::models {

/// Deterministic; partition by client. Preconditions: burst ≥ 1, per_token ≥ 1 ns, n ≥ 1, no product
/// overflows.
struct rate_limiter_token_bucket {
  struct decision {
    bool allowed = false;
    std::chrono::nanoseconds retry_after{};  ///< zero if allowed, nanoseconds::max() if never

    bool operator==(const decision&) const = default;
  };

  std::int64_t burst = 10;
  std::chrono::nanoseconds per_token = std::chrono::seconds(1);

  std::chrono::nanoseconds now{};
  /// Per client, when its bucket is full; always > now.
  std::map<std::uint64_t, std::chrono::nanoseconds> full_at{};

  void advance(std::chrono::nanoseconds d) {
    now += d;
    std::erase_if(full_at, [&](const auto& entry) { return entry.second <= now; });
  }

  decision try_acquire(std::uint64_t client, std::int64_t n) {
    if (n > burst) return {.allowed = false, .retry_after = std::chrono::nanoseconds::max()};
    const auto found = full_at.find(client);
    const auto missing = found == full_at.end() ? std::chrono::nanoseconds{} : found->second - now;
    const auto missing_after = missing + n * per_token;
    const auto capacity = burst * per_token;
    if (missing_after > capacity) return {.allowed = false, .retry_after = missing_after - capacity};
    full_at[client] = now + missing_after;
    return {.allowed = true};
  }

  bool operator==(const rate_limiter_token_bucket&) const = default;
};

/// Guava's SmoothBursty. Deterministic. Preconditions: max_stored ≥ 0, interval ≥ 1 ns, n ≥ 1, no product
/// overflows.
struct rate_limiter_token_bucket_smooth {
  std::int64_t max_stored = 1;
  std::chrono::nanoseconds interval = std::chrono::seconds(1);

  std::chrono::nanoseconds now{};
  /// When everything granted is paid for: in the future there is debt, in the past what is between is stored.
  std::chrono::nanoseconds paid_at{};

  void advance(std::chrono::nanoseconds d) {
    now += d;
    paid_at = std::max(paid_at, now - max_stored * interval);
  }

  std::chrono::nanoseconds reserve(std::int64_t n) {
    const auto wait = std::max(std::chrono::nanoseconds{}, paid_at - now);
    paid_at += n * interval;
    return wait;
  }

  std::optional<std::chrono::nanoseconds> try_reserve(std::int64_t n, std::chrono::nanoseconds max_wait) {
    if (paid_at > now && paid_at - now > max_wait) return std::nullopt;
    return reserve(n);
  }

  bool operator==(const rate_limiter_token_bucket_smooth&) const = default;
};

}  // namespace heddle::models
