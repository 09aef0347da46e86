// latch, barrier, semaphores, futures and their makers.
#include <atomic>
#include <barrier>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "agreement.hpp"

using conformance::agree;
using conformance::expect;
using conformance::simulated;
using namespace std::chrono_literals;

namespace {

template <class Work>
void in_threads(int count, Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& t : threads) t.join();
}

// --- Latch and barrier

void latch_opens_at_zero() {
  std::latch done(2);
  int results[2] = {};
  std::thread a([&] {
    results[0] = 1;
    done.count_down();
  });
  std::thread b([&] {
    results[1] = 1;
    done.arrive_and_wait();
    expect(done.try_wait() && results[0] + results[1] == 2, "what was done before is seen");
  });
  done.wait();
  expect(results[0] + results[1] == 2, "by who waits, too");
  a.join();
  b.join();
}

void barrier_in_phases() {
  int completed = 0;
  std::barrier phase(3, [&]() noexcept { ++completed; });
  int cells[3] = {};
  in_threads(3, [&](int me) {
    for (int round = 1; round <= 2; ++round) {
      cells[me] = round;
      phase.arrive_and_wait();
      for (const int cell : cells) expect(cell == round, "all arrive before one goes on");
      expect(completed == 2 * round - 1, "the completion ran once");
      phase.arrive_and_wait();
    }
  });
  expect(completed == 4, "once per phase");
}

void barrier_dropped() {
  std::barrier phase(2);
  std::thread leaver([&] { phase.arrive_and_drop(); });
  phase.arrive_and_wait();
  phase.arrive_and_wait();
  leaver.join();
}

// --- Semaphores

void semaphore_admits_as_many_as_it_counts() {
  std::counting_semaphore<2> places(2);
  std::atomic<int> inside{0};
  in_threads(3, [&](int) {
    places.acquire();
    expect(++inside <= 2, "never more than the count");
    --inside;
    places.release();
  });
}

void binary_semaphore_hands_over() {
  std::binary_semaphore there(0);
  std::binary_semaphore back(0);
  int data = 0;
  std::thread other([&] {
    there.acquire();
    expect(data == 1, "released after the write");
    data = 2;
    back.release();
  });
  data = 1;
  there.release();
  back.acquire();
  expect(data == 2, "and back");
  other.join();
}

void semaphore_time_limits() {
  std::binary_semaphore none(0);
  const auto start = std::chrono::steady_clock::now();
  expect(!none.try_acquire(), "none there");
  expect(!none.try_acquire_for(2ms), "none comes");
  const auto waited = std::chrono::steady_clock::now() - start;
  expect(simulated() ? waited >= 2ms && waited < 3ms : waited >= 2ms, "for that long");
  expect(!none.try_acquire_until(std::chrono::system_clock::now() + 1ms), "by the wall clock");
  expect(!none.try_acquire_for(-1ms) && !none.try_acquire_for(0ms), "no time at all");
  none.release();
  expect(none.try_acquire_for(1h), "there at once");
}

// --- Futures

void promise_to_future() {
  std::promise<std::string> promise;
  std::future<std::string> future = promise.get_future();
  std::thread giver([&] { promise.set_value("a value longer than any small string is"); });
  expect(future.get().size() == 39, "the value");
  giver.join();
}

