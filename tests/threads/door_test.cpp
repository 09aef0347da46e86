// The run-time's door keeps the same promises under control and on real threads: this source is built for
// both.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include <heddle/runtime/runtime.hpp>

using namespace heddle;

namespace {

// Lets whoever runs go on, and otherwise the first.
class first_come : public runtime::chooser {
 public:
  runtime::thread_id choose_thread(const runtime::choice_point& point) override {
    return point.current_enabled ? point.current : point.enabled.front();
  }
  std::uint32_t choose_alternative(std::uint32_t) override { return 0; }
};

template <class Body>
runtime::result run(Body&& body, runtime::clock_listener* clock = nullptr) {
  first_come decide;
  return runtime::run(decide, {}, std::forward<Body>(body), clock);
}

template <class Body>
runtime::thread_id spawn(Body& body) {
  return runtime::spawn([](void* b) { (*static_cast<Body*>(b))(); }, &body);
}

struct time_told : runtime::clock_listener {
  runtime::nanoseconds total = 0;
  void clock_advanced(runtime::nanoseconds by) override { total += by; }
};

// What threads that are given up may still use: never destroyed.
template <class T>
T& immortal() {
  return *new T;
}

}  // namespace

TEST_CASE("a run ends when its threads have") {
  std::atomic<int> calls = 0;
  auto client = [&] {
    for (int i = 0; i < 3; ++i) {
      runtime::boundary();
      const runtime::control_scope component(true);
      ++calls;
    }
  };
  REQUIRE_FALSE(runtime::running());
  const auto outcome = run([&] {
    CHECK(runtime::running());
    const auto first = spawn(client);
    const auto second = spawn(client);
    runtime::join(first);
    runtime::join(second);
    CHECK(calls == 6);
  });
  CHECK(outcome.how == runtime::ending::completed);
  CHECK(outcome.threads == 3);
  CHECK(outcome.steps >= 6);
  CHECK_FALSE(runtime::running());
}

TEST_CASE("threads are numbered in the order of their creation") {
  std::vector<int> ids(3, -1);
  run([&] {
    ids[0] = runtime::self();
    auto client = [&] { ids[runtime::self()] = runtime::self(); };
    const auto first = spawn(client);
    const auto second = spawn(client);
    runtime::join(second);
    runtime::join(first);
  });
  CHECK(ids == std::vector<int>{0, 1, 2});
}

TEST_CASE("a component's own threads work") {
  int total = 0;
  const auto outcome = run([&] {
    const runtime::control_scope component(true);
    std::mutex guard;
    std::vector<std::jthread> pool;
    for (int i = 1; i <= 3; ++i)
      pool.emplace_back([&, i] {
        const std::lock_guard lock(guard);
        total += i;
      });
  });
  CHECK(outcome.how == runtime::ending::completed);
  CHECK(total == 6);
}

TEST_CASE("an exception that leaves a thread is the run's outcome") {
  const auto outcome = run([] {
    auto client = [] { throw std::out_of_range("no such key"); };
    runtime::join(spawn(client));
  });
  CHECK(outcome.how == runtime::ending::uncaught_exception);
  CHECK(outcome.message == "std::out_of_range: no such key");
  CHECK(outcome.culprit == 1);
}

TEST_CASE("a killed thread's stack is not unwound") {
  bool cleaned_up = false;
  bool handled = false;
  bool went_on = false;
  const auto outcome = run([&] {
    auto client = [&] {
      struct cleaner {
        bool& done;
        ~cleaner() { done = true; }
      } clean{cleaned_up};
      try {
        runtime::kill_self();
      } catch (...) {
        handled = true;
      }
      went_on = true;
    };
    runtime::join(spawn(client));
  });
  CHECK(outcome.how == runtime::ending::completed);
  CHECK_FALSE(cleaned_up);
  CHECK_FALSE(handled);
  CHECK_FALSE(went_on);
}

TEST_CASE("threads that nothing can wake are a deadlock") {
  struct shared_state {
    std::mutex guard;
    std::condition_variable never_notified;
    std::atomic<bool> held = false;
  };
  auto& shared = immortal<shared_state>();
  static auto waiter = [&] {
    const runtime::control_scope component(true);
    std::unique_lock lock(shared.guard);
    shared.held = true;
    shared.never_notified.wait(lock, [] { return false; });
  };
  static auto body = [&] { runtime::join(spawn(waiter)); };
  const auto outcome = run(body);
  CHECK(outcome.how == runtime::ending::deadlock);
  CHECK(shared.held);
  REQUIRE(outcome.blocked.size() == 2);
  CHECK(outcome.blocked[0].thread == 0);
  CHECK(outcome.blocked[1].thread == 1);
}

TEST_CASE("a wait with a timeout is no deadlock") {
  bool timed_out = false;
  const auto outcome = run([&] {
    auto client = [&] {
      const runtime::control_scope component(true);
      std::mutex guard;
      std::condition_variable never_notified;
      std::unique_lock lock(guard);
      timed_out = !never_notified.wait_for(lock, std::chrono::milliseconds(200), [] { return false; });
    };
    runtime::join(spawn(client));
  });
  CHECK(outcome.how == runtime::ending::completed);
  CHECK(timed_out);
}

TEST_CASE("a step of the clock passes time and tells the listener") {
  time_told listener;
  std::chrono::steady_clock::duration seen{};
  run(
      [&] {
        std::chrono::steady_clock::time_point before;
        {
          const runtime::control_scope component(true);
          before = std::chrono::steady_clock::now();
        }
        runtime::advance_clock(2'000'000);
        const runtime::control_scope component(true);
        seen = std::chrono::steady_clock::now() - before;
      },
      &listener);
  CHECK(listener.total >= 2'000'000);
  CHECK(seen >= std::chrono::milliseconds(2));
}

TEST_CASE("more threads than a run may have are refused") {
  const auto outcome = run([] {
    auto client = [] {};
    for (int i = 0; i < 64; ++i) runtime::join(spawn(client));
  });
  CHECK((outcome.how == runtime::ending::too_many_threads ||
         outcome.how == runtime::ending::uncaught_exception));
  CHECK(outcome.message.find("more than 63 threads") != std::string::npos);
}
