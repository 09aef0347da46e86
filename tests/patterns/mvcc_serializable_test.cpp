// Serializable stores: each faulty variant's interleaving, of which snapshot isolation and two-phase locking
// have none; and that whatever the model rejects has a name.
#include <heddle/contracts/isolation_judge.hpp>
#include <heddle/contracts/mvcc_serializable.hpp>
#include <heddle/targets/mvcc_serializable/faulty_si_sold_as_serializable.hpp>

#include "directed_transactions.hpp"

using namespace heddle;
using namespace heddle::tests;

constexpr auto id = "mvcc_serializable";

TEST_CASE("two doctors on call may not both leave: write skew") {
  const auto why = variant_fails(id, "si_sold_as_serializable", "write skew (G2-item)", [](scenario& s) {
    begins_with(s, {put{x, 1}, put{y, 1}});
    commits(s, {get{x}, get{y}, put{x, 2}});
    commits(s, {get{x}, get{y}, put{y, 2}});
  });
  REQUIRE_FALSE(why.verdict.reasons.empty());
  CHECK(why.verdict.reasons.front() == "write skew (G2-item): T1 —rw y→ T2 —rw x→ T1");
}

TEST_CASE("both find the room free and book it: phantom") {
  variant_fails(id, "item_locks_only", "phantom (G2)", [](scenario& s) {
    commits(s, {scan{x, u}, put{x, 1}});
    commits(s, {scan{x, u}, put{y, 1}});
  });
}

TEST_CASE("a read-only transaction makes two others' order visible") {
  variant_fails(
      id, "read_only_always_safe", "read-only transaction anomaly (G2-item)",
      [](scenario& s) {
        commits(s, {put{y, 1}});
        commits(s, {get{x}, get{y}, put{x, 1}});
        reads(s, {get{x}, get{y}});
      },
      1);
}

TEST_CASE("shared locks that are given back after reading: fuzzy read") {
  variant_fails(id, "short_read_locks", "fuzzy read (G-single)", [](scenario& s) {
    commits(s, {get{x}, get{x}});
    commits(s, {put{x, 1}});
  });
}

TEST_CASE("a lock that is upgraded by giving it back: lost update") {
  variant_fails(id, "upgrade_drops_s_lock", "lost update (G-single)", [](scenario& s) {
    commits(s, {get{x}, put{x, 1}});
    commits(s, {get{x}, put{x, 2}});
  });
}

TEST_CASE("transfers keep the sum") {
  references_hold(
      id,
      [](scenario& s) {
        begins_with(s, {put{x, 5}, put{y, 5}});
        commits(s, {add{x, -1}, add{y, 1}});
        commits(s, {add{y, -2}, add{x, 2}});
        reads(s, {get{x}, get{y}});
      },
      1);
}

TEST_CASE("three transactions of three statements on two rows, with one preemption") {
  references_hold(
      id,
      [](scenario& s) {
        commits(s, {get{x}, get{y}, put{x, 1}});
        commits(s, {get{y}, get{x}, put{y, 2}});
        commits(s, {scan{x, y}, add{x, 1}, get{y}});
      },
      1);
}

TEST_CASE("whatever the model rejects, the dependency graph names") {
  using store = targets::mvcc_serializable::faulty_si_sold_as_serializable;
  std::set<std::string> names;
  auto c = contracts::mvcc_serializable<store>();
  c.condition("violations have names", "NAMELESS",
              [&](const contract_definition& d, const recorded_history& h, bool) {
                const judgement j = judge_strict_serializability(d, h, true);
                judgement named;
                named.holds = j.holds || !j.anomaly.empty();
                names.insert(j.anomaly);
                return named;
              });
  const auto result =
      harness::explore(*c.definition(), {.seed = 3, .limits = {.schedules = 5'000}, .run = {}});
  CHECK_FALSE(result.found);
  CHECK(names.count("write skew (G2-item)") == 1);
}
