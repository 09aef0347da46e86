// The ten lines of the README, on a limiter with a race and on one without.
#include <heddle/catch.hpp>
#include <heddle/heddle.hpp>
#include <heddle/runtime/runtime.hpp>

#include "fixed_hit_limiter.hpp"
#include "hit_limiter.hpp"

using Catch::Matchers::Contains;

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

TEST_CASE("the fixed limiter never over-admits") {
  heddle::check(heddle::contract<FixedHitLimiter, LimiterModel>("fixed_limiter")
                    .operation("try_acquire", &FixedHitLimiter::try_acquire, &LimiterModel::try_acquire,
                               rc::gen::inRange(1, 4)));
}

TEST_CASE("the limiter over-admits, and the report shows the race") {
  const auto limiter = heddle::contract<HitLimiter, LimiterModel>("limiter").operation(
      "try_acquire", &HitLimiter::try_acquire, &LimiterModel::try_acquire, rc::gen::inRange(1, 4));
  const heddle::check_report report = heddle::verify(limiter.definition());
  if (!heddle::runtime::deterministic()) {
    WARN("real threads meet in this window only by chance: " << (report.passed ? "not today" : "they did"));
    return;
  }
  REQUIRE_FALSE(report.passed);
  INFO(report.text);
  CHECK(report.headline == "limiter is NOT LINEARIZABLE");
  CHECK_THAT(report.text, Contains("to   2 threads × 1 call, "));
  CHECK_THAT(report.text, Contains("thread 1") && Contains("thread 2"));
  CHECK_THAT(report.text, Contains("load  used_ → ") && Contains("store used_ ← "));
  CHECK_THAT(report.text, Contains("hit_limiter.hpp:10") && Contains("hit_limiter.hpp:12"));
  CHECK_THAT(report.text, Contains("check-then-act race"));
  CHECK_THAT(report.text, Contains("HEDDLE_REPLAY="));
  CHECK(std::filesystem::exists(report.case_file));
}
