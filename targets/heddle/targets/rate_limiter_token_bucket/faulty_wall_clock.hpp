// Bug (catalogue M4, class CLK-BACK): refills by the wall clock, and counts elapsed time as unsigned. When
// the clock is set back, the difference wraps: a level that covers the step is drained by it, any other
// bucket is full at once.
//
// Exposed by, with burst 1:   T1 try_acquire → allowed;  wall clock set back;  T1 try_acquire → allowed
// Seen in: limiters that share time stamps between hosts, and so read the wall clock; NTP then steps it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include <heddle/targets/rate_limiter_token_bucket/api.hpp>

namespace heddle::targets::rate_limiter_token_bucket {

class faulty_wall_clock {
 public:
  explicit faulty_wall_clock(const config& settings)
      : config_(settings), capacity_(static_cast<std::uint64_t>(capacity_of(settings).count())) {}

  decision try_acquire(client who, std::int64_t n = 1) {
    if (exceeds_burst(n, config_)) return never_allowed;
    const std::lock_guard lock(mutex_);
    const std::uint64_t now = wall_clock_ns();
    stamped_bucket& own = buckets_.try_emplace(who, stamped_bucket{capacity_, now}).first->second;
    own.level = std::min(capacity_, own.level + (now - own.updated_at));
    own.updated_at = now;
    const std::chrono::nanoseconds level(static_cast<std::int64_t>(own.level));
    const std::chrono::nanoseconds cost = n * config_.per_token;
    const decision answer = decide(level, cost);
    if (answer.allowed) own.level -= static_cast<std::uint64_t>(cost.count());
    return answer;
  }

 private:
  struct stamped_bucket {
    std::uint64_t level = 0;       // ns of refill
    std::uint64_t updated_at = 0;  // ns since 1970
  };

  static std::uint64_t wall_clock_ns() {
    const std::chrono::nanoseconds since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(since_1970.count());
  }

  const config config_;
  const std::uint64_t capacity_;  // ns of refill
  std::mutex mutex_;
  std::unordered_map<client, stamped_bucket> buckets_;
};

}  // namespace heddle::targets::rate_limiter_token_bucket
