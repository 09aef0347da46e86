// The circuit breaker on one thread: examples of its use, agreement of model and targets on random call
// sequences, and a smoke test on real threads.
#include <array>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <heddle/models/circuit_breaker.hpp>
#include <heddle/targets/circuit_breaker/faulty_double_transition.hpp>
#include <heddle/targets/circuit_breaker/faulty_half_open_over_admission.hpp>
#include <heddle/targets/circuit_breaker/faulty_lost_failure.hpp>
#include <heddle/targets/circuit_breaker/faulty_no_generation.hpp>
#include <heddle/targets/circuit_breaker/faulty_no_reset_on_success.hpp>
#include <heddle/targets/circuit_breaker/faulty_permit_leak.hpp>
#include <heddle/targets/circuit_breaker/reference.hpp>

#include "virtual_clock.hpp"

namespace {

namespace target = heddle::targets::circuit_breaker;
using heddle::caller;
using heddle::tests::virtual_clock;
using model = heddle::models::circuit_breaker;
using target::circuit_state;
using target::outcome;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

template <class Breaker>
concept breaker =
    std::constructible_from<Breaker, target::config> && !std::copy_constructible<typename Breaker::permit> &&
    requires(Breaker b, typename Breaker::permit permit) {
  { b.try_acquire() } -> std::same_as<std::variant<typename Breaker::permit, target::rejected>>;
  { b.record(std::move(permit), outcome::success) } -> std::same_as<void>;
  { b.release(std::move(permit)) } -> std::same_as<void>;
  { std::as_const(b).state() } -> std::same_as<circuit_state>;
  { b.force(circuit_state::open) } -> std::same_as<void>;
};
static_assert(breaker<target::reference>);
static_assert(breaker<target::faulty_half_open_over_admission>);
static_assert(breaker<target::faulty_double_transition>);
static_assert(breaker<target::faulty_no_generation>);
static_assert(breaker<target::faulty_lost_failure>);
static_assert(breaker<target::faulty_permit_leak>);
static_assert(breaker<target::faulty_no_reset_on_success>);

template <class Breaker>
using permit_of = typename Breaker::permit;

/// Acquires and expects to be let through.
template <class Breaker>
permit_of<Breaker> pass(Breaker& b) {
  auto admission = b.try_acquire();
  REQUIRE(std::holds_alternative<permit_of<Breaker>>(admission));
  return std::get<permit_of<Breaker>>(std::move(admission));
}

template <class Breaker>
std::optional<target::rejected> refused(Breaker& b) {
  const auto admission = b.try_acquire();
  if (const auto* refusal = std::get_if<target::rejected>(&admission)) return *refusal;
  return std::nullopt;
}

template <class Breaker>
void call(Breaker& b, outcome result) {
  b.record(pass(b), result);
}

template <class Breaker>
void trip(Breaker& b, int failures) {
  for (int i = 0; i < failures; ++i) call(b, outcome::failure);
}

constexpr target::config one_of_each{
    .failure_threshold = 1, .open_for = 10ns, .half_open_permits = 1, .success_threshold = 1};

// --- random call sequences

enum class kind : std::uint8_t { acquire, record, release, state, force };

/// Time that goes by in ns, process, what to do, which of the process's permits, with which outcome or state.
using step = std::tuple<std::int64_t, std::uint32_t, kind, std::size_t, std::uint8_t>;

constexpr std::int64_t open_ns = 10;

rc::Gen<std::vector<step>> steps() {
  const auto waits = rc::gen::weightedElement<std::int64_t>(
      {{6, 0}, {1, 1}, {1, open_ns - 1}, {1, open_ns}, {2, open_ns + 1}, {1, 3 * open_ns}});
  const auto kinds = rc::gen::weightedElement<kind>(
      {{8, kind::acquire}, {8, kind::record}, {2, kind::release}, {2, kind::state}, {1, kind::force}});
  const auto results = rc::gen::weightedElement<std::uint8_t>({{3, 0}, {6, 1}, {1, 2}});
  return rc::gen::scale(2.0, rc::gen::container<std::vector<step>>(
                                 rc::gen::tuple(waits, rc::gen::inRange<std::uint32_t>(0, 2), kinds,
                                                rc::gen::inRange<std::size_t>(0, 3), results)));
}

rc::Gen<target::config> configs() {
  return rc::gen::apply(
      [](int failures, int permits, int successes, std::optional<nanoseconds> longest) {
        return target::config{.failure_threshold = failures,
                              .open_for = nanoseconds(open_ns),
                              .half_open_permits = permits,
                              .success_threshold = std::min(successes, permits),
                              .half_open_max = longest};
      },
      rc::gen::inRange(1, 4), rc::gen::inRange(1, 4), rc::gen::inRange(1, 4),
      rc::gen::element<std::optional<nanoseconds>>(std::nullopt, std::nullopt, 0ns, 15ns));
}

model::admission as_model(const std::optional<target::rejected>& refusal) {
  if (!refusal) return {};
  return {refusal->why == target::refusal::open ? model::verdict::open : model::verdict::half_open_full,
          refusal->retry_after};
}

/// A target and the permits that its processes hold.
template <class Breaker>
class session {
 public:
  explicit session(const target::config& settings) : breaker_(settings) {}

