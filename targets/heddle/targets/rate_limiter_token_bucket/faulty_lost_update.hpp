// Bug (catalogue M1): lost update of the level. The map of buckets is thread-safe, the limiter is not: a
// bucket is read under the lock, spent outside of it, and written back under the lock.
//
// Exposed by, at one token left:   T1 get → 1 token;  T2 get → 1 token, put 0 → allowed;  T1 put 0 → allowed
// Seen in: limiters over a ConcurrentHashMap's get and put, and over GET and SET of a cache server.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include <heddle/targets/rate_limiter_token_bucket/api.hpp>

namespace heddle::targets::rate_limiter_token_bucket {

class faulty_lost_update {
 public:
  explicit faulty_lost_update(const config& settings) : config_(settings), capacity_(capacity_of(settings)) {}

  decision try_acquire(client who, std::int64_t n = 1) {
    if (exceeds_burst(n, config_)) return never_allowed;
    std::optional<bucket> known = get(who);
    const auto now = std::chrono::steady_clock::now();
    bucket own = known.value_or(bucket{capacity_, now});
    own.refill(now, capacity_);
    const decision answer = own.spend(n * config_.per_token);
    put(who, own);
    return answer;
  }

 private:
  std::optional<bucket> get(client who) {
    const std::lock_guard lock(mutex_);
    const auto found = buckets_.find(who);
    if (found == buckets_.end()) return std::nullopt;
    return found->second;
  }

  void put(client who, const bucket& updated) {
    const std::lock_guard lock(mutex_);
    buckets_[who] = updated;
  }

  const config config_;
  const std::chrono::nanoseconds capacity_;
  std::mutex mutex_;
  std::unordered_map<client, bucket> buckets_;
};

}  // namespace heddle::targets::rate_limiter_token_bucket
