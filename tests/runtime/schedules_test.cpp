// Schedules: the same choices give the same one; what one leaves behind does not reach the next; and the
// choices themselves.
#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <latch>
#include <map>
#include <mutex>
#include <semaphore>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <pthread.h>
#include <unistd.h>

#include "choosers.hpp"

using namespace heddle::runtime;
using namespace runtime_tests;
using namespace std::chrono_literals;

namespace {

void a_bit_of_everything() {
  std::mutex m;
  std::condition_variable changed;
  std::binary_semaphore go(0);
  std::latch done(3);
  std::barrier meet(3);
  std::atomic<int> count{0};
  int guarded = 0;
  auto work = [&](int me) {
    meet.arrive_and_wait();
    const int seen = count.load();
    count.store(seen + 1);
    if (me == 0) go.release();
    if (me == 1) go.acquire();
    if (me == 2) std::this_thread::sleep_for(1ms);
    {
      std::unique_lock hold(m);
      ++guarded;
      changed.notify_one();
      changed.wait_for(hold, 2ms, [&] { return guarded == 3; });
    }
    done.count_down();
    done.wait();
  };
  std::thread a(work, 0);
  std::thread b(work, 1);
  std::thread c(work, 2);
  a.join();
  b.join();
  c.join();
}

void load_and_store() {
  std::atomic<int> x{0};
  std::mutex m;
  auto work = [&] {
    const int seen = x.load();
    x.store(seen + 1);
    std::lock_guard hold(m);
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
}

std::uint64_t combined_hash(void (*program)()) {
  std::uint64_t hash = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) hash = hash * 31 + run_random(seed, program).hash;
  return hash;
}

// What plain accesses see may be pointers, which differ.
bool same(const event& a, const event& b) {
  const bool plain = a.operation.kind == action::read || a.operation.kind == action::write;
  return a.operation.kind == b.operation.kind && a.operation.pc == b.operation.pc && a.thread == b.thread &&
         a.succeeded == b.succeeded && (plain || (a.before == b.before && a.after == b.after));
}

// Runs this very program once more, asking for the hidden test that prints a hash.
std::string hash_in_another_process() {
  std::array<char, 4096> path{};
  REQUIRE(::readlink("/proc/self/exe", path.data(), path.size() - 1) > 0);
  std::FILE* out = ::popen((std::string(path.data()) + " 'print a hash'").c_str(), "r");
  REQUIRE(out != nullptr);
  std::string found;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), out) != nullptr)
    if (std::string text = line.data(); text.starts_with("hash "))
      found = text.substr(5, text.find('\n') - 5);
  ::pclose(out);
  return found;
}

std::size_t resident_kilobytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * 4;
}

}  // namespace

TEST_CASE("print a hash", "[.]") {
  std::printf("hash %016llx\n", static_cast<unsigned long long>(combined_hash(a_bit_of_everything)));
}

// --- Determinism

TEST_CASE("the same choices give the same schedule") {
  options how;
  how.trace = true;
  std::set<std::uint64_t> different;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const result once = run_random(seed, a_bit_of_everything, how);
    const result again = run_random(seed, a_bit_of_everything, how);
    INFO(describe(once));
    REQUIRE(once.how == ending::completed);
    REQUIRE(once.hash == again.hash);
    REQUIRE(once.steps == again.steps);
    REQUIRE(once.elapsed == again.elapsed);
    REQUIRE(once.trace.size() == again.trace.size());
    REQUIRE(std::equal(once.trace.begin(), once.trace.end(), again.trace.begin(), same));
    different.insert(once.hash);
  }
  CHECK(different.size() > 90);
}

TEST_CASE("the trace and the race detector do not change the schedule") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    options how;
    const std::uint64_t plain = run_random(seed, a_bit_of_everything, how).hash;
    how.trace = true;
    CHECK(run_random(seed, a_bit_of_everything, how).hash == plain);
    how.detect_races = false;
    CHECK(run_random(seed, a_bit_of_everything, how).hash == plain);
  }
}

TEST_CASE("another process runs the same schedules") {
  const std::string there = hash_in_another_process();
  std::ostringstream here;
  here << std::hex;
  here.width(16);
  here.fill('0');
  here << combined_hash(a_bit_of_everything);
  CHECK(there == here.str());
  CHECK(hash_in_another_process() == there);
}

TEST_CASE("every compiler and machine runs the same schedules") {
  CHECK(combined_hash(load_and_store) == 0xbab1165c73a4b69c);
}

// --- What a schedule leaves behind

