// Bug (catalogue M2): the same elapsed time is credited twice. Spending is a proper compare-and-swap, but the
// refill is two atomic operations, a fetch_add on the level and a store of the time up to which it was
// refilled. Two threads that both read the old time both add what grew since.
//
// Exposed by, with an empty bucket and one token's time gone by:
//   T1 refilled_at → 0;  T2 refilled_at → 0, level += 1 token, spends it → allowed;  T1 level += 1 token,
//   spends it → allowed
// Seen in: lock-free limiters that turned each field into an atomic instead of packing both into one word.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include <heddle/targets/rate_limiter_token_bucket/api.hpp>

namespace heddle::targets::rate_limiter_token_bucket {

class faulty_double_refill {
 public:
  explicit faulty_double_refill(const config& settings)
      : config_(settings), capacity_(capacity_of(settings)) {}

  decision try_acquire(client who, std::int64_t n = 1) {
    if (exceeds_burst(n, config_)) return never_allowed;
    shared_bucket& own = bucket_of(who);
    refill(own);
    const std::int64_t cost = (n * config_.per_token).count();
    std::int64_t level = own.level.load();
    while (level >= cost)
      if (own.level.compare_exchange_weak(level, level - cost)) return {.allowed = true};
    return decide(std::chrono::nanoseconds(level), std::chrono::nanoseconds(cost));
  }

 private:
  struct shared_bucket {
    shared_bucket(std::chrono::nanoseconds full, std::chrono::nanoseconds now)
        : level(full.count()), refilled_at(now.count()) {}
    std::atomic<std::int64_t> level;        // ns of refill
    std::atomic<std::int64_t> refilled_at;  // ns of the steady clock
  };

  static std::chrono::nanoseconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }

  shared_bucket& bucket_of(client who) {
    const std::lock_guard lock(mutex_);
    return buckets_.try_emplace(who, capacity_, now()).first->second;  // a node, it stays where it is
  }

  void refill(shared_bucket& own) {
    const std::int64_t last = own.refilled_at.load();
    const std::int64_t current = now().count();
    if (current <= last) return;
    const std::int64_t room = capacity_.count() - own.level.load();
    own.level.fetch_add(std::min(current - last, room));
    own.refilled_at.store(current);
  }

  const config config_;
  const std::chrono::nanoseconds capacity_;
  std::mutex mutex_;
  std::unordered_map<client, shared_bucket> buckets_;
};

}  // namespace heddle::targets::rate_limiter_token_bucket
