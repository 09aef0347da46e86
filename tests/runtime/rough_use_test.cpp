// Code that real components contain, though nobody recommends it, and the ways in which tests use the
// run-time.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <future>
#include <iostream>
#include <limits>
#include <memory>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "choosers.hpp"

using namespace heddle::runtime;
using namespace runtime_tests;
using namespace std::chrono_literals;

namespace {

// Runs under 100 random schedules and both unfair ones; all complete, none with a race.
template <class Program>
void holds(Program program, options how = {}) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    how.plain_accesses = seed % 2 == 0;
    const result outcome = run_random(seed, program, how);
    INFO("seed " << seed << ": " << describe(outcome));
    REQUIRE(outcome.how == ending::completed);
    REQUIRE(outcome.races.empty());
  }
  for (const bool youngest : {false, true}) {
    unfair_chooser chooser(youngest);
    const result outcome = run_controlled(chooser, how, program);
    INFO(describe(outcome));
    REQUIRE(outcome.how == ending::completed);
  }
}

void require(bool held, const char* what) {
  if (!held) throw std::logic_error(what);
}

}  // namespace

TEST_CASE("a mutex is unlocked by another thread than locked it") {
  holds([] {
    std::mutex m;
    m.lock();
    std::thread([&] { m.unlock(); }).join();
    require(m.try_lock(), "unlocked");
    m.unlock();
  });
}

TEST_CASE("a mutex that lives on the heap dies and is born again at the same place") {
  holds([] {
    auto work = [] {
      for (int i = 0; i < 3; ++i) {
        auto m = std::make_unique<std::mutex>();
        std::lock_guard hold(*m);
      }
    };
    std::thread a(work);
    std::thread b(work);
    a.join();
    b.join();
  });
}

TEST_CASE("a last owner frees the mutex that it just unlocked") {
  holds([] {
    struct counted {
      std::mutex m;
      int users = 2;
      bool leave() {
        std::lock_guard hold(m);
        return --users == 0;
      }
    };
    auto* shared = new counted;
    auto work = [=] {
      if (shared->leave()) delete shared;
    };
    std::thread a(work);
    std::thread b(work);
    a.join();
    b.join();
  });
}

TEST_CASE("many tasks without anybody asking for the results") {
  holds([] {
    std::atomic<int> done{0};
    {
      std::vector<std::future<void>> futures;
      for (int i = 0; i < 5; ++i) futures.push_back(std::async(std::launch::async, [&] { ++done; }));
    }
    require(done == 5, "the destructors waited");
  });
}

TEST_CASE("threads that start threads, many in turn") {
  holds([] {
    std::atomic<int> done{0};
    for (int i = 0; i < 5; ++i) {
      std::thread([&] {
        std::thread inner([&] { ++done; });
        inner.join();
        ++done;
      }).join();
    }
    require(done == 10, "all ran");
  });
}

TEST_CASE("threads that nobody waits for") {
  holds([] {
    auto shared = std::make_shared<std::atomic<int>>(0);
    for (int i = 0; i < 3; ++i) std::thread([shared] { shared->fetch_add(1); }).detach();
  });
}

TEST_CASE("long and impossible times") {
  holds([] {
    const auto start = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(24h * 365 * 20);
    require(std::chrono::steady_clock::now() - start == 24h * 365 * 20, "twenty years");
    std::this_thread::sleep_until(std::chrono::steady_clock::time_point::min());
    std::this_thread::sleep_until(std::chrono::system_clock::time_point::min());
    std::this_thread::sleep_for(std::chrono::nanoseconds::min());
    std::timed_mutex m;
    std::thread holder([&] {
      std::lock_guard hold(m);
      std::this_thread::sleep_for(1ms);
    });
    require(m.try_lock_until(std::chrono::steady_clock::time_point::max()), "in the end");
    m.unlock();
    holder.join();
    std::promise<void> p;
    auto f = p.get_future();
    require(f.wait_until(std::chrono::system_clock::time_point::min()) == std::future_status::timeout,
            "past");
    p.set_value();
    require(f.wait_until(std::chrono::system_clock::time_point::max()) == std::future_status::ready, "ready");
  });
}

TEST_CASE("printing from several threads") {
  std::ostringstream captured;
  std::streambuf* const before = std::cout.rdbuf(captured.rdbuf());
  const result outcome = run_random(1, [] {
    auto work = [] {
      static std::mutex printing;
      std::lock_guard hold(printing);
      std::cout << "a line of text " << 1.5 << std::endl;
    };
    std::thread a(work);
    std::thread b(work);
    a.join();
    b.join();
  });
  std::cout.rdbuf(before);
  CHECK(outcome.how == ending::completed);
  CHECK(captured.str() == "a line of text 1.5\na line of text 1.5\n");
}