namespace {

thread_local int touched = 0;
std::mutex in_static_storage;
std::once_flag once_in_static_storage;
pthread_key_t key;

void abandoned_in_the_middle() {
  std::atomic<int> never{0};
  std::latch closed(1);
  std::thread one([&] {
    std::lock_guard hold(in_static_storage);
    touched = 1;
    errno = 77;
    pthread_setspecific(key, &never);
    try {
      throw std::runtime_error("in flight");
    } catch (...) {
      std::call_once(once_in_static_storage, [&] { never.wait(0); });
    }
  });
  std::thread two([&] { closed.wait(); });
  one.join();
}

void notices_what_was_left() {
  auto look = [] {
    std::lock_guard hold(in_static_storage);
    if (touched != 0) throw std::logic_error("thread_local");
    if (std::uncaught_exceptions() != 0 || std::current_exception() != nullptr)
      throw std::logic_error("exception");
    if (errno != 0) throw std::logic_error("errno");
    if (pthread_getspecific(key) != nullptr) throw std::logic_error("key");
  };
  std::thread a(look);
  std::thread b(look);
  a.join();
  b.join();
  try {
    std::call_once(once_in_static_storage, [] { throw 1; });
  } catch (int) {
  }
  std::latch open(2);
  std::thread c([&] { open.arrive_and_wait(); });
  open.arrive_and_wait();
  c.join();
}

}  // namespace

TEST_CASE("an abandoned schedule leaves nothing behind for the next") {
  pthread_key_create(&key, nullptr);
  std::vector<std::uint64_t> fresh;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const result outcome = run_random(seed, notices_what_was_left);
    INFO(describe(outcome));
    REQUIRE(outcome.how == ending::completed);
    fresh.push_back(outcome.hash);
  }
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    REQUIRE(run_random(seed, abandoned_in_the_middle).how == ending::deadlock);
    const result outcome = run_random(seed, notices_what_was_left);
    INFO(describe(outcome));
    REQUIRE(outcome.how == ending::completed);
    REQUIRE(outcome.hash == fresh[seed - 1]);
  }
  pthread_key_delete(key);
  std::lock_guard outside(in_static_storage);
  bool called = false;
  std::call_once(once_in_static_storage, [&] { called = true; });
  CHECK(called);
}

TEST_CASE("many schedules do not grow the memory") {
  const auto run_some = [](int count) {
    for (int i = 1; i <= count; ++i) run_random(static_cast<std::uint64_t>(i), load_and_store);
  };
  run_some(1'000);
  const std::size_t before = resident_kilobytes();
  run_some(100'000);
  CHECK(resident_kilobytes() < before + 1'000);
}

// --- Choices

TEST_CASE("notify_one wakes whom the chooser picks") {
  class picks : public unfair_chooser {
   public:
    explicit picks(std::uint32_t which) : which_(which) {}
    std::uint32_t choose_alternative(std::uint32_t count) override {
      CHECK(count == 3);
      return which_;
    }

   private:
    std::uint32_t which_;
  };
  for (std::uint32_t which = 0; which < 3; ++which) {
    picks chooser(which);
    int woken = -1;
    const result outcome = run_controlled(chooser, {}, [&] {
      std::mutex m;
      std::condition_variable changed;
      std::vector<std::thread> threads;
      for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
          std::unique_lock hold(m);
          changed.wait(hold);
          if (woken < 0) woken = i;
        });
      }
      std::this_thread::sleep_for(1ms);  // until all three wait
      changed.notify_one();
      std::this_thread::sleep_for(1ms);
      changed.notify_all();
      for (auto& t : threads) t.join();
    });
    REQUIRE(outcome.how == ending::completed);
    CHECK(woken == static_cast<int>(which));
  }
}

TEST_CASE("a deadline passes early if the chooser picks the clock") {
  class picks : public unfair_chooser {
   public:
    explicit picks(bool clock) : clock_(clock) {}
    thread_id choose_thread(const choice_point& point) override {
      return clock_ && point.enabled.back() == clock_thread ? clock_thread
                                                            : unfair_chooser::choose_thread(point);
    }

   private:
    bool clock_;
  };
  for (const bool early : {false, true}) {
    picks chooser(early);
    bool got = false;
    const result outcome = run_controlled(chooser, {}, [&] {
      std::timed_mutex m;
      m.lock();
      std::thread waiter([&] {
        got = m.try_lock_for(1h);
        if (got) m.unlock();
      });
      for (int i = 0; i < 30; ++i) std::this_thread::yield();
      m.unlock();
      waiter.join();
    });
    CHECK(outcome.how == ending::completed);
    CHECK(outcome.elapsed == (early ? nanoseconds{3'600'000'000'000} : nanoseconds{0}));
    CHECK(got == !early);
  }
}

