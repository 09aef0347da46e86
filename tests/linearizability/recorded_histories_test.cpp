// Histories that others recorded and judged: the verdicts must be theirs, and the work far below theirs.
#include <fstream>

#include <catch2/catch.hpp>

#include <heddle/linearizability/checker.hpp>

#include "recorded_history.hpp"

namespace heddle::test {
namespace {

using linearizability::checker;
using linearizability::outcome;
using linearizability::verdict;

const std::string histories = HEDDLE_TEST_DATA "/histories/";

struct tally {
  int ok = 0;
  int violations = 0;
  std::uint64_t steps = 0;
};

tally judge_all(bool declare_observers) {
  std::ifstream expected(histories + "expected.tsv");
  checker judge;
  tally sum;
  std::string path, published;
  while (expected >> path >> published) {
    INFO(path);
    const bool etcd = path.starts_with("etcd/");
    const recorded_history history = (etcd ? read_etcd : read_kv)(histories + path, declare_observers);
    const verdict v = judge.check(history.actions, *history.model, {.explain = false});
    CHECK(v.result == (published == "ok" ? outcome::linearizable : outcome::violation));
    ++(published == "ok" ? sum.ok : sum.violations);
    if (path != "kv/c50-ok.txt") sum.steps += v.steps;  // Porcupine's steps are not known for this one
  }
  return sum;
}

TEST_CASE("recorded histories get their published verdicts") {
  const bool declare_observers = GENERATE(true, false);
  const tally sum = judge_all(declare_observers);
  CHECK(sum.ok == 13);
  CHECK(sum.violations == 41);
  INFO((declare_observers ? "observers declared: " : "observers found out: ") << sum.steps << " steps");
  CHECK(sum.steps < 15'000);  // Porcupine's search takes 1,769,136 (porcupine-steps.tsv)
}

TEST_CASE("the explanation of a recorded violation is minimal") {
  const recorded_history history = read_etcd(histories + "etcd/etcd_003.log", true);
  const verdict v = linearizability::check(history.actions, *history.model);
  REQUIRE(v.result == outcome::violation);
  REQUIRE(v.culprit < history.actions.size());
  const std::uint32_t last = history.actions[v.culprit].returned;

  const auto known_at = [&](std::uint32_t position) {
    std::vector<linearizability::action> known;
    for (linearizability::action a : history.actions) {
      if (a.invoked > position) continue;
      if (a.returned > position)
        a.returned = linearizability::never, a.owed = linearizability::obligation::optional;
      known.push_back(a);
    }
    return linearizability::check(known, *history.model).result;
  };
  CHECK(known_at(last) == outcome::violation);
  CHECK(known_at(last - 1) == outcome::linearizable);
}

}  // namespace
}  // namespace heddle::test
