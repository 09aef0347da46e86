// Small sequential models of different kinds, each with its whole alphabet of symbols, for tests of the
// search.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <heddle/linearizability/model_space.hpp>

namespace heddle::test {

using linearizability::effect;

struct sample_model {
  std::string name;
  std::shared_ptr<linearizability::transition_system> space;
  std::uint32_t symbols = 0;
  /// (request, grant) symbols of operations that have two steps; empty if all operations have one.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> two_phase = {};
};

/// Builds a sample model from functions that return every next state.
template <class State>
class sample_builder {
 public:
  explicit sample_builder(State initial)
      : space_(std::make_shared<linearizability::model_space<State>>(initial)) {}

  using outlook = typename linearizability::model_space<State>::outlook;

  std::uint32_t add(std::function<std::vector<State>(State)> next, effect known = effect::unknown,
                    outlook may = nullptr) {
    ++count_;
    const auto step = [next](const State& from, std::vector<State>& successors) { successors = next(from); };
    return space_->add_symbol(step, known, may);
  }

  sample_model build(std::string name) { return {std::move(name), space_, count_}; }

 private:
  std::shared_ptr<linearizability::model_space<State>> space_;
  std::uint32_t count_ = 0;
};

inline sample_model register_model() {
  sample_builder<int> b(0);
  for (int k = 0; k < 3; ++k) {
    b.add([k](int) { return std::vector{k}; }, effect::overwrites);
    b.add([k](int v) { return v == k ? std::vector{v} : std::vector<int>{}; });
  }
  return b.build("register");
}

inline sample_model cas_register_model() {
  sample_builder<int> b(0);
  for (int k = 0; k < 2; ++k) {
    b.add([k](int) { return std::vector{k}; }, effect::overwrites);
    b.add([k](int v) { return v == k ? std::vector{v} : std::vector<int>{}; });
    for (int to = 0; to < 3; ++to) {
      b.add([=](int v) { return v == k ? std::vector{to} : std::vector<int>{}; });
      b.add([=](int v) { return v != k ? std::vector{v} : std::vector<int>{}; });
    }
  }
  return b.build("compare-and-set register");
}

inline sample_model queue_model() {
  using queue = std::deque<int>;
  sample_builder<queue> b({});
  for (int k = 1; k < 3; ++k) {
    b.add([k](queue q) { return q.push_back(k), std::vector{q}; });
    b.add([k](queue q) {
      if (q.empty() || q.front() != k) return std::vector<queue>{};
      return q.pop_front(), std::vector{q};
    });
  }
  b.add([](const queue& q) { return q.empty() ? std::vector{q} : std::vector<queue>{}; });
  return b.build("queue");
}

inline sample_model counter_model() {
  sample_builder<int> b(0);
  b.add([](int v) { return std::vector{v + 1}; });
  for (int k = 0; k < 4; ++k) {
    b.add([k](int v) { return v == k ? std::vector{v} : std::vector<int>{}; });
    b.add([k](int v) { return v == k ? std::vector{v + 1} : std::vector<int>{}; });
  }
  return b.build("counter");
}

inline sample_model lock_model() {
  sample_builder<bool> b(false);
  b.add([](bool held) { return held ? std::vector<bool>{} : std::vector{true}; });
  b.add([](bool held) { return held ? std::vector{false} : std::vector<bool>{}; });
  b.add([](bool held) { return held ? std::vector{held} : std::vector<bool>{}; });  // try_lock that failed
  return b.build("lock");
}

/// A cell whose content may vanish whenever somebody looks.
inline sample_model expiring_cell_model() {
  using cell = std::optional<int>;
  sample_builder<cell> b(std::nullopt);
  for (int k = 0; k < 2; ++k) {
    b.add([k](const cell&) { return std::vector<cell>{k}; }, effect::overwrites);
    b.add([k](const cell& c) { return c == k ? std::vector{c} : std::vector<cell>{}; });
  }
  b.add([](const cell&) { return std::vector<cell>{std::nullopt}; });             // looked and found nothing
  b.add([](const cell& c) { return std::vector<cell>{c, std::nullopt}; });        // a sweep, unseen
  b.add([](const cell& c) { return c ? std::vector{c} : std::vector<cell>{}; });  // exists
  return b.build("expiring cell");
}

/// A text that is appended to, replaced and read; and, when it is `a`, turned into `b` at once.
inline sample_model text_model() {
  sample_builder<std::string> b("");
  std::map<std::uint32_t, std::string> pieces = {{linearizability::never, ""}};
  for (const std::string piece : {"a", "b"}) {
    const auto append = [piece](const std::string& t) { return std::vector{t + piece}; };
    pieces[b.add(append, effect::grows)] = piece;
    b.add([piece](const std::string&) { return std::vector{piece}; }, effect::overwrites);
  }
  for (const std::string seen : {"", "a", "b", "aa", "ab", "ba", "bab"}) {
    b.add([seen](const std::string& t) { return t == seen ? std::vector{t} : std::vector<std::string>{}; },
          effect::observes,
          [seen, pieces](const std::string& t, std::uint32_t growing) {
            return seen.starts_with(t + pieces.at(growing));
          });
  }
  b.add([](const std::string& t) {
    return t == "a" ? std::vector<std::string>{"b"} : std::vector<std::string>{};
  });
  return b.build("text");
}

/// A first-come-first-served semaphore: acquiring is a request and, later, a grant.
struct fair_semaphore {
  int permits = 1;
  std::deque<int> waiting;
  bool operator==(const fair_semaphore&) const = default;
};

inline sample_model fair_semaphore_model() {
  using states = std::vector<fair_semaphore>;
  sample_builder<fair_semaphore> b({});
  std::vector<std::pair<std::uint32_t, std::uint32_t>> two_phase;
  for (int client = 0; client < 4; ++client) {
    const auto request = b.add([=](fair_semaphore s) { return s.waiting.push_back(client), states{s}; });
    const auto grant = b.add([=](fair_semaphore s) {
      if (s.permits == 0 || s.waiting.empty() || s.waiting.front() != client) return states{};
      --s.permits;
      s.waiting.pop_front();
      return states{s};
    });
    two_phase.emplace_back(request, grant);
  }
  b.add([](fair_semaphore s) { return ++s.permits, states{s}; });
  sample_model model = b.build("fair semaphore");
  model.two_phase = two_phase;
  return model;
}

inline std::vector<sample_model> all_sample_models() {
  return {register_model(), cas_register_model(),  queue_model(), counter_model(),
          lock_model(),     expiring_cell_model(), text_model(),  fair_semaphore_model()};
}

}  // namespace heddle::test
