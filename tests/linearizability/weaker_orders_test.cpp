// Sequential and quiescent consistency: examples, and random histories of the sample models against all
// orders of their actions.
#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include <catch2/catch.hpp>

#include <heddle/conditions/weaker_orders.hpp>

#include "brute_force.hpp"
#include "random_history.hpp"
#include "sample_models.hpp"

namespace heddle::test {
namespace {

using conditions::check_quiescent;
using conditions::check_sequential;
using linearizability::outcome;
using linearizability::verdict;

// Symbols of register_model(): writing k is 2k, reading k is 2k + 1; it begins with 0.
constexpr std::uint32_t write_1 = 2;
constexpr std::uint32_t read_0 = 1;
constexpr std::uint32_t read_1 = 3;

TEST_CASE("a stale read of another process is sequentially consistent, one of the own write is not") {
  const sample_model m = register_model();
  const std::vector<action> h{{.symbol = write_1, .invoked = 0, .returned = 1},
                              {.symbol = read_0, .invoked = 2, .returned = 3}};
  CHECK(linearizability::check(h, *m.space).result == outcome::violation);
  CHECK(check_sequential(h, std::vector<std::uint32_t>{1, 2}, *m.space).result == outcome::linearizable);
  const verdict v = check_sequential(h, std::vector<std::uint32_t>{1, 1}, *m.space);
  CHECK(v.result == outcome::violation);
  CHECK(v.culprit == 1);
}

TEST_CASE("sequential consistency is asked of all objects together") {
  const sample_model m = register_model();
  // Store buffering: each process writes its own object and does not see the other's write.
  const std::vector<action> h{{.symbol = write_1, .invoked = 0, .returned = 2, .partition = 7},
                              {.symbol = read_0, .invoked = 4, .returned = 6, .partition = 9},
                              {.symbol = write_1, .invoked = 1, .returned = 3, .partition = 9},
                              {.symbol = read_0, .invoked = 5, .returned = 8, .partition = 7}};
  CHECK(check_sequential(h, std::vector<std::uint32_t>{1, 1, 2, 2}, *m.space).result == outcome::violation);
  std::vector<action> without = h;
  without[3].symbol = read_1;
  const verdict v = check_sequential(without, std::vector<std::uint32_t>{1, 1, 2, 2}, *m.space);
  REQUIRE(v.result == outcome::linearizable);
  CHECK(v.order.size() == 4);
}

TEST_CASE("quiescent consistency lets operations change places until nothing is open") {
  const sample_model m = register_model();
  std::vector<action> h{{.symbol = write_1, .invoked = 0, .returned = 1},
                        {.symbol = read_0, .invoked = 2, .returned = 3}};
  CHECK(check_quiescent(h, *m.space).result == outcome::violation);
  h.push_back({.symbol = read_0, .invoked = 0, .returned = 4});
  CHECK(check_quiescent(h, *m.space).result == outcome::linearizable);
  CHECK(linearizability::check(h, *m.space).result == outcome::violation);
  h.back().partition = 5;
  CHECK(check_quiescent(h, *m.space).result == outcome::violation);
}

TEST_CASE("what had no effect keeps a moment from being quiet, for its own object") {
  const sample_model m = register_model();
  const std::vector<action> h{{.symbol = write_1, .invoked = 0, .returned = 1},
                              {.symbol = read_0, .invoked = 2, .returned = 3}};
  std::vector<action> also_open{{.invoked = 0, .returned = 4}};
  const auto result = [&] {
    return linearizability::check(conditions::in_quiescent_order(h, also_open), *m.space).result;
  };
  CHECK(result() == outcome::linearizable);
  also_open[0].partition = 5;
  CHECK(result() == outcome::violation);
}

/// Gives each operation a process that is idle when it begins.
std::vector<std::uint32_t> assign_processes(const std::vector<action>& h) {
  std::vector<std::uint32_t> processes(h.size());
  std::vector<std::uint32_t> idle_from;
  for (std::size_t i = 0; i < h.size(); ++i) {
    if (h[i].after != never) {
      processes[i] = processes[h[i].after];
    } else {
      const auto idle =
          std::find_if(idle_from.begin(), idle_from.end(), [&](auto r) { return r < h[i].invoked; });
      processes[i] = static_cast<std::uint32_t>(idle - idle_from.begin());
      if (idle == idle_from.end()) idle_from.push_back(0);
    }
    idle_from[processes[i]] = h[i].returned;
  }
  return processes;
}

/// All orders in which no action comes before one that `precedes` it and has to take effect.
class order_oracle {
 public:
  using relation = std::function<bool(std::size_t, std::size_t)>;

