// Small programs for the strategies' tests, and what their schedules come to.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include <heddle/harness/random.hpp>
#include <heddle/harness/strategy.hpp>

namespace heddle::harness {

using body = std::function<void()>;

/// Runs each body on a thread of its own, as the harness runs the processes of a program.
class threads {
 public:
  explicit threads(std::vector<body> bodies) : bodies_(std::move(bodies)) {}

  void operator()() {
    std::vector<runtime::thread_id> ids;
    for (body& b : bodies_)
      ids.push_back(runtime::spawn(
          [](void* each) {
            const runtime::control_scope on(true);
            (*static_cast<body*>(each))();
          },
          &b));
    for (const runtime::thread_id id : ids) runtime::join(id);
  }

 private:
  std::vector<body> bodies_;
};

/// What an exhaustive search of a program saw in its last round, which repeats all rounds with a smaller
/// bound.
struct enumeration {
  std::uint64_t schedules = 0;
  std::set<std::uint64_t> distinct;  ///< hashes of schedules
  std::set<std::vector<int>> orders;
  bool complete = false;
};

/// `program` is run with a fresh log, in which it writes the order of its steps.
template <class Search>
enumeration enumerate(std::uint32_t bound_max, const std::function<threads(std::vector<int>& log)>& program) {
  enumeration seen;
  Search all(bound_max);
  std::uint32_t round = 0;
  while (!all.exhausted()) {
    if (all.bound() != round) seen = {};
    round = all.bound();
    std::vector<int> log;
    all.begin(0);
    const runtime::result r = runtime::run(all, {.detect_races = false}, program(log));
    all.end(r);
    REQUIRE(r.how == runtime::ending::completed);
    ++seen.schedules;
    seen.distinct.insert(r.hash);
    seen.orders.insert(log);
  }
  seen.complete = all.complete();
  return seen;
}

/// `count` threads, each with `steps` atomic stores to a variable of its own.
inline std::function<threads(std::vector<int>&)> stores(int count, int steps) {
  return [=](std::vector<int>& log) {
    std::vector<body> bodies;
    for (int id = 0; id < count; ++id)
      bodies.push_back([=, &log, own = std::make_shared<std::atomic<int>>(0)] {
        for (int i = 0; i < steps; ++i) {
          own->store(i);
          const runtime::control_scope off(false);
          log.push_back(id);
        }
      });
    return threads(std::move(bodies));
  };
}

/// Operations that concern nobody else. (Volatile, because clang leaves out stores that nobody can see.)
inline void work_alone(int operations) {
  volatile std::atomic<int> own{0};
  for (int i = 0; i < operations; ++i) own.store(i);
}

// --- Bugs

/// Depth 1: the reader before the writer.
inline threads use_before_initialisation(bool& bug) {
  const auto ready = std::make_shared<std::atomic<int>>(0);
  return threads({[=] { ready->store(1); }, [=, &bug] { bug = ready->load() == 0; }});
}

/// Depth 2: two increments of which one is lost.
inline threads lost_update(bool& bug) {
  const auto x = std::make_shared<std::atomic<int>>(0);
  const body increment = [=, &bug] {
    const int seen = x->load();
    x->store(seen + 1);
    bug = x->load() == 1 && seen == 0 && bug;
  };
  bug = true;
  return threads({increment, increment});
}

/// Depth 3: the reader falls between the writer's stores, and the writer between the reader's loads.
inline threads two_sided_tear(bool& bug) {
  const auto x = std::make_shared<std::atomic<int>>(0);
  return threads({[=] {
                    x->store(1);
                    x->store(2);
                  },
                  [=, &bug] {
                    const int first = x->load();
                    bug = first == 1 && x->load() == 2;
                  }});
}

/// How many schedules within the bound end with the bug.
template <class Search>
std::uint64_t hits(std::uint32_t bound, const std::function<threads(bool& bug)>& program) {
  Search all(bound);
  std::uint64_t count = 0;
  while (!all.exhausted()) {
    bool bug = false;
    all.begin(0);
    all.end(runtime::run(all, {.detect_races = false}, program(bug)));
    count += bug;
  }
  return count;
}

/// How many of `schedules` schedules from one seed end with the bug.
inline int hits_of(strategy& by, int schedules, std::uint64_t seed,
                   const std::function<threads(bool& bug)>& program) {
  int count = 0;
  for (int i = 0; i < schedules; ++i) {
    bool bug = false;
    by.begin(derive_seed(seed, static_cast<std::uint64_t>(i)));
    by.end(runtime::run(by, {.detect_races = false}, program(bug)));
    count += bug;
  }
  return count;
}

}  // namespace heddle::harness
