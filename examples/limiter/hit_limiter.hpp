// Production code: knows nothing of Heddle.
#pragma once

#include <atomic>

/// Meant to admit ten hits in all. It looks and then acts: two callers may look at the same moment.
class HitLimiter {
 public:
  bool try_acquire(int n) {
    const int used = used_.load();
    if (used + n > 10) return false;
    used_.store(used + n);
    return true;
  }

 private:
  std::atomic<int> used_{0};
};