void exception_through_a_future() {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread giver([&] {
    try {
      throw std::runtime_error("on the way");
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  });
  try {
    future.get();
    expect(false, "get() must throw");
  } catch (const std::runtime_error& e) {
    expect(std::string(e.what()) == "on the way", "the same exception");
  }
  giver.join();
}

void broken_promise() {
  std::future<int> future;
  {
    std::promise<int> promise;
    future = promise.get_future();
  }
  try {
    future.get();
    expect(false, "get() must throw");
  } catch (const std::future_error& e) {
    expect(e.code() == std::future_errc::broken_promise, "broken promise");
  }
}

void future_time_limits() {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  const auto start = std::chrono::steady_clock::now();
  expect(future.wait_for(1ms) == std::future_status::timeout, "not yet");
  const auto waited = std::chrono::steady_clock::now() - start;
  expect(simulated() ? waited == 1ms : waited >= 1ms, "waited that long");
  expect(future.wait_until(std::chrono::system_clock::now() + 1ms) == std::future_status::timeout,
         "nor then");
  std::thread giver([&] { promise.set_value(3); });
  future.wait();
  expect(future.wait_for(0s) == std::future_status::ready && future.get() == 3, "ready");
  giver.join();
}

void shared_future_for_many() {
  std::promise<int> promise;
  std::shared_future<int> future = promise.get_future().share();
  std::atomic<int> sum{0};
  std::thread giver([&] { promise.set_value(4); });
  in_threads(2, [future, &sum](int) { sum += future.get(); });
  giver.join();
  expect(sum == 8, "each gets the value");
}

void packaged_task() {
  std::packaged_task<int(int)> twice([](int n) { return 2 * n; });
  std::future<int> future = twice.get_future();
  std::thread runner(std::move(twice), 21);
  expect(future.get() == 42, "the task's result");
  runner.join();
}

void async_in_a_thread() {
  std::future<std::thread::id> future =
      std::async(std::launch::async, [] { return std::this_thread::get_id(); });
  expect(future.get() != std::this_thread::get_id(), "another thread ran it");
  std::future<int> throwing = std::async(std::launch::async, []() -> int { throw std::logic_error("no"); });
  try {
    throwing.get();
    expect(false, "get() must throw");
  } catch (const std::logic_error&) {
  }
  std::atomic<bool> ran{false};
  {
    std::future<void> dropped = std::async(std::launch::async, [&] { ran = true; });
  }
  expect(ran, "a dropped future waits");
}

void async_deferred() {
  bool ran = false;
  std::future<std::thread::id> future = std::async(std::launch::deferred, [&] {
    ran = true;
    return std::this_thread::get_id();
  });
  expect(future.wait_for(0s) == std::future_status::deferred && !ran, "not before it is asked for");
  expect(future.get() == std::this_thread::get_id() && ran, "run by who asks");
  std::future<int> throwing = std::async(std::launch::deferred, []() -> int { throw 5; });
  try {
    throwing.get();
    expect(false, "get() must throw");
  } catch (int five) {
    expect(five == 5, "the exception");
  }
}

void value_at_thread_exit() {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread giver([&] { promise.set_value_at_thread_exit(6); });
  expect(future.get() == 6, "set when the thread ends");
  giver.join();
}

// --- Shared ownership

void shared_pointer_counts() {
  struct counted {
    explicit counted(std::atomic<int>& d) : destroyed(d) {}
    ~counted() { ++destroyed; }
    std::atomic<int>& destroyed;
    int value = 1;
  };
  std::atomic<int> destroyed{0};
  auto shared = std::make_shared<counted>(destroyed);
  std::weak_ptr<counted> weak = shared;
  std::thread a([mine = shared] { expect(mine->value == 1, "alive"); });
  std::thread b([weak] {
    if (auto mine = weak.lock()) expect(mine->value == 1, "alive while locked");
  });
  shared.reset();
  a.join();
  b.join();
  expect(destroyed == 1 && weak.expired() && weak.use_count() == 0, "destroyed once, by the last owner");
}

void last_owner_sees_all_writes() {
  auto shared = std::make_shared<std::pair<int, int>>(0, 0);
  std::thread a([mine = shared]() mutable {
    mine->first = 1;
    mine.reset();
  });
  std::thread b([mine = shared]() mutable {
    mine->second = 1;
    mine.reset();
  });
  shared.reset();
  a.join();
  b.join();
}

}  // namespace

TEST_CASE("latch") {
  agree(latch_opens_at_zero);
}
TEST_CASE("barrier") {
  agree(barrier_in_phases);
  agree(barrier_dropped);
}
TEST_CASE("counting_semaphore") {
  agree(semaphore_admits_as_many_as_it_counts);
}
TEST_CASE("binary_semaphore") {
  agree(binary_semaphore_hands_over);
}
TEST_CASE("semaphores with time limits") {
  agree(semaphore_time_limits);
}
TEST_CASE("promise and future") {
  agree(promise_to_future);
  agree(exception_through_a_future);
  agree(broken_promise);
  agree(shared_future_for_many);
  agree(value_at_thread_exit);
}
TEST_CASE("future with time limits") {
  agree(future_time_limits);
}
TEST_CASE("packaged_task") {
  agree(packaged_task);
}
TEST_CASE("async") {
  agree(async_in_a_thread);
}
TEST_CASE("async, deferred") {
  agree(async_deferred);
}
TEST_CASE("shared_ptr and weak_ptr") {
  agree(shared_pointer_counts);
  agree(last_owner_sees_all_writes);
}
