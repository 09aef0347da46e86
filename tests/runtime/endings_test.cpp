// How schedules end badly, and what is said about it.
#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "choosers.hpp"

// Visible to other files, so that the compiler cannot know that nobody sets it.
namespace endings {
std::atomic<bool> never{false};
}

using namespace heddle::runtime;
using namespace runtime_tests;
using namespace std::chrono_literals;

namespace {

template <class Body>
result run_unfairly(Body&& body) {
  unfair_chooser chooser;
  return run_controlled(chooser, {}, body);
}

template <class Result, class... Arguments>
bool lies_in(const void* pc, Result (*function)(Arguments...)) {
  constexpr std::ptrdiff_t size_max = 512;  // some are unrolled
  const auto offset = static_cast<const char*>(pc) - reinterpret_cast<const char*>(function);
  return offset > 0 && offset <= size_max;
}

}  // namespace

// --- Deadlocks

TEST_CASE("a deadlock names who waits for whom") {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    std::mutex m;
    std::mutex n;
    const result outcome = run_random(seed, [&] {
      std::thread a([&] {
        std::lock_guard first(m);
        std::lock_guard second(n);
      });
      std::thread b([&] {
        std::lock_guard first(n);
        std::lock_guard second(m);
      });
      a.join();
      b.join();
    });
    if (outcome.how == ending::completed) continue;
    REQUIRE(outcome.how == ending::deadlock);
    ++found;
    for (const blocked_thread& b : outcome.blocked) {
      if (b.operation.kind != action::lock) continue;
      const bool waits_for_m = b.operation.address == reinterpret_cast<std::uintptr_t>(&m);
      CHECK(b.operation.address == reinterpret_cast<std::uintptr_t>(waits_for_m ? &m : &n));
      CHECK(b.owner != no_thread);
      CHECK(b.owner != b.thread);
      CHECK(b.operation.pc != nullptr);
      CHECK(b.deadline == no_deadline);
    }
  }
  CHECK(found > 0);
  CHECK(found < 100);
}

TEST_CASE("a thread may wait for itself") {
  const result outcome = run_unfairly([] {
    std::mutex m;
    m.lock();
    m.lock();
  });
  REQUIRE(outcome.how == ending::deadlock);
  REQUIRE(outcome.blocked.size() == 1);
  CHECK(outcome.blocked[0].owner == 0);

  const result recursive = run_unfairly([] {
    static std::once_flag once;
    static std::function<void()> again = [] { std::call_once(once, again); };
    again();
  });
  REQUIRE(recursive.how == ending::deadlock);
  CHECK(recursive.blocked[0].operation.kind == action::once);
  CHECK(recursive.blocked[0].owner == 0);
}

TEST_CASE("a lost wake-up is a deadlock") {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const result outcome = run_random(seed, [] {
      std::mutex m;
      std::condition_variable changed;
      std::atomic<bool> ready{false};
      std::thread setter([&] {
        ready = true;
        changed.notify_one();  // without the lock: may come between the check and the wait
      });
      {
        std::unique_lock hold(m);
        while (!ready) changed.wait(hold);
      }
      setter.join();
    });
    if (outcome.how == ending::completed) continue;
    REQUIRE(outcome.how == ending::deadlock);
    REQUIRE(outcome.blocked.size() == 1);
    CHECK(outcome.blocked[0].operation.kind == action::wait);
    CHECK(outcome.blocked[0].owner == no_thread);
    ++found;
  }
  CHECK(found > 0);
  CHECK(found < 100);
}

TEST_CASE("threads that end with a mutex held leave the others waiting for them") {
  const result outcome = run_unfairly([] {
    std::mutex m;
    std::thread([&] { m.lock(); }).join();
    m.lock();
  });
  REQUIRE(outcome.how == ending::deadlock);
  CHECK(outcome.blocked[0].owner == 1);
}

TEST_CASE("waiting for ever is a deadlock, however it is written") {
  CHECK(run_unfairly([] {
          std::promise<void> p;
          p.get_future().wait();
        }).how == ending::deadlock);
  CHECK(run_unfairly([] { std::atomic<int>(0).wait(0); }).how == ending::deadlock);
  CHECK(run_unfairly([] {
          std::mutex m;
          std::condition_variable c;
          std::unique_lock hold(m);
          c.wait_until(hold, std::chrono::steady_clock::time_point::max());
        }).how == ending::deadlock);
  CHECK(run_unfairly([] { std::this_thread::sleep_for(std::chrono::seconds::max()); }).how ==
        ending::deadlock);
  CHECK(run_unfairly([] {
          std::shared_mutex m;
          m.lock_shared();
          std::thread([&] { m.lock(); }).join();
        }).how == ending::deadlock);
}

// --- Livelocks

namespace {

volatile int zero = 0;
bool flag_that_should_be_atomic = false;

}  // namespace

