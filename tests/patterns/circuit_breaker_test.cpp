// Circuit breakers: each faulty variant's interleaving, which no reference has; the catalogue's numbers; and
// the weaker contract of breakers that cannot tell a late result.
#include <heddle/contracts/circuit_breaker.hpp>
#include <heddle/models/circuit_breaker.hpp>
#include <heddle/targets/circuit_breaker/faulty_no_generation.hpp>

#include "directed.hpp"

using namespace heddle;
using namespace std::chrono_literals;
using heddle::contracts::circuit_breaker_settings;
using heddle::tests::references_hold;
using heddle::tests::variant_fails;
using model = heddle::models::circuit_breaker;

namespace {

constexpr auto id = "circuit_breaker";
using enum model::outcome;
using enum model::circuit_state;

circuit_breaker_settings breaker(int failure_threshold, int permits, model::circuit_state starts) {
  return {failure_threshold, 10ns, permits, 1, std::nullopt, starts};
}

}  // namespace

TEST_CASE("half-open with three permits: a fourth probe passes") {
  const auto write = [](scenario& s) {
    s.configured(breaker(1, 3, half_open));
    for (int i = 0; i < 4; ++i) s.thread().call("try_acquire");
  };
  variant_fails(id, "half_open_over_admission", "", write, 1);
}

TEST_CASE("two callers see the open time elapsed: two probes with one permit") {
  variant_fails(id, "double_transition", "", [](scenario& s) {
    s.configured(breaker(1, 1, open));
    s.thread().call("try_acquire");
    s.thread().call("try_acquire");
    s.advance(11ns);
  });
}

TEST_CASE("a call from before the circuit opened passes for a probe") {
  variant_fails(id, "no_generation", "", [](scenario& s) {
    s.configured(breaker(1, 1, closed)).first("try_acquire").first("try_acquire").first("record", 1, failure);
    s.thread().call("record", 0, success);
    s.thread().call("try_acquire");
    s.advance(11ns);
  });
}

TEST_CASE("two failures are counted as one") {
  variant_fails(id, "lost_failure", "", [](scenario& s) {
    s.configured(breaker(5, 1, closed));
    for (int i = 0; i < 3; ++i) s.first("try_acquire").first("record", 0, failure);
    s.first("try_acquire").first("try_acquire");
    s.thread().call("record", 0, failure);
    s.thread().call("record", 1, failure);
  });
}

TEST_CASE("an ignored result keeps its permit, and nothing ends the half-open state") {
  const auto why = variant_fails(id, "permit_leak", "", [](scenario& s) {
    s.configured(breaker(1, 1, half_open));
    s.thread().call("try_acquire").call("record", 0, ignored);
  });
  REQUIRE_FALSE(why.verdict.reasons.empty());
  CHECK(why.verdict.reasons.front().find("free_permits() would answer 1, not 0") != std::string::npos);
}

TEST_CASE("a success between failures does not count") {
  variant_fails(id, "no_reset_on_success", "", [](scenario& s) {
    s.configured(breaker(5, 1, closed)).thread();
    for (const auto result : {failure, failure, failure, failure, success, failure})
      s.call("try_acquire").call("record", 0, result);
  });
}

TEST_CASE("a permit that goes out of scope comes back") {
  references_hold(id, [](scenario& s) {
    s.configured(breaker(1, 1, half_open));
    s.thread().call("try_acquire").call("drop", 0).call("try_acquire");
    s.thread().call("try_acquire");
  });
}

TEST_CASE("half-open for too long opens the circuit at the next call") {
  references_hold(id, [](scenario& s) {
    s.configured(circuit_breaker_settings{1, 10ns, 2, 1, 20ns, half_open});
    s.thread().call("try_acquire").call("record", 0, success);
    s.thread().call("try_acquire");
    s.advance(21ns).advance(11ns);
  });
}

TEST_CASE("who counts late results keeps the contract that says so, and only that") {
  using breaker_type = targets::circuit_breaker::faulty_no_generation;
  const auto strict = contracts::circuit_breaker<breaker_type>();
  const auto weak =
      contracts::circuit_breaker<breaker_type>("circuit_breaker", model::late_results::count_in_current);
  CHECK(harness::explore(*strict.definition(), {.seed = 5, .limits = {}, .run = {}}).found);
  CHECK_FALSE(
      harness::explore(*weak.definition(), {.seed = 5, .limits = {.schedules = 5'000}, .run = {}}).found);
}

TEST_CASE("the breaker's model has the catalogue's numbers") {
  constexpr caller who{1};
  model m;
  for (int i = 0; i < 5; ++i) {
    REQUIRE(m.state() == closed);
    REQUIRE(m.try_acquire(who).answer == model::verdict::admitted);
    REQUIRE(m.record(who, 0, failure));
  }
  CHECK(m.state() == open);
  m.advance(30s);
  CHECK(m.try_acquire(who) == model::admission{model::verdict::open, 1ns});
  m.advance(1ns);
  for (int probe = 0; probe < 3; ++probe) CHECK(m.try_acquire(who).answer == model::verdict::admitted);
  CHECK(m.try_acquire(who).answer == model::verdict::half_open_full);
  REQUIRE(m.record(who, 0, ignored));  // a client's own error gives the permit back
  CHECK(m.try_acquire(who).answer == model::verdict::admitted);
  REQUIRE(m.record(who, 0, success));
  CHECK(m.state() == half_open);
  REQUIRE(m.record(who, 0, success));
  CHECK(m.state() == closed);
}
