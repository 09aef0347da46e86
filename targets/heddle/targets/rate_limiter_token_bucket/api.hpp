// What every token bucket here shares: configuration, decision, and the arithmetic of one bucket.
//
// A bucket's level is kept in nanoseconds of refill, not in tokens: one token is `per_token`, a full bucket
// is `burst * per_token`. Elapsed time is then added as it is, no fraction of a token is ever lost, and there
// is no floating point in the decision.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace heddle::targets::rate_limiter_token_bucket {

/// Whom a bucket belongs to: a client, a tenant, an address.
using client = std::uint64_t;

/// Ten at once and one a second, unless said otherwise.
struct config {
  std::int64_t burst = 10;  ///< tokens in a full bucket, at least 1
  std::chrono::nanoseconds per_token =
      std::chrono::seconds(1);  ///< time in which one token grows, at least 1 ns
};

/// The answer to a request for tokens.
struct decision {
  bool allowed = false;
  /// Zero if allowed. Otherwise the shortest wait after which the same request is allowed, if nobody else
  /// takes tokens meanwhile; nanoseconds::max() if it never will be, as it asks for more than `burst`.
  std::chrono::nanoseconds retry_after{};

  bool operator==(const decision&) const = default;
};

/// Refill time of `count` tokens. Throws std::invalid_argument if `count` is negative, `per_token` is less
/// than 1 ns, or the product does not fit (292 years).
inline std::chrono::nanoseconds refill_time(std::int64_t count, std::chrono::nanoseconds per_token) {
  if (per_token < std::chrono::nanoseconds(1)) throw std::invalid_argument("a token must take at least 1 ns");
  if (count < 0) throw std::invalid_argument("the number of tokens must not be negative");
  if (count > std::numeric_limits<std::int64_t>::max() / per_token.count())
    throw std::invalid_argument("so many tokens take longer than 292 years");
  return count * per_token;
}

/// Refill time of a full bucket. Throws std::invalid_argument for a configuration that makes no sense.
inline std::chrono::nanoseconds capacity_of(const config& settings) {
  if (settings.burst < 1) throw std::invalid_argument("the burst must be at least 1");
  return refill_time(settings.burst, settings.per_token);
}

/// `level` after it grew for `elapsed` ≥ 0, at most `capacity`. Does not overflow.
inline std::chrono::nanoseconds grown(std::chrono::nanoseconds level, std::chrono::nanoseconds elapsed,
                                      std::chrono::nanoseconds capacity) {
  return elapsed >= capacity - level ? capacity : level + elapsed;
}

/// The answer of a bucket at `level` to a request that costs `cost`.
inline decision decide(std::chrono::nanoseconds level, std::chrono::nanoseconds cost) {
  if (level >= cost) return {.allowed = true};
  return {.allowed = false, .retry_after = cost - level};
}

/// The answer that needs no bucket: more than `burst` is never allowed. Throws std::invalid_argument if n
/// < 1.
inline bool exceeds_burst(std::int64_t n, const config& settings) {
  if (n < 1) throw std::invalid_argument("at least one token must be asked for");
  return n > settings.burst;
}

inline constexpr decision never_allowed{.allowed = false, .retry_after = std::chrono::nanoseconds::max()};

/// One bucket under its owner's lock.
struct bucket {
  std::chrono::nanoseconds level{};
  std::chrono::steady_clock::time_point updated_at{};

  void refill(std::chrono::steady_clock::time_point now, std::chrono::nanoseconds capacity) {
    level = grown(level, now - updated_at, capacity);
    updated_at = now;
  }

  decision spend(std::chrono::nanoseconds cost) {
    const decision answer = decide(level, cost);
    if (answer.allowed) level -= cost;
    return answer;
  }
};

}  // namespace heddle::targets::rate_limiter_token_bucket