  order_oracle(const std::vector<action>& h, transition_system& model, relation precedes)
      : h_(h), model_(model), precedes_(std::move(precedes)), placed_(h.size(), false) {}

  bool explains() {
    std::map<std::uint32_t, state_id> states;
    for (const action& a : h_) states[a.partition] = model_.initial();
    return extend(states);
  }

 private:
  bool complete(const std::map<std::uint32_t, state_id>& states) const {
    for (std::size_t i = 0; i < h_.size(); ++i) {
      const action& a = h_[i];
      if (a.owed == obligation::required && !placed_[i]) return false;
      const bool asked = a.after == never || placed_[a.after];
      if (a.owed == obligation::blocked && asked && !model_.next(states.at(a.partition), a.symbol).empty())
        return false;
    }
    return true;
  }

  bool may_be_next(std::size_t i) const {
    if (placed_[i] || h_[i].owed == obligation::blocked) return false;
    if (h_[i].after != never && !placed_[h_[i].after]) return false;
    for (std::size_t j = 0; j < h_.size(); ++j)
      if (!placed_[j] && h_[j].owed == obligation::required && precedes_(j, i)) return false;
    return true;
  }

  bool extend(std::map<std::uint32_t, state_id>& states) {
    if (complete(states)) return true;
    for (std::size_t i = 0; i < h_.size(); ++i) {
      if (!may_be_next(i)) continue;
      const state_id before = states[h_[i].partition];
      placed_[i] = true;
      for (const state_id next : model_.next(before, h_[i].symbol)) {
        states[h_[i].partition] = next;
        if (extend(states)) return true;
      }
      states[h_[i].partition] = before;
      placed_[i] = false;
    }
    return false;
  }

  const std::vector<action>& h_;
  transition_system& model_;
  relation precedes_;
  std::vector<bool> placed_;
};

/// Two objects, where operations have one step only.
void spread(std::vector<action>& h, history_generator& generator, const sample_model& m) {
  if (!m.two_phase.empty() || generator.below(2) == 0) return;
  for (action& a : h) a.partition = generator.below(6) == 0 ? 1 : 0;
}

TEST_CASE("sequential and quiescent consistency agree with all orders of actions, tried") {
  std::map<std::string, std::map<bool, int>> counts;
  for (const sample_model& m : all_sample_models()) {
    for (std::uint32_t seed = 0; seed < 1500; ++seed) {
      INFO(m.name << ", seed " << seed);
      history_generator generator(m, seed);
      std::vector<action> h = generator.generate(2 + generator.below(5));
      spread(h, generator, m);
      const auto processes = assign_processes(h);
      const auto same_process = [&](std::size_t a, std::size_t b) {
        return processes[a] == processes[b] && h[a].invoked < h[b].invoked;
      };
      const auto quiet_between = [&](std::size_t a, std::size_t b) {
        if (h[a].returned >= h[b].invoked || h[a].partition != h[b].partition) return false;
        for (std::uint32_t moment = h[a].returned; moment < h[b].invoked; ++moment) {
          const bool quiet = std::none_of(h.begin(), h.end(), [&](const action& c) {
            return c.partition == h[a].partition && c.invoked <= moment && c.returned > moment;
          });
          if (quiet) return true;
        }
        return false;
      };
      const bool sequential = order_oracle(h, *m.space, same_process).explains();
      REQUIRE((check_sequential(h, processes, *m.space).result == outcome::linearizable) == sequential);
      const bool quiescent = order_oracle(h, *m.space, quiet_between).explains();
      REQUIRE((check_quiescent(h, *m.space).result == outcome::linearizable) == quiescent);
      ++counts["sequential"][sequential];
      ++counts["quiescent"][quiescent];
    }
  }
  for (auto& [condition, by_verdict] : counts) {
    INFO(condition << ": " << by_verdict[true] << " hold, " << by_verdict[false] << " do not");
    CHECK(by_verdict[true] >= 2000);
    CHECK(by_verdict[false] >= 2000);
  }
}

}  // namespace
}  // namespace heddle::test
