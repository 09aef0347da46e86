// The bulkhead on one thread: examples of its use, agreement of model and targets on random call sequences,
// the model's rules for waiting, and a smoke test on real threads.
#include <algorithm>
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

#include <heddle/models/bulkhead.hpp>
#include <heddle/targets/bulkhead/faulty_check_then_act.hpp>
#include <heddle/targets/bulkhead/faulty_double_release.hpp>
#include <heddle/targets/bulkhead/faulty_lost_hand_off.hpp>
#include <heddle/targets/bulkhead/faulty_missed_wakeup.hpp>
#include <heddle/targets/bulkhead/reference.hpp>

#include "virtual_clock.hpp"

namespace {

namespace target = heddle::targets::bulkhead;
using heddle::caller;
using heddle::tests::virtual_clock;
using model = heddle::models::bulkhead;
using result = model::acquire_result;
using seen = heddle::observed<result>;
using time_point = std::chrono::steady_clock::time_point;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

template <class Bulkhead>
concept bulkhead = std::constructible_from<Bulkhead, target::config> &&
                   !std::copy_constructible<typename Bulkhead::ticket> &&
                   requires(Bulkhead b, typename Bulkhead::ticket ticket) {
  { b.acquire(time_point{}) } -> std::same_as<std::variant<typename Bulkhead::ticket, target::refusal>>;
  { b.try_acquire() } -> std::same_as<std::variant<typename Bulkhead::ticket, target::refusal>>;
  { b.release(std::move(ticket)) } -> std::same_as<void>;
};
static_assert(bulkhead<target::reference>);
static_assert(bulkhead<target::faulty_check_then_act>);
static_assert(bulkhead<target::faulty_lost_hand_off>);
static_assert(bulkhead<target::faulty_missed_wakeup>);
static_assert(bulkhead<target::faulty_double_release>);

template <class Admission>
result as_model(const Admission& admission) {
  const auto* refusal = std::get_if<target::refusal>(&admission);
  if (refusal == nullptr) return result::granted;
  return *refusal == target::refusal::full ? result::full : result::timed_out;
}

// --- random call sequences

enum class kind : std::uint8_t { acquire, try_acquire, release };

/// Time that goes by in ns, process, what to do, deadline from now in ns or which of the process's tickets.
using step = std::tuple<std::int64_t, std::uint32_t, kind, std::int64_t>;

rc::Gen<std::vector<step>> steps() {
  const auto kinds =
      rc::gen::weightedElement<kind>({{9, kind::acquire}, {3, kind::try_acquire}, {8, kind::release}});
  return rc::gen::container<std::vector<step>>(rc::gen::tuple(rc::gen::inRange<std::int64_t>(0, 3),
                                                              rc::gen::inRange<std::uint32_t>(0, 3), kinds,
                                                              rc::gen::inRange<std::int64_t>(-2, 3)));
}

/// A target and the tickets that its processes hold.
template <class Bulkhead>
class session {
 public:
  explicit session(const target::config& settings) : bulkhead_(settings) {}

  result acquire(std::uint32_t process, nanoseconds patience) {
    return keep(process, bulkhead_.acquire(std::chrono::steady_clock::now() + patience));
  }
  result try_acquire(std::uint32_t process) { return keep(process, bulkhead_.try_acquire()); }

  bool release(std::uint32_t process, std::size_t index) {
    auto& own = held_.at(process);
    if (index >= own.size()) return false;
    auto ticket = std::move(own[index]);
    own.erase(own.begin() + static_cast<std::ptrdiff_t>(index));
    bulkhead_.release(std::move(ticket));
    return true;
  }

 private:
  result keep(std::uint32_t process, typename Bulkhead::admission admission) {
    const result answer = as_model(admission);
    if (auto* ticket = std::get_if<typename Bulkhead::ticket>(&admission))
      held_.at(process).push_back(std::move(*ticket));
    return answer;
  }