TEST_CASE("a loop that can never end runs out of steps") {
  CHECK(run_unfairly([] {
          while (!endings::never) {
          }
        }).how == ending::step_budget);
  CHECK(run_unfairly([] {
          std::atomic<bool> never{false};
          std::thread other([&] {
            while (!never) std::this_thread::yield();
          });
          while (!never) std::this_thread::yield();
          other.join();
        }).how == ending::step_budget);
  CHECK(run_unfairly([] {
          while (zero == 0) {
          }
        }).how == ending::step_budget);
  CHECK(run_unfairly([] {
          std::mutex m;
          bool never = false;
          for (;;) {
            std::lock_guard hold(m);
            if (never) break;
          }
        }).how == ending::step_budget);
  CHECK(run_unfairly([] {
          for (;;) std::this_thread::sleep_for(1ms);
        }).how == ending::step_budget);
}

namespace {

void spin_lock() {
  std::atomic<bool> busy{false};
  int guarded = 0;
  auto work = [&] {
    for (int i = 0; i < 5; ++i) {
      while (busy.exchange(true)) {
        while (busy.load(std::memory_order_relaxed)) {
        }
      }
      ++guarded;
      busy = false;
    }
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
  if (guarded != 10) throw std::logic_error("not exclusive");
}

void peterson() {
  std::atomic<bool> wants[2] = {false, false};
  std::atomic<int> turn{0};
  int guarded = 0;
  auto work = [&](int me) {
    for (int i = 0; i < 3; ++i) {
      wants[me] = true;
      turn = 1 - me;
      while (wants[1 - me] && turn == 1 - me) {
      }
      ++guarded;
      wants[me] = false;
    }
  };
  std::thread a(work, 0);
  std::thread b(work, 1);
  a.join();
  b.join();
  if (guarded != 6) throw std::logic_error("not exclusive");
}

void compare_and_exchange_loop() {
  std::atomic<int> count{0};
  auto work = [&] {
    for (int i = 0; i < 5; ++i) {
      int seen = count;
      while (!count.compare_exchange_weak(seen, seen + 1)) {
      }
    }
  };
  std::thread a(work);
  std::thread b(work);
  std::thread c(work);
  a.join();
  b.join();
  c.join();
  if (count != 15) throw std::logic_error("lost");
}

void spin_on_plain_memory() {
  static volatile bool ready;
  ready = false;
  std::thread setter([&] { ready = true; });
  while (!ready) {
  }
  setter.join();
}

void long_spin_body() {
  std::atomic<int> cells[12] = {};
  std::thread setter([&] { cells[11] = 1; });
  for (bool found = false; !found;)
    for (auto& cell : cells) found |= cell.load() != 0;
  setter.join();
}

void ticket_lock() {
  std::atomic<int> next{0};
  std::atomic<int> serving{0};
  auto work = [&] {
    for (int i = 0; i < 3; ++i) {
      const int mine = next++;
      while (serving != mine) std::this_thread::yield();
      serving = mine + 1;
    }
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
}

void polling() {
  std::atomic<bool> done{false};
  std::thread worker([&] {
    std::this_thread::sleep_for(5s);
    done = true;
  });
  const auto limit = std::chrono::steady_clock::now() + 1h;
  while (!done && std::chrono::steady_clock::now() < limit) {
  }
  while (!done) std::this_thread::sleep_for(10ms);
  worker.join();
}

void try_lock_loop() {
  std::mutex m;
  auto work = [&] {
    while (!m.try_lock()) {
    }
    m.unlock();
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
}

}  // namespace

TEST_CASE("a loop that looks at nothing is cut short") {
  const result outcome = run_unfairly([] {
    std::thread setter([] { flag_that_should_be_atomic = true; });
    while (!flag_that_should_be_atomic) {  // the compiler reads it once
    }
    setter.join();
  });
  CHECK(outcome.how == ending::step_budget);
  CHECK(run_unfairly([] {}).how == ending::completed);
}

TEST_CASE("spinning that makes progress is not reported, whoever is preferred") {
  const auto program = GENERATE(spin_lock, peterson, compare_and_exchange_loop, spin_on_plain_memory,
                                long_spin_body, ticket_lock, polling, try_lock_loop);
  for (const bool youngest : {false, true}) {
    unfair_chooser chooser(youngest);
    const result outcome = run_controlled(chooser, {}, program);
    INFO(describe(outcome));
    CHECK(outcome.how == ending::completed);
  }
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const result outcome = run_random(seed, program);
    INFO("seed " << seed << ": " << describe(outcome));
    REQUIRE(outcome.how == ending::completed);
  }
}

// --- Exceptions

namespace {

[[gnu::noinline]] void throws() {
  throw std::runtime_error("the reason");
}
[[gnu::noinline]] int throws_inside_the_library(const std::vector<int>& v) {
  return v.at(7);
}

}  // namespace

TEST_CASE("an uncaught exception is reported with type, message, thread and place") {
  const result outcome = run_unfairly([] { std::thread(throws).join(); });
  REQUIRE(outcome.how == ending::uncaught_exception);
  CHECK(outcome.message == "std::runtime_error: the reason");
  CHECK(outcome.culprit == 1);
  CHECK(lies_in(outcome.pc, throws));

  const result library = run_unfairly([] { throws_inside_the_library({}); });
  REQUIRE(library.how == ending::uncaught_exception);
  CHECK_THAT(library.message, Catch::StartsWith("std::out_of_range: vector::_M_range_check"));
  CHECK(lies_in(library.pc, throws_inside_the_library));

  const result other = run_unfairly([] { std::thread([] { throw 5; }).join(); });
  REQUIRE(other.how == ending::uncaught_exception);
  CHECK(other.message == "int");
}

TEST_CASE("an exception that meets noexcept is reported") {
  const result outcome = run_unfairly([] { []() noexcept { throws(); }(); });
  REQUIRE(outcome.how == ending::aborted);
  CHECK(outcome.message == "std::terminate() after std::runtime_error: the reason");
  CHECK(lies_in(outcome.pc, throws));
}

// --- The end of the process

namespace {

[[gnu::noinline]] int dereferences_null() {
  int* volatile nothing = nullptr;
  return *nothing;
}
[[gnu::noinline]] std::size_t null_inside_the_library() {
  const char* volatile nothing = nullptr;
  return std::string(&nothing[1]).size();
}
[[gnu::noinline]] void aborts() {
  std::abort();
}
[[gnu::noinline]] void divides() {
  zero = 100 / zero;
}
// Writes to both ends of each frame, which are larger than a page.
[[gnu::noinline]] int recurses(int depth) {
  volatile char frame[20'000];
  frame[0] = static_cast<char>(depth);
  frame[sizeof frame - 1] = frame[0];
  return depth < 0 ? frame[0] : recurses(depth + 1) + frame[sizeof frame - 1];
}

}  // namespace

TEST_CASE("crashes end the schedule, not the process") {
  const result null = run_unfairly([] { std::thread(dereferences_null).join(); });
  REQUIRE(null.how == ending::crashed);
  CHECK(null.message == "SIGSEGV (null pointer)");
  CHECK(null.culprit == 1);
  CHECK(lies_in(null.pc, dereferences_null));

  const result library = run_unfairly([] { null_inside_the_library(); });
  REQUIRE(library.how == ending::crashed);
  CHECK(library.message == "SIGSEGV");
  CHECK(lies_in(library.pc, null_inside_the_library));

  const result division = run_unfairly([] { divides(); });
  REQUIRE(division.how == ending::crashed);
  CHECK(division.message == "SIGFPE");

  CHECK(run_unfairly([] {}).how == ending::completed);
}

TEST_CASE("abort, assert, exit and terminate end the schedule, not the process") {
  const result abortion = run_unfairly(aborts);
  REQUIRE(abortion.how == ending::aborted);
  CHECK(abortion.message == "abort() was called");
  CHECK(lies_in(abortion.pc, aborts));

  const result assertion = run_unfairly([] { assert(zero == 1); });
  REQUIRE(assertion.how == ending::aborted);
  CHECK(assertion.message == "assertion failed: zero == 1");

  CHECK(run_unfairly([] { std::exit(3); }).message == "exit(3) was called");
  CHECK(run_unfairly([] { ::_exit(4); }).message == "_exit(4) was called");
  CHECK(run_unfairly([] { std::_Exit(5); }).message == "_Exit(5) was called");
  CHECK(run_unfairly([] { std::quick_exit(6); }).message == "quick_exit(6) was called");
  CHECK(run_unfairly([] { raise(SIGABRT); }).message == "SIGABRT");

  const result forgotten = run_unfairly([] { std::thread t([] {}); });
  REQUIRE(forgotten.how == ending::aborted);
  CHECK(forgotten.message == "std::terminate() was called");
}

TEST_CASE("a stack overflow is told from other crashes") {
  const result outcome = run_unfairly([] { std::thread(recurses, 0).join(); });
  REQUIRE(outcome.how == ending::stack_overflow);
  CHECK(outcome.culprit == 1);
  CHECK(lies_in(outcome.pc, recurses));
}

// --- Memory

namespace {

[[gnu::noinline]] void uses(const int* p) {
  [[maybe_unused]] volatile int seen = *p;
}

}  // namespace

TEST_CASE("use after free") {
  const result outcome = run_unfairly([] {
    auto owner = std::make_unique<int>(1);
    const int* volatile dangling = owner.get();
    owner.reset();
    uses(dangling);
  });
  REQUIRE(outcome.how == ending::use_after_free);
  CHECK(outcome.message == "read");
  CHECK(lies_in(outcome.pc, uses));
}

TEST_CASE("use after free in some schedules only") {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const result outcome = run_random(seed, [] {
      auto* shared = new std::atomic<int>(1);
      std::thread user([&] { shared->fetch_add(1); });
      delete shared;
      user.join();
    });
    found += outcome.how == ending::use_after_free;
  }
  CHECK(found > 0);
}

TEST_CASE("double free") {
  const result outcome = run_unfairly([] {
    void* volatile block = std::malloc(24);
    std::free(block);
    std::free(block);
  });
  REQUIRE(outcome.how == ending::use_after_free);
  CHECK(outcome.message == "double free");
}

TEST_CASE("too many threads are refused") {
  const result outcome = run_unfairly([] {
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i) threads.emplace_back([] {});
    for (auto& t : threads) t.join();
  });
  CHECK(outcome.how == ending::too_many_threads);
}