TEST_CASE("big blocks, growing blocks, aligned blocks") {
  holds([] {
    auto work = [] {
      std::vector<char> big(1'000'000, 'x');
      void* block = std::malloc(10);
      std::memcpy(block, "123456789", 10);
      block = std::realloc(block, 100'000);
      require(std::strcmp(static_cast<char*>(block), "123456789") == 0, "moved along");
      block = std::realloc(block, 5);
      std::free(block);
      struct alignas(256) wide {
        char bytes[300];
      };
      auto aligned = std::make_unique<wide[]>(3);
      require(reinterpret_cast<std::uintptr_t>(aligned.get()) % 256 == 0, "aligned");
      std::free(std::aligned_alloc(64, 128));
      std::free(std::calloc(3, 5));
      std::free(nullptr);
      const volatile std::size_t huge = std::numeric_limits<std::ptrdiff_t>::max() / 2;
      void* volatile impossible = std::malloc(huge);
      require(impossible == nullptr, "out of memory is an answer");
    };
    std::thread a(work);
    std::thread b(work);
    a.join();
    b.join();
  });
}

TEST_CASE("stacks of half a megabyte") {
  holds([] {
    auto work = [](int depth, auto& self) -> int {
      volatile char frame[50'000];
      frame[0] = 1;
      frame[49'999] = 1;
      return depth == 0 ? 0 : self(depth - 1, self) + frame[0];
    };
    std::thread a([&] { require(work(9, work) == 9, "deep"); });
    std::thread b([&] { require(work(9, work) == 9, "deep"); });
    a.join();
    b.join();
  });
}

TEST_CASE("many atomics and locks") {
  const result outcome = run_random(1,
                                    [] {
                                      std::vector<std::atomic<int>> cells(50'000);
                                      std::vector<std::mutex> locks(10'000);
                                      auto work = [&] {
                                        for (std::size_t i = 0; i < cells.size(); i += 7) ++cells[i];
                                        for (auto& lock : locks) std::lock_guard hold(lock);
                                      };
                                      std::thread a(work);
                                      std::thread b(work);
                                      a.join();
                                      b.join();
                                    },
                                    {.max_steps = 1'000'000});
  CHECK(outcome.how == ending::completed);
}

TEST_CASE("the machine looks the same everywhere") {
  holds([] {
    require(std::thread::hardware_concurrency() == 4, "four processors");
    std::thread([] { require(std::this_thread::get_id() != std::thread::id(), "an id"); }).join();
  });
}

TEST_CASE("schedules run within test cases, sections and generators, between crashes") {
  const int i = GENERATE(range(0, 20));
  const auto crash = [] {
    std::thread([] {
      volatile int* volatile nothing = nullptr;
      *nothing = 1;
    }).join();
  };
  SECTION("one") {
    CHECK(run_random(static_cast<std::uint64_t>(i), crash).how == ending::crashed);
  }
  SECTION("another") {
    CHECK(run_random(static_cast<std::uint64_t>(i), [] { std::thread([] {}).join(); }).how ==
          ending::completed);
    CHECK(run_random(static_cast<std::uint64_t>(i), crash).how == ending::crashed);
  }
}

TEST_CASE("checks may stand inside a schedule, out of control") {
  unfair_chooser chooser;
  const result outcome = run(chooser, {}, [] {
    int count = 0;
    {
      control_scope on(true);
      std::thread([&] { ++count; }).join();
    }
    CHECK(count == 1);
  });
  CHECK(outcome.how == ending::completed);
}

TEST_CASE("the harness's own thread_locals in a schedule are destroyed with it") {
  static int alive = 0;
  struct counted {
    counted() { ++alive; }
    ~counted() { --alive; }
  };
  for (int i = 0; i < 3; ++i) {
    unfair_chooser chooser;
    run(chooser, {}, [] {
      thread_local counted own;
      static_cast<void>(&own);
    });
    CHECK(alive == 0);
  }
}

TEST_CASE("a schedule within a crowd of killed threads goes on") {
  holds([] {
    std::atomic<int> reached{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        ++reached;
        if (i % 2 == 0) kill_self();
        ++reached;
      });
    }
    for (auto& t : threads) t.join();
    require(reached == 6, "half of them stopped halfway");
  });
}
