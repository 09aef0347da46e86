// Data races are found in any schedule that runs both accesses, and only where nothing orders them: pairs of
// a racy and a race-free program.
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "choosers.hpp"

using runtime_tests::describe;
using runtime_tests::run_random;

namespace {

// In how many of 100 random schedules a race is reported. All must complete.
template <class Program>
int schedules_with_a_race(Program program) {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto outcome = run_random(seed, program);
    INFO(describe(outcome));
    REQUIRE(outcome.how == heddle::runtime::ending::completed);
    if (!outcome.races.empty()) ++found;
  }
  return found;
}

template <class A, class B>
void concurrently(A a, B b) {
  std::thread one(a);
  std::thread two(b);
  one.join();
  two.join();
}

[[gnu::noinline]] void write_it(int& x) {
  x = 1;
}
[[gnu::noinline]] void read_it(const int& x) {
  [[maybe_unused]] volatile int seen = x;
}

template <class Result, class... Arguments>
bool lies_in(const void* pc, Result (*function)(Arguments...)) {
  constexpr std::ptrdiff_t size_max = 64;
  const auto offset = static_cast<const char*>(pc) - reinterpret_cast<const char*>(function);
  return offset > 0 && offset <= size_max;
}

}  // namespace

TEST_CASE("an unprotected write races, and both places are named") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    int x = 0;
    const auto outcome = run_random(seed, [&] { concurrently([&] { write_it(x); }, [&] { read_it(x); }); });
    REQUIRE(outcome.races.size() == 1);
    const auto& race = outcome.races.front();
    CHECK(race.address == reinterpret_cast<std::uintptr_t>(&x));
    CHECK(race.size == sizeof x);
    CHECK(race.first_thread != race.second_thread);
    CHECK(race.first_is_write != race.second_is_write);
    CHECK(lies_in(race.first_is_write ? race.first_pc : race.second_pc, write_it));
    CHECK(lies_in(race.first_is_write ? race.second_pc : race.first_pc, read_it));
  }
}

TEST_CASE("reads do not race with each other") {
  CHECK(schedules_with_a_race([] {
          int x = 5;
          concurrently([&] { read_it(x); }, [&] { read_it(x); });
        }) == 0);
}

TEST_CASE("of several concurrent readers, each is checked against a write") {
  CHECK(schedules_with_a_race([] {
          int x = 5;
          std::thread joined([&] { read_it(x); });
          std::thread other([&] { read_it(x); });
          joined.join();
          write_it(x);  // ordered after one reader only
          other.join();
        }) == 100);
}

TEST_CASE("a mutex orders; two mutexes do not") {
  const auto with = [](bool same) {
    return schedules_with_a_race([same] {
      std::mutex m;
      std::mutex n;
      int x = 0;
      concurrently(
          [&] {
            std::lock_guard hold(m);
            ++x;
          },
          [&] {
            std::lock_guard hold(same ? m : n);
            ++x;
          });
    });
  };
  CHECK(with(true) == 0);
  CHECK(with(false) == 100);
}

TEST_CASE("a shared lock orders readers after writers, and does not protect writes") {
  CHECK(schedules_with_a_race([] {
          std::shared_mutex m;
          int x = 0;
          concurrently(
              [&] {
                std::unique_lock alone(m);
                ++x;
              },
              [&] {
                std::shared_lock share(m);
                read_it(x);
              });
        }) == 0);
  CHECK(schedules_with_a_race([] {
          std::shared_mutex m;
          int x = 0;
          auto work = [&] {
            std::shared_lock share(m);
            ++x;
          };
          concurrently(work, work);
        }) == 100);
}

TEST_CASE("release and acquire order; relaxed flags do not") {
  const auto with = [](std::memory_order store, std::memory_order load) {
    return schedules_with_a_race([=] {
      std::atomic<bool> ready{false};
      int x = 0;
      concurrently(
          [&] {
            x = 1;
            ready.store(true, store);
          },
          [&] {
            if (ready.load(load)) read_it(x);
          });
    });
  };
  CHECK(with(std::memory_order_release, std::memory_order_acquire) == 0);
  CHECK(with(std::memory_order_seq_cst, std::memory_order_seq_cst) == 0);
  CHECK(with(std::memory_order_relaxed, std::memory_order_acquire) > 0);
  CHECK(with(std::memory_order_release, std::memory_order_relaxed) > 0);
}

