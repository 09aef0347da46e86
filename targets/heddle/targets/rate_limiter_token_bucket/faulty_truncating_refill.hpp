// Bug (catalogue M3, sequential): whole tokens are credited and the fraction is thrown away, as the time of
// the refill moves on to now whether or not a token grew. A client that polls faster than `per_token` never
// gets another token.
//
// Exposed by, with an empty bucket:   t += per_token − 1, denied;  t += 1, denied although one token's time
// went by Seen in: integer ports of the textbook bucket, whose `tokens` is a double.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include <heddle/targets/rate_limiter_token_bucket/api.hpp>

namespace heddle::targets::rate_limiter_token_bucket {

class faulty_truncating_refill {
 public:
  explicit faulty_truncating_refill(const config& settings) : config_(settings) { capacity_of(settings); }

  decision try_acquire(client who, std::int64_t n = 1) {
    if (exceeds_burst(n, config_)) return never_allowed;
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    counted_bucket& own = buckets_.try_emplace(who, counted_bucket{config_.burst, now}).first->second;
    const std::int64_t gained = (now - own.updated_at) / config_.per_token;
    own.tokens += std::min(gained, config_.burst - own.tokens);
    own.updated_at = now;
    const decision answer = decide(own.tokens * config_.per_token, n * config_.per_token);
    if (answer.allowed) own.tokens -= n;
    return answer;
  }

 private:
  struct counted_bucket {
    std::int64_t tokens = 0;
    std::chrono::steady_clock::time_point updated_at;
  };

  const config config_;
  std::mutex mutex_;
  std::unordered_map<client, counted_bucket> buckets_;
};

}  // namespace heddle::targets::rate_limiter_token_bucket