TEST_CASE("all interleavings of two loads and stores are reached, and no other") {
  std::map<int, int> seen;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    int end = 0;
    run_random(seed, [&] {
      std::atomic<int> x{0};
      auto work = [&] { x.store(x.load() + 1); };
      std::thread a(work);
      std::thread b(work);
      a.join();
      b.join();
      end = x;
    });
    ++seen[end];
  }
  CHECK(seen.size() == 2);
  CHECK(seen[1] > 30);
  CHECK(seen[2] > 30);
}

TEST_CASE("the chooser is asked only where there is a choice, of those who can go on") {
  class checks : public random_chooser {
   public:
    using random_chooser::random_chooser;
    thread_id choose_thread(const choice_point& point) override {
      REQUIRE(point.enabled.size() >= 2);
      for (std::size_t i = 1; i < point.enabled.size(); ++i) REQUIRE(point.enabled[i - 1] < point.enabled[i]);
      return random_chooser::choose_thread(point);
    }
  };
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    checks chooser(seed);
    CHECK(run_controlled(chooser, {}, a_bit_of_everything).how == ending::completed);
  }
}

// --- The door's other functions

TEST_CASE("a killed thread stops where it is, and keeps what it held") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    bool unwound = false;
    const result outcome = run_random(seed, [&] {
      struct notes {
        bool& to;
        ~notes() { to = true; }
      };
      std::timed_mutex m;
      std::thread victim([&] {
        notes n{unwound};
        m.lock();
        kill_self();
      });
      victim.join();
      if (m.try_lock_for(1s)) throw std::logic_error("the lock was freed");
    });
    INFO(describe(outcome));
    REQUIRE(outcome.how == ending::completed);
    CHECK_FALSE(unwound);
  }
}

TEST_CASE("spawn, join, boundary, mark and the clock") {
  options how;
  how.trace = true;
  unfair_chooser chooser;
  struct listener : clock_listener {
    std::vector<nanoseconds> steps;
    void clock_advanced(nanoseconds by) override { steps.push_back(by); }
  } clock;
  std::vector<thread_id> ids;
  nanoseconds time = 0;
  std::chrono::system_clock::duration wall_step{};
  const result outcome = run(
      chooser, how,
      [&] {
        const thread_id child = spawn(
            [](void* to) {
              mark(7);
              boundary();
              static_cast<std::vector<thread_id>*>(to)->push_back(self());
            },
            &ids);
        heddle::runtime::join(child);
        advance_clock(5'000);
        time = heddle::runtime::now();
        control_scope on(true);
        const auto before = std::chrono::system_clock::now();
        step_wall_clock(-3'000'000'000);
        wall_step = std::chrono::system_clock::now() - before;
      },
      &clock);
  REQUIRE(outcome.how == ending::completed);
  CHECK(ids == std::vector<thread_id>{1});
  CHECK(time == 5'000);
  CHECK(clock.steps == std::vector<nanoseconds>{5'000});
  CHECK(outcome.elapsed == 5'000);
  CHECK(wall_step == -3s);
  const auto marked = std::find_if(outcome.trace.begin(), outcome.trace.end(),
                                   [](const event& e) { return e.operation.kind == action::boundary; });
  REQUIRE(marked != outcome.trace.end());
  CHECK(marked->marker == 7);
  CHECK(marked->thread == 1);
}

TEST_CASE("sixty threads") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::atomic<int> sum{0};
    int guarded = 0;
    const result outcome = run_random(seed, [&] {
      std::mutex m;
      std::vector<std::thread> threads;
      for (int i = 0; i < 60; ++i) {
        threads.emplace_back([&, i] {
          sum += i;
          std::lock_guard hold(m);
          ++guarded;
        });
      }
      for (auto& t : threads) t.join();
    });
    INFO(describe(outcome));
    REQUIRE(outcome.how == ending::completed);
    REQUIRE(outcome.races.empty());
    CHECK(outcome.threads == 61);
    CHECK(sum == 60 * 59 / 2);
    CHECK(guarded == 60);
  }
}

TEST_CASE("outside a schedule everything is real") {
  CHECK_FALSE(running());
  const auto start = std::chrono::steady_clock::now();
  std::mutex m;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1'000; ++k) {
        std::lock_guard hold(m);
        ++count;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(count == 4'000);
  CHECK(std::chrono::steady_clock::now() > start);
}