  Bulkhead bulkhead_;
  std::array<std::vector<typename Bulkhead::ticket>, 3> held_;
};

/// Skips a call that would wait, as nobody could end the wait.
template <class Bulkhead>
bool same_answer(session<Bulkhead>& real, model& expected, const step& next) {
  const auto& [wait_ns, process, what, number] = next;
  const caller who{process};
  switch (what) {
    case kind::acquire: {
      model after = expected;
      after.request(who, after.now + nanoseconds(number));
      if (model copy = after; !copy.granted(who, seen::nothing())) return true;
      expected = after;
      return expected.granted(who, seen::returned(real.acquire(process, nanoseconds(number))));
    }
    case kind::try_acquire:
      return real.try_acquire(process) == expected.try_acquire(who);
    case kind::release: {
      const auto index = static_cast<std::size_t>(std::max<std::int64_t>(number, 0));
      return real.release(process, index) == expected.release(who, index);
    }
  }
  return false;
}

template <class Bulkhead>
std::optional<std::size_t> first_difference(const target::config& settings,
                                            const std::vector<step>& program) {
  virtual_clock clock;
  session<Bulkhead> real(settings);
  model expected{.max_concurrent = settings.max_concurrent, .max_queued = settings.max_queued};
  for (std::size_t i = 0; i < program.size(); ++i) {
    const nanoseconds wait(std::get<0>(program[i]));
    clock.advance(wait);
    expected.advance(wait);
    if (!same_answer(real, expected, program[i])) return i;
  }
  return std::nullopt;
}

constexpr caller a{0};
constexpr caller b{1};
constexpr caller c{2};
constexpr caller d{3};

/// `a` has the only slot; `b` and `c` wait for it, in this order, until 10 and 20 ns.
model two_waiting() {
  model m{.max_concurrent = 1, .max_queued = 2};
  REQUIRE(m.try_acquire(a) == result::granted);
  m.request(b, 10ns);
  m.request(c, 20ns);
  return m;
}

bool may_return(model m, caller who, result answer) {
  return m.granted(who, seen::returned(answer));
}
bool may_return(model m, caller who) {
  return m.granted(who, seen::nothing());
}

}  // namespace

TEST_CASE("a bulkhead lets so many in and refuses the next") {
  target::reference pool({.max_concurrent = 2});
  auto first = pool.try_acquire();
  auto second = pool.acquire(time_point::max());  // with no queue it never waits
  CHECK(as_model(first) == result::granted);
  CHECK(as_model(second) == result::granted);
  CHECK(as_model(pool.try_acquire()) == result::full);
  CHECK(as_model(pool.acquire(time_point::max())) == result::full);
  pool.release(std::get<target::reference::ticket>(std::move(first)));
  CHECK(as_model(pool.try_acquire()) == result::granted);
}

TEST_CASE("leaving by an exception leaves the bulkhead") {
  target::reference pool({.max_concurrent = 1});
  try {
    const auto inside = pool.try_acquire();
    throw std::runtime_error("the guarded call failed");
  } catch (const std::runtime_error&) {
  }
  CHECK(as_model(pool.try_acquire()) == result::granted);
}

TEST_CASE("a free slot is granted even after the deadline, a taken one times out") {
  virtual_clock clock;
  target::reference pool({.max_concurrent = 1, .max_queued = 1});
  const auto now = std::chrono::steady_clock::now();
  const auto inside = pool.acquire(now);
  CHECK(as_model(inside) == result::granted);
  CHECK(as_model(pool.acquire(now)) == result::timed_out);
  CHECK(as_model(pool.acquire(now)) == result::timed_out);  // it left the queue, which has one place only
}

TEST_CASE("one pool's saturation is no other pool's business") {
  target::reference saturated({.max_concurrent = 1});
  target::reference other({.max_concurrent = 1});
  const auto inside = saturated.try_acquire();
  CHECK(as_model(saturated.try_acquire()) == result::full);
  CHECK(as_model(other.try_acquire()) == result::granted);
}

