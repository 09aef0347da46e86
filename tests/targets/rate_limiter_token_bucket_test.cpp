// The token bucket on one thread: examples of its use, agreement of models and targets on random call
// sequences, and a smoke test on real threads.
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <heddle/models/rate_limiter_token_bucket.hpp>
#include <heddle/targets/rate_limiter_token_bucket/faulty_double_refill.hpp>
#include <heddle/targets/rate_limiter_token_bucket/faulty_lost_update.hpp>
#include <heddle/targets/rate_limiter_token_bucket/faulty_truncating_refill.hpp>
#include <heddle/targets/rate_limiter_token_bucket/faulty_wall_clock.hpp>
#include <heddle/targets/rate_limiter_token_bucket/reference.hpp>
#include <heddle/targets/rate_limiter_token_bucket/smooth_reference.hpp>

#include "virtual_clock.hpp"

namespace {

namespace target = heddle::targets::rate_limiter_token_bucket;
using heddle::tests::virtual_clock;
using model = heddle::models::rate_limiter_token_bucket;
using smooth_model = heddle::models::rate_limiter_token_bucket_smooth;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

template <class Limiter>
concept token_bucket = std::constructible_from<Limiter, target::config> && requires(Limiter limiter) {
  { limiter.try_acquire(std::uint64_t{}, std::int64_t{}) } -> std::same_as<target::decision>;
};
static_assert(token_bucket<target::reference>);
static_assert(token_bucket<target::faulty_lost_update>);
static_assert(token_bucket<target::faulty_double_refill>);
static_assert(token_bucket<target::faulty_truncating_refill>);
static_assert(token_bucket<target::faulty_wall_clock>);

/// Time that goes by in ns, then a request: client, tokens.
using call = std::tuple<std::int64_t, std::uint64_t, std::int64_t>;

constexpr std::int64_t token_ns = 7;

rc::Gen<std::vector<call>> calls() {
  const auto waits = rc::gen::element<std::int64_t>(0, 1, token_ns / 3, token_ns - 1, token_ns, token_ns + 1,
                                                    2 * token_ns, 1000 * token_ns);
  return rc::gen::container<std::vector<call>>(
      rc::gen::tuple(waits, rc::gen::inRange<std::uint64_t>(0, 2), rc::gen::inRange<std::int64_t>(1, 6)));
}

/// Position of the first answer in which the target differs from the model.
template <class Limiter>
std::optional<std::size_t> first_difference(std::int64_t burst, const std::vector<call>& program) {
  virtual_clock clock;
  Limiter limiter({.burst = burst, .per_token = nanoseconds(token_ns)});
  model expected{.burst = burst, .per_token = nanoseconds(token_ns)};
  for (std::size_t i = 0; i < program.size(); ++i) {
    const auto& [wait_ns, client, n] = program[i];
    clock.advance(nanoseconds(wait_ns));
    expected.advance(nanoseconds(wait_ns));
    const target::decision seen = limiter.try_acquire(client, n);
    const model::decision right = expected.try_acquire(client, n);
    if (seen.allowed != right.allowed || seen.retry_after != right.retry_after) return i;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a bucket allows a burst and then one token per interval") {
  virtual_clock clock;
  target::reference limiter({.burst = 10, .per_token = 1s});
  for (int i = 0; i < 10; ++i) CHECK(limiter.try_acquire(1).allowed);
  CHECK(limiter.try_acquire(1) == target::decision{.allowed = false, .retry_after = 1s});
  CHECK(limiter.try_acquire(2).allowed);  // another client, another bucket
  clock.advance(1s - 1ns);
  CHECK(limiter.try_acquire(1) == target::decision{.allowed = false, .retry_after = 1ns});
  clock.advance(1ns);
  CHECK(limiter.try_acquire(1).allowed);
}

TEST_CASE("limits of the catalogue: the 1001st request within a minute is dropped") {
  virtual_clock clock;
  target::reference authenticated({.burst = 1000, .per_token = 60ms});
  for (int i = 0; i < 1000; ++i) REQUIRE(authenticated.try_acquire(1).allowed);
  CHECK_FALSE(authenticated.try_acquire(1).allowed);
}

TEST_CASE("a request is granted whole or not at all, and more than the burst never is") {
  virtual_clock clock;
  target::reference limiter({.burst = 3, .per_token = 1s});
  CHECK(limiter.try_acquire(1, 4) == target::never_allowed);
  CHECK(limiter.try_acquire(1, 2).allowed);
  CHECK(limiter.try_acquire(1, 2) == target::decision{.allowed = false, .retry_after = 1s});
  CHECK(limiter.try_acquire(1, 1).allowed);
}

TEST_CASE("a bucket does not overflow however long it is idle") {
  virtual_clock clock;
  target::reference limiter({.burst = 9, .per_token = nanoseconds::max() / 10});
  CHECK(limiter.try_acquire(1, 9).allowed);
  clock.advance(nanoseconds::max() - 2s);
  CHECK(limiter.try_acquire(1, 9).allowed);
  CHECK_FALSE(limiter.try_acquire(1, 1).allowed);
}

TEST_CASE("forgetting full buckets is not noticed by their clients") {
  virtual_clock clock;
  target::reference limiter({.burst = 2, .per_token = 1ns});
  CHECK(limiter.try_acquire(0, 2).allowed);
  for (std::uint64_t client = 1; client < 1500; ++client) CHECK(limiter.try_acquire(client, 2).allowed);
  for (std::uint64_t client = 0; client < 1500; ++client) CHECK_FALSE(limiter.try_acquire(client).allowed);
  clock.advance(1ns);
  for (std::uint64_t client = 1500; client < 3500; ++client) CHECK(limiter.try_acquire(client, 2).allowed);
  for (std::uint64_t client = 0; client < 1500; ++client)
    CHECK(limiter.try_acquire(client, 2) == target::decision{.allowed = false, .retry_after = 1ns});
  clock.advance(2ns);
  for (std::uint64_t client = 3500; client < 7500; ++client) CHECK(limiter.try_acquire(client, 2).allowed);
  for (std::uint64_t client = 0; client < 7500; ++client)
    CHECK(limiter.try_acquire(client, 2).allowed == (client < 3500));
}

TEST_CASE("nonsense is refused by name") {
  CHECK_THROWS_AS(target::reference({.burst = 0}), std::invalid_argument);
  CHECK_THROWS_AS(target::reference({.burst = 1, .per_token = 0ns}), std::invalid_argument);
  CHECK_THROWS_AS(target::reference({.burst = 1'000'000, .per_token = 24h * 365}), std::invalid_argument);
  CHECK_THROWS_AS(target::reference({}).try_acquire(1, 0), std::invalid_argument);
  CHECK_THROWS_AS(target::smooth_reference({}).reserve(0), std::invalid_argument);
  CHECK_THROWS_AS(target::smooth_reference({.max_stored = -1}), std::invalid_argument);
}

TEMPLATE_TEST_CASE("one call at a time a token bucket agrees with the model", "", target::reference,
                   target::faulty_lost_update, target::faulty_double_refill, target::faulty_wall_clock) {
  CHECK(rc::check([] {
    const auto burst = *rc::gen::inRange<std::int64_t>(1, 5);
    const auto program = *calls();
    RC_ASSERT(first_difference<TestType>(burst, program) == std::nullopt);
  }));
}

TEST_CASE("M3: a client that polls faster than a token grows is starved") {
  const std::vector<call> poll{{0, 1, 1}, {token_ns - 1, 1, 1}, {1, 1, 1}};
  virtual_clock clock;
  target::faulty_truncating_refill faulty({.burst = 1, .per_token = nanoseconds(token_ns)});
  REQUIRE(faulty.try_acquire(1).allowed);
  for (int i = 0; i < 1000; ++i) {
    clock.advance(nanoseconds(token_ns - 1));
    CHECK_FALSE(faulty.try_acquire(1).allowed);
  }
  CHECK(first_difference<target::faulty_truncating_refill>(1, poll));
  CHECK_FALSE(first_difference<target::reference>(1, poll));
}

TEST_CASE("M4: setting the wall clock back fills the bucket, or drains it") {
  virtual_clock clock;
  target::faulty_wall_clock filled({.burst = 1, .per_token = 1ms});
  target::reference right({.burst = 1, .per_token = 1ms});
  REQUIRE(filled.try_acquire(1).allowed);
  REQUIRE(right.try_acquire(1).allowed);
  clock.set_back(1ns);
  CHECK(filled.try_acquire(1).allowed);
  CHECK_FALSE(right.try_acquire(1).allowed);

  target::faulty_wall_clock drained({.burst = 2, .per_token = 1ms});
  REQUIRE(drained.try_acquire(1).allowed);
  clock.set_back(1ms);
  CHECK_FALSE(drained.try_acquire(1).allowed);
}

TEST_CASE("what is denied changes nothing: polling does not alter later decisions") {
  CHECK(rc::check([](const std::vector<std::uint8_t>& pieces) {
    model polled{.burst = 1, .per_token = 100ns};
    model idle = polled;
    RC_ASSERT(polled.try_acquire(1, 1).allowed == idle.try_acquire(1, 1).allowed);
    for (const std::uint8_t piece : pieces) {
      polled.advance(nanoseconds(piece));
      idle.advance(nanoseconds(piece));
      model asked = polled;
      if (!asked.try_acquire(1, 1).allowed) polled = asked;
      RC_ASSERT(polled == idle);
    }
  }));
}

TEST_CASE("a reservation is paid for by the next one") {
  virtual_clock clock;
  target::smooth_reference limiter({.max_stored = 2, .interval = 10ns});
  CHECK(limiter.reserve(5) == 0ns);  // nothing is stored, yet the first never waits
  CHECK(limiter.reserve(1) == 50ns);
  CHECK(limiter.try_reserve(1, 59ns) == std::nullopt);
  CHECK(limiter.try_reserve(1, 60ns) == std::optional<nanoseconds>(60ns));
  clock.advance(70ns + 100ns);  // all paid for, and two permits' worth stored
  CHECK(limiter.reserve(2) == 0ns);
  CHECK(limiter.reserve(1) == 0ns);
  CHECK(limiter.reserve(1) == 10ns);
}

TEST_CASE("reservations beyond all time saturate") {
  virtual_clock clock;
  target::smooth_reference limiter({.max_stored = 0, .interval = nanoseconds::max()});
  CHECK(limiter.reserve() == 0ns);
  CHECK(limiter.reserve() == nanoseconds::max() - 1s);
  CHECK(limiter.reserve() == nanoseconds::max() - 1s);
}

TEST_CASE("one call at a time reservations agree with the model") {
  CHECK(rc::check([] {
    const auto max_stored = *rc::gen::inRange<std::int64_t>(0, 4);
    const auto program = *calls();
    virtual_clock clock;
    target::smooth_reference limiter({.max_stored = max_stored, .interval = nanoseconds(token_ns)});
    smooth_model expected{.max_stored = max_stored, .interval = nanoseconds(token_ns)};
    for (const auto& [wait_ns, kind, n] : program) {
      clock.advance(nanoseconds(wait_ns));
      expected.advance(nanoseconds(wait_ns));
      const nanoseconds patience((n - 1) * token_ns);
      if (kind == 0)
        RC_ASSERT(limiter.reserve(n) == expected.reserve(n));
      else
        RC_ASSERT(limiter.try_reserve(n, patience) == expected.try_reserve(n, patience));
    }
  }));
}

TEST_CASE("threads together get exactly the burst") {
  target::reference limiter({.burst = 100, .per_token = 24h});
  std::atomic<int> allowed = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) allowed += limiter.try_acquire(1).allowed ? 1 : 0;
      });
  }
  CHECK(allowed == 100);
}
