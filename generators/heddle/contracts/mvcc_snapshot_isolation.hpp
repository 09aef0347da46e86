// The contract of a strongly snapshot-isolated store: a transaction takes its snapshot at one moment after
// begin and installs all its writes at another one before commit returns, and nobody else has changed what it
// wrote in between.
//
//     heddle::check(heddle::contracts::mvcc_snapshot_isolation<OurStore>());
//
// `Store` and `make`: as for mvcc_serializable. If it has `vacuum()`, that is an operation too, which must
// not show.
//
// Condition: models::mvcc_snapshot_isolation, and the dependency graph where the store tells what it read
// (isolation_judge.hpp). Allowed and to be reached: write skew, the same by predicates, and the read-only
// transaction anomaly.
#pragma once

#include <string>
#include <utility>

#include <heddle/contracts/isolation_judge.hpp>
#include <heddle/contracts/transactional_store.hpp>
#include <heddle/models/mvcc_snapshot_isolation.hpp>

namespace heddle::contracts {

template <class Store, class Make = default_construction>
auto mvcc_snapshot_isolation(std::string name = "mvcc_snapshot_isolation", Make make = {}) {
  using namespace transactions;
  using model = models::mvcc_snapshot_isolation;
  const workload load{.statements_max = 4, .rows = 3, .weights = {40, 10, 25, 10, 5, 5, 5}};
  const auto start = [](model& m, caller who, const script& s, const observed<outcome>& seen) {
    return m.start(who, to_model(s), client_view(seen));
  };
  const auto finish = [](model& m, caller who, const script& s, const observed<outcome>& seen) {
    return m.finish(who, to_model(s), client_view(seen));
  };
  const auto whole = [start, finish](model& m, caller who, const script& s, const observed<outcome>& seen) {
    return start(m, who, s, seen) && finish(m, who, s, seen);
  };
  auto c = transactional_store<Store, model>(std::move(name), std::move(make), load, whole, start, finish);
  if constexpr (requires(Store & s) { s.vacuum(); })
    c.operation(
         "vacuum", [](Store& s) { s.vacuum(); }, [](const model&) {})
        .weight(0.3);
  // One call each: transactions of one process are as ordered by real time as those of several.
  c.shape({.processes_min = 3, .processes_max = 4, .calls_max = 1, .prefix_max = 2});
  c.condition("strongly snapshot-isolated", "NOT SNAPSHOT ISOLATED", judge_snapshot_isolation);
  return c;
}

}  // namespace heddle::contracts
