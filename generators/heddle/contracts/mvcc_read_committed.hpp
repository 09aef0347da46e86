// The contract of a store with PostgreSQL's READ COMMITTED: every statement sees what is committed at one
// moment, nobody overwrites uncommitted data, and an update in a single statement is never lost.
//
//     heddle::check(heddle::contracts::mvcc_read_committed<OurStore>());
//
// `Store` and `make`: as for mvcc_serializable.
//
// Condition: models::mvcc_read_committed statement by statement, and Adya's PL-2 on the dependency graph
// where the store tells what it read (isolation_judge.hpp). Allowed and to be reached: lost update by get and
// put, read skew, phantoms.
#pragma once

#include <string>
#include <utility>

#include <heddle/contracts/isolation_judge.hpp>
#include <heddle/contracts/transactional_store.hpp>

namespace heddle::contracts {

template <class Store, class Make = default_construction>
auto mvcc_read_committed(std::string name = "mvcc_read_committed", Make make = {}) {
  using namespace transactions;
  // The judge runs the model itself, as a call is more than two of its actions. To the contract a call is
  // opaque.
  struct opaque {
    bool operator==(const opaque&) const = default;
  };
  const workload load{.statements_max = 4,
                      .rows = 2,
                      .weights = {40, 10, 30, 8, 7, 0, 5},
                      .read_only_percent = 10,
                      .roll_back_percent = 20};
  auto c = transactional_store<Store, opaque>(
      std::move(name), std::move(make), load,
      [](opaque&, const script&, const observed<outcome>&) { return true; });
  // One call each: transactions of one process are as ordered by real time as those of several.
  c.shape({.processes_min = 2, .processes_max = 4, .calls_max = 1, .prefix_max = 2});
  c.condition("read committed", "NOT READ COMMITTED", judge_read_committed);
  return c;
}

}  // namespace heddle::contracts