TEST_CASE("a read-modify-write continues a release sequence; a store of another thread breaks it") {
  const auto with = [](bool modify) {
    return schedules_with_a_race([modify] {
      std::atomic<int> flag{0};
      int x = 0;
      std::thread writer([&] {
        x = 1;
        flag.store(1, std::memory_order_release);
      });
      std::thread middle([&] {
        if (modify)
          flag.fetch_add(1, std::memory_order_relaxed);
        else if (flag.load(std::memory_order_relaxed) == 1)
          flag.store(2, std::memory_order_relaxed);
      });
      std::thread reader([&] {
        if (flag.load(std::memory_order_acquire) == 2) read_it(x);
      });
      writer.join();
      middle.join();
      reader.join();
    });
  };
  CHECK(with(true) == 0);
  CHECK(with(false) > 0);
}

TEST_CASE("fences order relaxed accesses; each alone does not") {
  const auto with = [](bool release, bool acquire) {
    return schedules_with_a_race([=] {
      std::atomic<bool> ready{false};
      int x = 0;
      concurrently(
          [&] {
            x = 1;
            if (release) std::atomic_thread_fence(std::memory_order_release);
            ready.store(true, std::memory_order_relaxed);
          },
          [&] {
            if (!ready.load(std::memory_order_relaxed)) return;
            if (acquire) std::atomic_thread_fence(std::memory_order_acquire);
            read_it(x);
          });
    });
  };
  CHECK(with(true, true) == 0);
  CHECK(with(true, false) > 0);
  CHECK(with(false, true) > 0);
}

TEST_CASE("a condition variable does not order by itself, its mutex does") {
  CHECK(schedules_with_a_race([] {
          std::mutex m;
          std::condition_variable changed;
          bool ready = false;
          int x = 0;
          concurrently(
              [&] {
                x = 1;
                std::lock_guard hold(m);
                ready = true;
                changed.notify_one();
              },
              [&] {
                std::unique_lock hold(m);
                changed.wait(hold, [&] { return ready; });
                read_it(x);
              });
        }) == 0);
  CHECK(schedules_with_a_race([] {
          std::mutex m;
          std::condition_variable changed;
          bool ready = false;
          int x = 0;
          concurrently(
              [&] {
                {
                  std::lock_guard hold(m);
                  ready = true;
                }
                x = 1;  // after the unlock
                changed.notify_one();
              },
              [&] {
                std::unique_lock hold(m);
                changed.wait(hold, [&] { return ready; });
                read_it(x);
              });
        }) > 0);
}

TEST_CASE("creating and joining a thread order") {
  CHECK(schedules_with_a_race([] {
          int x = 0;
          ++x;
          std::thread t([&] { ++x; });
          t.join();
          ++x;
        }) == 0);
  CHECK(schedules_with_a_race([] {
          int x = 0;
          std::thread t([&] { ++x; });
          ++x;
          t.join();
        }) == 100);
}

TEST_CASE("call_once, static initialisation, latch, barrier, semaphore and future order") {
  CHECK(schedules_with_a_race([] {
          std::once_flag once;
          int x = 0;
          auto work = [&] {
            std::call_once(once, [&] { x = 1; });
            read_it(x);
          };
          concurrently(work, work);
        }) == 0);
  CHECK(schedules_with_a_race([] {
          auto work = [] {
            static const std::vector<int> numbers{1, 2, 3};
            read_it(numbers[1]);
          };
          concurrently(work, work);
        }) == 0);
  CHECK(schedules_with_a_race([] {
          std::latch done(1);
          int x = 0;
          concurrently(
              [&] {
                x = 1;
                done.count_down();
              },
              [&] {
                done.wait();
                read_it(x);
              });
        }) == 0);
  CHECK(schedules_with_a_race([] {
          std::barrier both(2);
          int x[2] = {};
          concurrently(
              [&] {
                x[0] = 1;
                both.arrive_and_wait();
                read_it(x[1]);
              },
              [&] {
                x[1] = 1;
                both.arrive_and_wait();
                read_it(x[0]);
              });
        }) == 0);
  CHECK(schedules_with_a_race([] {
          std::binary_semaphore ready(0);
          int x = 0;
          concurrently(
              [&] {
                x = 1;
                ready.release();
              },
              [&] {
                ready.acquire();
                read_it(x);
              });
        }) == 0);
  CHECK(schedules_with_a_race([] {
          int x = 0;
          std::future<int> f = std::async(std::launch::async, [&] { return x = 1; });
          f.get();
          read_it(x);
        }) == 0);
  CHECK(schedules_with_a_race([] {
          std::latch done(1);
          int x = 0;
          concurrently(
              [&] {
                done.count_down();
                x = 1;  // too late
              },
              [&] {
                done.wait();
                read_it(x);
              });
        }) > 0);
}

