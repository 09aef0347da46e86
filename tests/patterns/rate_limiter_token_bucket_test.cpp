// Token buckets: each faulty variant's interleaving, which the reference does not have; the catalogue's
// numbers; and the class that comes with its own constructor.
#include <heddle/contracts/rate_limiter_token_bucket.hpp>
#include <heddle/models/rate_limiter_token_bucket.hpp>
#include <heddle/targets/rate_limiter_token_bucket/reference.hpp>

#include "directed.hpp"

using namespace heddle;
using namespace std::chrono_literals;
using heddle::contracts::token_bucket_settings;
using model = heddle::models::rate_limiter_token_bucket;

namespace {

constexpr auto id = "rate_limiter_token_bucket";
constexpr std::uint64_t client = 1;

// The pattern has two contracts: the bucket's is the first reference's and every variant's.
template <class Write>
void only_variant_fails(const char* variant, const Write& write) {
  const auto holding = heddle::tests::pattern_of(id).references.front().contract;
  scenario right(holding);
  write(right);
  const auto searched = right.search();
  CHECK(searched.schedules < 100'000);
  if (searched.found) FAIL_CHECK(heddle::tests::explain(*holding, *searched.found).message);

  const auto failing = heddle::tests::variant_of(id, variant);
  scenario wrong(failing);
  write(wrong);
  const auto found = wrong.search().found;
  INFO(variant);
  REQUIRE(found);
  CHECK(found->why.kind == harness::failure_kind::condition_violated);
}

}  // namespace

TEST_CASE("two requests read the same last token: both are allowed") {
  only_variant_fails("lost_update", [](scenario& s) {
    s.configured(token_bucket_settings{1, 7ns});
    s.thread().call("try_acquire", client, 1);
    s.thread().call("try_acquire", client, 1);
  });
}

TEST_CASE("two requests credit the same elapsed time") {
  only_variant_fails("double_refill", [](scenario& s) {
    s.configured(token_bucket_settings{2, 7ns}).first("try_acquire", client, 2);
    s.thread().call("try_acquire", client, 1);
    s.thread().call("try_acquire", client, 1);
    s.advance(7ns);
  });
}

TEST_CASE("polling faster than a token grows starves the client") {
  only_variant_fails("truncating_refill", [](scenario& s) {
    s.configured(token_bucket_settings{1, 7ns}).first("try_acquire", client, 1);
    s.thread().call("try_acquire", client, 1).call("try_acquire", client, 1);
    s.advance(6ns).advance(1ns);
  });
}

TEST_CASE("the wall clock is set back, and the bucket is full at once") {
  only_variant_fails("wall_clock", [](scenario& s) {
    s.configured(token_bucket_settings{1, 7ns});
    s.thread().call("try_acquire", client, 1).call("try_acquire", client, 1);
    s.step_wall_clock(-1ns);
  });
}

TEST_CASE("three clients' requests at once, every interleaving") {
  scenario s(heddle::tests::pattern_of(id).references.front().contract);
  s.configured(token_bucket_settings{2, 7ns});
  s.thread().call("try_acquire", client, 1).call("try_acquire", client, 2);
  s.thread().call("try_acquire", client, 1).call("try_acquire", client, 3);
  s.advance(8ns);
  CHECK_FALSE(s.search(3).found);
}

TEST_CASE("reservations are paid for in turn, every interleaving") {
  scenario s(heddle::tests::pattern_of(id).references.back().contract);
  s.configured(contracts::smooth_limiter_settings{2, 7ns}).first("reserve", 3);
  s.thread().call("reserve", 1).call("try_reserve", 2, 7ns);
  s.thread().call("try_reserve", 1, 14ns).call("reserve", 2);
  s.advance(15ns);
  CHECK_FALSE(s.search(2).found);
}

TEST_CASE("the bucket's model has the catalogue's numbers") {
  model ten_then_one_a_second;
  for (int i = 0; i < 10; ++i) CHECK(ten_then_one_a_second.try_acquire(client, 1).allowed);
  CHECK(ten_then_one_a_second.try_acquire(client, 1) == model::decision{false, 1s});

  model authenticated{.burst = 1000, .per_token = 60ms};
  for (int i = 0; i < 1000; ++i) REQUIRE(authenticated.try_acquire(client, 1).allowed);
  CHECK_FALSE(authenticated.try_acquire(client, 1).allowed);
}

TEST_CASE("a bucket of another construction comes with its own make") {
  using limiter = targets::rate_limiter_token_bucket::reference;
  struct per_second_limiter : limiter {
    explicit per_second_limiter(std::int64_t tokens) : limiter({.burst = tokens, .per_token = 7ns}) {}
  };
  const auto contract = contracts::rate_limiter_token_bucket<per_second_limiter>(
      [](const token_bucket_settings& s) { return per_second_limiter(s.burst); });
  const auto result =
      harness::explore(*contract.definition(), {.seed = 1, .limits = {.schedules = 2'000}, .run = {}});
  CHECK_FALSE(result.found);
  CHECK(result.schedules == 2'000);
}