  model::admission try_acquire(std::uint32_t process) {
    auto admission = breaker_.try_acquire();
    if (const auto* refusal = std::get_if<target::rejected>(&admission)) return as_model(*refusal);
    held_.at(process).push_back(std::get<permit_of<Breaker>>(std::move(admission)));
    return {};
  }

  bool record(std::uint32_t process, std::size_t index, outcome result) {
    auto permit = take(process, index);
    if (permit) breaker_.record(std::move(*permit), result);
    return permit.has_value();
  }

  bool release(std::uint32_t process, std::size_t index) {
    auto permit = take(process, index);
    if (permit) breaker_.release(std::move(*permit));
    return permit.has_value();
  }

  model::circuit_state state() const { return static_cast<model::circuit_state>(breaker_.state()); }
  void force(circuit_state next) { breaker_.force(next); }

 private:
  std::optional<permit_of<Breaker>> take(std::uint32_t process, std::size_t index) {
    auto& own = held_.at(process);
    if (index >= own.size()) return std::nullopt;
    std::optional<permit_of<Breaker>> taken(std::move(own[index]));
    own.erase(own.begin() + static_cast<std::ptrdiff_t>(index));
    return taken;
  }

  Breaker breaker_;
  std::array<std::vector<permit_of<Breaker>>, 2> held_;
};

template <class Breaker>
bool same_answer(session<Breaker>& seen, model& expected, const step& next) {
  const auto& [wait_ns, process, what, index, choice] = next;
  const caller who{process};
  switch (what) {
    case kind::acquire:
      return seen.try_acquire(process) == expected.try_acquire(who);
    case kind::record:
      return seen.record(process, index, static_cast<outcome>(choice)) ==
             expected.record(who, index, static_cast<model::outcome>(choice));
    case kind::release:
      return seen.release(process, index) == expected.release(who, index);
    case kind::state:
      return seen.state() == expected.state();
    case kind::force:
      seen.force(static_cast<circuit_state>(choice));
      expected.force(static_cast<model::circuit_state>(choice));
      return true;
  }
  return false;
}

/// Position of the first answer, or of the state left by it, in which the target differs from the model.
template <class Breaker>
std::optional<std::size_t> first_difference(const target::config& settings, model::late_results late,
                                            const std::vector<step>& program) {
  virtual_clock clock;
  session<Breaker> seen(settings);
  model expected{.failure_threshold = settings.failure_threshold,
                 .open_for = settings.open_for,
                 .half_open_permits = settings.half_open_permits,
                 .success_threshold = settings.success_threshold,
                 .half_open_max = settings.half_open_max,
                 .late = late};
  for (std::size_t i = 0; i < program.size(); ++i) {
    const nanoseconds wait(std::get<0>(program[i]));
    clock.advance(wait);
    expected.advance(wait);
    if (!same_answer(seen, expected, program[i]) || seen.state() != expected.state()) return i;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("the fifth failure in a row opens the circuit, and it is refused for 30 seconds") {
  virtual_clock clock;
  target::reference b(target::config{});
  trip(b, 4);
  call(b, outcome::success);
  trip(b, 4);
  CHECK(b.state() == circuit_state::closed);
  call(b, outcome::ignored);  // a client's error neither counts nor resets
  trip(b, 1);
  CHECK(b.state() == circuit_state::open);
  CHECK(refused(b) == target::rejected{.why = target::refusal::open, .retry_after = 30s + 1ns});
}

TEST_CASE("at exactly the open time a probe is refused, one nanosecond later it passes") {
  virtual_clock clock;
  target::reference b(target::config{});
  trip(b, 5);
  clock.advance(30s);
  CHECK(refused(b) == target::rejected{.why = target::refusal::open, .retry_after = 1ns});
  clock.advance(1ns);
  CHECK(b.state() == circuit_state::open);  // nobody asked yet
  const auto probe = pass(b);
  CHECK(b.state() == circuit_state::half_open);
}

TEST_CASE("three probes at a time, two successes close, one failure opens") {
  virtual_clock clock;
  target::reference b(target::config{});
  trip(b, 5);
  clock.advance(30s + 1ns);
  auto first = pass(b);
  auto second = pass(b);
  auto third = pass(b);
  CHECK(refused(b) == target::rejected{.why = target::refusal::half_open_full});
  b.record(std::move(first), outcome::success);
  CHECK(refused(b) == target::rejected{.why = target::refusal::half_open_full});

  SECTION("the second success closes, the third result is late") {
    b.record(std::move(second), outcome::success);
    CHECK(b.state() == circuit_state::closed);
    b.record(std::move(third), outcome::failure);
    trip(b, 4);
    CHECK(b.state() == circuit_state::closed);
  }
  SECTION("a failure opens again") {
    b.record(std::move(second), outcome::failure);
    CHECK(b.state() == circuit_state::open);
  }
  SECTION("a probe that says nothing, or is never made, makes room for another") {
    b.record(std::move(second), outcome::ignored);
    b.release(std::move(third));
    { const auto dropped = pass(b); }
    const auto fourth = pass(b);
    const auto fifth = pass(b);
    CHECK(refused(b).has_value());
  }
}

TEST_CASE("a half-open state that takes too long opens the circuit at the next call") {
  virtual_clock clock;
  auto settings = one_of_each;
  settings.half_open_max = 100ns;
  target::reference b(settings);
  trip(b, 1);
  clock.advance(11ns);
  auto probe = pass(b);
  clock.advance(101ns);
  CHECK(b.state() == circuit_state::half_open);
  b.record(std::move(probe), outcome::success);  // too late
  CHECK(b.state() == circuit_state::open);
  CHECK(refused(b) == target::rejected{.why = target::refusal::open, .retry_after = 11ns});
}

TEST_CASE("a permit that is moved from or used up has no more effect") {
  target::reference b({.failure_threshold = 2});
  auto permit = pass(b);
  auto moved = std::move(permit);
  b.record(std::move(permit), outcome::failure);  // NOLINT(bugprone-use-after-move): that is the point
  b.record(std::move(moved), outcome::failure);
  b.record(std::move(moved), outcome::failure);
  CHECK(b.state() == circuit_state::closed);
  trip(b, 1);
  CHECK(b.state() == circuit_state::open);
}

TEST_CASE("a breaker's configuration is checked") {
  CHECK_THROWS_AS(target::reference({.failure_threshold = 0}), std::invalid_argument);
  CHECK_THROWS_AS(target::reference({.success_threshold = 0}), std::invalid_argument);
  CHECK_THROWS_AS(target::reference({.half_open_permits = 1, .success_threshold = 2}), std::invalid_argument);
  CHECK_THROWS_AS(target::reference({.open_for = -1ns}), std::invalid_argument);
  CHECK_THROWS_AS(target::reference({.open_for = nanoseconds::max()}), std::invalid_argument);
  CHECK_THROWS_AS(target::reference({.half_open_max = -1ns}), std::invalid_argument);
}

TEMPLATE_TEST_CASE("one call at a time a breaker agrees with the model", "", target::reference,
                   target::faulty_double_transition, target::faulty_lost_failure) {
  CHECK(rc::check([] {
    const auto settings = *configs();
    const auto program = *steps();
    RC_ASSERT(first_difference<TestType>(settings, model::late_results::drop_by_generation, program) ==
              std::nullopt);
  }));
}

TEST_CASE("M1: half-open admits a fourth probe of three") {
  virtual_clock clock;
  target::faulty_half_open_over_admission b(target::config{});
  trip(b, 5);
  clock.advance(30s + 1ns);
  const auto first = pass(b);
  const auto second = pass(b);
  const auto third = pass(b);
  CHECK_FALSE(refused(b));
}

TEST_CASE("M3: without generations a late success closes the circuit while the probe is out") {
  virtual_clock clock;
  target::faulty_no_generation faulty(one_of_each);
  target::reference right(one_of_each);
  const auto provoke = [&](auto& b) {
    auto before = pass(b);
    trip(b, 1);
    clock.advance(11ns);
    const auto probe = pass(b);
    b.record(std::move(before), outcome::success);
    return b.state();
  };
  CHECK(provoke(faulty) == circuit_state::closed);
  CHECK(provoke(right) == circuit_state::half_open);
}

TEST_CASE("M3 keeps the weaker contract in which late results count in the current state") {
  CHECK(rc::check([] {
    const auto settings = *configs();
    const auto program = *steps();
    RC_ASSERT(first_difference<target::faulty_no_generation>(settings, model::late_results::count_in_current,
                                                             program) == std::nullopt);
  }));
}

TEST_CASE("M5: an ignored probe keeps its permit, and half-open never ends") {
  virtual_clock clock;
  target::faulty_permit_leak b(one_of_each);
  trip(b, 1);
  clock.advance(11ns);
  call(b, outcome::ignored);
  clock.advance(24h);
  CHECK(refused(b) == target::rejected{.why = target::refusal::half_open_full});
  CHECK(b.state() == circuit_state::half_open);
}

TEST_CASE("M6: failures that are not in a row open the circuit") {
  target::faulty_no_reset_on_success b(target::config{});
  trip(b, 4);
  call(b, outcome::success);
  trip(b, 1);
  CHECK(b.state() == circuit_state::open);
}

TEST_CASE("threads together never have more probes out than permits") {
  target::reference b({.failure_threshold = 1, .half_open_permits = 2, .success_threshold = 2});
  b.force(circuit_state::half_open);
  std::atomic<int> passed = 0;
  {
    std::vector<std::vector<target::reference::admission>> kept(4);
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (auto& own : kept)
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          own.push_back(b.try_acquire());
          passed += std::holds_alternative<target::reference::permit>(own.back()) ? 1 : 0;
        }
      });
    threads.clear();
    CHECK(passed == 2);
  }
  const auto first = pass(b);  // their destructors gave them back
  const auto second = pass(b);
}