TEST_CASE("a bulkhead's configuration is checked") {
  CHECK_THROWS_AS(target::reference({.max_concurrent = 0}), std::invalid_argument);
  CHECK_THROWS_AS(target::reference({.max_concurrent = 1, .max_queued = -1}), std::invalid_argument);
}

TEMPLATE_TEST_CASE("one call at a time a bulkhead agrees with the model", "", target::reference,
                   target::faulty_check_then_act, target::faulty_lost_hand_off,
                   target::faulty_missed_wakeup) {
  CHECK(rc::check([] {
    const target::config settings{.max_concurrent = *rc::gen::inRange(1, 4),
                                  .max_queued = *rc::gen::inRange(0, 3)};
    const auto program = *steps();
    RC_ASSERT(first_difference<TestType>(settings, program) == std::nullopt);
  }));
}

TEST_CASE("M4: a ticket released twice lets two in where one may") {
  const std::vector<step> twice{{0, 0, kind::try_acquire, 0},
                                {0, 0, kind::release, 0},
                                {0, 0, kind::try_acquire, 0},
                                {0, 1, kind::try_acquire, 0}};
  CHECK(first_difference<target::faulty_double_release>({.max_concurrent = 1}, twice) ==
        std::optional<std::size_t>(3));
  CHECK_FALSE(first_difference<target::reference>({.max_concurrent = 1}, twice));
}

TEST_CASE("a released slot goes to the first in the queue") {
  model m = two_waiting();
  REQUIRE(m.release(a, 0));
  CHECK(may_return(m, b, result::granted));
  CHECK_FALSE(may_return(m, c, result::granted));
  CHECK(m.active == 1);
  CHECK(m.try_acquire(a) == result::full);  // no overtaking
  REQUIRE(m.granted(b, seen::returned(result::granted)));
  REQUIRE(m.release(b, 0));
  CHECK(may_return(m, c, result::granted));
}

TEST_CASE("a waiter times out from its deadline on, and leaves the queue") {
  model m = two_waiting();
  m.advance(9ns);
  CHECK_FALSE(may_return(m, b, result::timed_out));
  m.advance(1ns);
  CHECK(may_return(m, b, result::timed_out));
  CHECK_FALSE(may_return(m, b, result::granted));
  CHECK_FALSE(may_return(m, c, result::timed_out));
  REQUIRE(m.granted(b, seen::returned(result::timed_out)));
  REQUIRE(m.release(a, 0));
  CHECK(may_return(m, c, result::granted));
}

TEST_CASE("a waiter that was handed a slot cannot time out any more") {
  model m = two_waiting();
  m.advance(10ns);
  REQUIRE(m.release(a, 0));
  CHECK(may_return(m, b, result::granted));
  CHECK_FALSE(may_return(m, b, result::timed_out));
}

TEST_CASE("a call is rightly blocked while it waits and its deadline has not come") {
  model m = two_waiting();
  CHECK_FALSE(may_return(m, b));
  CHECK_FALSE(may_return(m, c));
  m.request(d, 0ns);
  CHECK(may_return(m, d, result::full));
  m.advance(10ns);
  CHECK(may_return(m, b));  // its timeout is due
  CHECK_FALSE(may_return(m, c));
  REQUIRE(m.granted(b, seen::nothing()));
  REQUIRE(m.release(a, 0));
  CHECK(may_return(m, c));  // a slot was handed to it
}

TEST_CASE("threads together never exceed the limit, and all who wait get in") {
  target::reference pool({.max_concurrent = 2, .max_queued = 4});
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::atomic<int> granted = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          const auto admission = pool.acquire(time_point::max());
          const int now_inside = ++inside;
          for (int known = most; known < now_inside && !most.compare_exchange_weak(known, now_inside);) {
          }
          granted += as_model(admission) == result::granted ? 1 : 0;
          --inside;
        }
      });
  }
  CHECK(most <= 2);
  CHECK(granted == 800);
}
