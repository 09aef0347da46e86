// condition_variable and condition_variable_any, with and without time limits and stop tokens.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <thread>

#include <catch2/catch.hpp>

#include "agreement.hpp"

using conformance::agree;
using conformance::expect;
using conformance::simulated;
using namespace std::chrono_literals;

namespace {

template <class Condition>
struct channel {
  std::mutex m;
  Condition changed;
  int value = 0;

  void put(int v) {
    {
      std::lock_guard hold(m);
      value = v;
    }
    changed.notify_all();
  }
  void wait_for_value(int v) {
    std::unique_lock hold(m);
    changed.wait(hold, [&] { return value == v; });
  }
};

template <class Condition>
void hands_over() {
  channel<Condition> c;
  std::thread other([&] {
    c.wait_for_value(1);
    c.put(2);
  });
  c.put(1);
  c.wait_for_value(2);
  other.join();
  expect(c.value == 2, "there and back");
}

template <class Condition>
void notify_one_wakes_one_of_many() {
  channel<Condition> c;
  int woken = 0;
  auto take = [&] {
    std::unique_lock hold(c.m);
    c.changed.wait(hold, [&] { return c.value > 0; });
    --c.value;
    ++woken;
  };
  std::thread a(take);
  std::thread b(take);
  for (int i = 0; i < 2; ++i) {
    std::lock_guard hold(c.m);
    ++c.value;
    c.changed.notify_one();
  }
  a.join();
  b.join();
  expect(woken == 2 && c.value == 0, "one waiter for each notification");
}

void notification_before_the_wait() {
  std::condition_variable changed;
  std::mutex m;
  changed.notify_one();
  std::unique_lock hold(m);
  expect(changed.wait_for(hold, 1ms) == std::cv_status::timeout, "is not kept");
}

template <class Condition>
void time_limits() {
  std::mutex m;
  Condition changed;
  std::unique_lock hold(m);
  const auto start = std::chrono::steady_clock::now();
  expect(changed.wait_for(hold, 2ms) == std::cv_status::timeout, "wait_for");
  const auto waited = std::chrono::steady_clock::now() - start;
  expect(simulated() ? waited == 2ms : waited >= 2ms, "exactly that long");
  const auto limit = std::chrono::system_clock::now() + 2ms;
  expect(changed.wait_until(hold, limit) == std::cv_status::timeout, "wait_until by the wall clock");
  expect(std::chrono::system_clock::now() >= limit, "not before");
  expect(!changed.wait_for(hold, 1ms, [] { return false; }), "with a predicate that stays false");
  expect(changed.wait_for(hold, 1h, [] { return true; }), "with a predicate that holds");
  expect(changed.wait_until(hold, start) == std::cv_status::timeout, "a limit in the past");
  expect(changed.wait_for(hold, -1s) == std::cv_status::timeout, "a negative duration");
  expect(hold.owns_lock(), "locked again each time");
}

template <class Condition>
void notified_before_the_limit() {
  channel<Condition> c;
  std::thread other([&] {
    std::unique_lock hold(c.m);
    while (c.value == 0)
      if (c.changed.wait_until(hold, std::chrono::steady_clock::now() + 1h) == std::cv_status::timeout)
        return;
  });
  c.put(1);
  other.join();
}

void waits_for_ever() {
  channel<std::condition_variable> c;
  std::thread other([&] {
    std::unique_lock hold(c.m);
    const bool got = c.changed.wait_until(hold, std::chrono::steady_clock::time_point::max(),
                                          [&] { return c.value == 1; });
    expect(got, "no time limit");
  });
  if (!simulated()) std::this_thread::sleep_for(1ms);
  c.put(1);
  other.join();
}

void any_lockable() {
  std::shared_mutex m;
  std::condition_variable_any changed;
  bool ready = false;
  std::thread other([&] {
    std::shared_lock share(m);
    changed.wait(share, [&] { return ready; });
  });
  {
    std::lock_guard hold(m);
    ready = true;
  }
  changed.notify_all();
  other.join();
}

void stops_waiting_on_request() {
  std::mutex m;
  std::condition_variable_any changed;
  bool saw_request = false;
  std::jthread other([&](std::stop_token stop) {
    std::unique_lock hold(m);
    const bool ready = changed.wait(hold, stop, [] { return false; });
    saw_request = !ready && stop.stop_requested();
  });
  other.request_stop();
  other.join();
  expect(saw_request, "woken by the stop request");
}

void stop_token_and_limit() {
  std::mutex m;
  std::condition_variable_any changed;
  std::stop_source source;
  std::unique_lock hold(m);
  expect(!changed.wait_for(hold, source.get_token(), 1ms, [] { return false; }), "timed out");
  source.request_stop();
  expect(!changed.wait_for(hold, source.get_token(), 1h, [] { return false; }), "stopped before");
}

void at_thread_exit() {
  channel<std::condition_variable> c;
  std::thread other([&] {
    std::unique_lock hold(c.m);
    c.value = 1;
    std::notify_all_at_thread_exit(c.changed, std::move(hold));
  });
  c.wait_for_value(1);
  other.join();
}

void destroyed_after_use() {
  for (int i = 0; i < 2; ++i) {
    channel<std::condition_variable> c;
    std::jthread other([&] { c.put(1); });
    c.wait_for_value(1);
  }
}

}  // namespace

TEST_CASE("condition_variable") {
  agree(hands_over<std::condition_variable>);
  agree(notify_one_wakes_one_of_many<std::condition_variable>);
  agree(notification_before_the_wait);
  agree(at_thread_exit);
  agree(destroyed_after_use);
}
TEST_CASE("condition_variable with time limits") {
  agree(time_limits<std::condition_variable>);
  agree(notified_before_the_limit<std::condition_variable>);
  agree(waits_for_ever);
}
TEST_CASE("condition_variable_any") {
  agree(hands_over<std::condition_variable_any>);
  agree(notify_one_wakes_one_of_many<std::condition_variable_any>);
  agree(any_lockable);
}
TEST_CASE("condition_variable_any with time limits") {
  agree(time_limits<std::condition_variable_any>);
  agree(notified_before_the_limit<std::condition_variable_any>);
}
TEST_CASE("condition_variable_any with a stop_token") {
  agree(stops_waiting_on_request);
  agree(stop_token_and_limit);
}