TEST_CASE("shared_ptr: the count is safe, the pointer and the object are not") {
  CHECK(schedules_with_a_race([] {
          auto shared = std::make_shared<int>(1);
          concurrently([mine = shared] { read_it(*mine); }, [mine = shared] { read_it(*mine); });
          *shared = 2;
        }) == 0);
  CHECK(schedules_with_a_race([] {
          auto shared = std::make_shared<int>(1);
          concurrently([mine = shared] { ++*mine; }, [mine = shared] { ++*mine; });
        }) > 0);
  CHECK(schedules_with_a_race([] {
          auto shared = std::make_shared<int>(1);
          concurrently([&] { shared = std::make_shared<int>(2); },
                       [&] { shared = std::make_shared<int>(3); });
        }) == 100);
}

TEST_CASE("neighbours are told apart, byte by byte") {
  CHECK(schedules_with_a_race([] {
          struct {
            char a, b;
            short c;
            int d;
          } s{};
          std::thread one([&] { s.a = 1; });
          std::thread two([&] { s.b = 1; });
          std::thread three([&] { s.c = 1; });
          std::thread four([&] { s.d = 1; });
          for (std::thread* t : {&one, &two, &three, &four}) t->join();
        }) == 0);
  CHECK(schedules_with_a_race([] {
          using both_bytes [[gnu::may_alias]] = std::uint16_t;
          alignas(2) char bytes[2] = {};
          concurrently([&] { bytes[1] = 1; }, [&] { *reinterpret_cast<both_bytes*>(bytes) = 1; });
        }) == 100);
}

TEST_CASE("readers of a word are not taken for readers of each byte after it was read in parts") {
  CHECK(schedules_with_a_race([] {
          using word [[gnu::may_alias]] = std::uint64_t;
          alignas(8) char bytes[8] = {};
          auto read_word = [&] { [[maybe_unused]] volatile word seen = *reinterpret_cast<word*>(bytes); };
          concurrently(read_word, read_word);
          concurrently([&] { [[maybe_unused]] volatile char seen = bytes[0]; }, [&] { bytes[1] = 1; });
        }) == 0);
}

TEST_CASE("atomic and plain accesses of one object race") {
  CHECK(schedules_with_a_race([] {
          int x = 0;
          concurrently([&] { std::atomic_ref<int>(x).store(1); }, [&] { read_it(x); });
        }) == 100);
  CHECK(schedules_with_a_race([] {
          int x = 0;
          concurrently([&] { std::atomic_ref<int>(x).store(1, std::memory_order_relaxed); },
                       [&] { std::atomic_ref<int>(x).fetch_add(1, std::memory_order_relaxed); });
        }) == 0);
}

TEST_CASE("memory that changes hands brings no race along") {
  SECTION("freed and allocated again") {
    CHECK(schedules_with_a_race([] {
            auto work = [] {
              for (int i = 0; i < 300; ++i) ++*std::make_unique<int>(i);  // more than the quarantine holds
            };
            concurrently(work, work);
          }) == 0);
  }
  SECTION("freed by the harness, allocated by the component") {
    CHECK(schedules_with_a_race([] {
            concurrently([] { ++*std::make_unique<int>(1); },
                         [] {
                           heddle::runtime::control_scope off(false);
                           std::vector<std::unique_ptr<int>> all;
                           for (int i = 0; i < 50; ++i) all.push_back(std::make_unique<int>(i));
                           heddle::runtime::control_scope on(true);
                           for (auto& one : all) ++*one;
                         });
          }) == 0);
  }
  SECTION("stacks and thread_locals of threads that have ended") {
    CHECK(schedules_with_a_race([] {
            thread_local int own = 0;
            auto child = [] {
              int local[16] = {};
              for (int& l : local) l = ++own;
              read_it(local[3]);
            };
            auto parent = [&] {
              for (int i = 0; i < 2; ++i) std::thread(child).join();
              std::thread(child).detach();
            };
            concurrently(parent, parent);
          }) == 0);
  }
}

TEST_CASE("a race on a container shows") {
  CHECK(schedules_with_a_race([] {
          std::vector<int> numbers;
          concurrently([&] { numbers.push_back(1); }, [&] { numbers.push_back(2); });
        }) == 100);
  CHECK(schedules_with_a_race([] {
          std::string text;
          concurrently([&] { text += "one"; }, [&] { text += "two"; });
        }) == 100);
}

TEST_CASE("a race is reported once per pair of places") {
  const auto outcome = run_random(1, [] {
    int x = 0;
    auto work = [&] {
      for (int i = 0; i < 50; ++i) write_it(x);
    };
    concurrently(work, work);
  });
  CHECK(outcome.races.size() == 1);
}

TEST_CASE("races are not looked for where the options say so") {
  heddle::runtime::options how;
  how.detect_races = false;
  const auto outcome = run_random(
      1,
      [] {
        int x = 0;
        concurrently([&] { write_it(x); }, [&] { write_it(x); });
      },
      how);
  CHECK(outcome.races.empty());
}
