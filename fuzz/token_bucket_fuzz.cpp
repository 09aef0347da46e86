// The token bucket under libFuzzer. Each process fuzzes one contract: choose the test on the command line.
#include <heddle/catch.hpp>
#include <heddle/contracts/rate_limiter_token_bucket.hpp>
#include <heddle/harness/fuzzing.hpp>
#include <heddle/heddle.hpp>
#include <heddle/targets/rate_limiter_token_bucket/faulty_lost_update.hpp>
#include <heddle/targets/rate_limiter_token_bucket/reference.hpp>

namespace targets = heddle::targets::rate_limiter_token_bucket;
using heddle::contracts::rate_limiter_token_bucket;

TEST_CASE("the token bucket's reference holds") {
  REQUIRE(heddle::harness::can_fuzz());
  heddle::check(rate_limiter_token_bucket<targets::reference>());
}

TEST_CASE("the token bucket with a lost update does not") {
  REQUIRE(heddle::harness::can_fuzz());
  CHECK_THROWS_AS(
      heddle::check(rate_limiter_token_bucket<targets::faulty_lost_update>(), {.schedules = 100'000}),
      heddle::violation);
}
