#include <heddle/catch.hpp>
#include <heddle/heddle.hpp>

#include "hit_limiter.hpp"

/// The same calls, one at a time.
struct LimiterModel {
  int used = 0;
  bool try_acquire(int n) {
    if (used + n > 10) return false;
    used += n;
    return true;
  }
  bool operator==(const LimiterModel&) const = default;
};

TEST_CASE("the limiter never over-admits") {
  heddle::check(heddle::contract<HitLimiter, LimiterModel>("limiter").operation(
      "try_acquire", &HitLimiter::try_acquire, &LimiterModel::try_acquire, rc::gen::inRange(1, 4)));
}
