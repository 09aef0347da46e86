// Production code: knows nothing of Heddle.
#pragma once

#include <atomic>

/// Admits ten hits in all: it acts only if what it looked at still stands.
class FixedHitLimiter {
 public:
  bool try_acquire(int n) {
    int used = used_.load();
    do {
      if (used + n > 10) return false;
    } while (!used_.compare_exchange_weak(used, used + n));
    return true;
  }

 private:
  std::atomic<int> used_{0};
};
