// The contract of a strictly serializable store: whole transactions are linearizable, all keys together.
//
//     heddle::check(heddle::contracts::mvcc_serializable<OurStore>());
//
// `Store` must have what transactions.hpp lists under "Running a script on a store". A store that is not
// default-constructible comes from `make`: a callable without arguments that returns it, or a unique_ptr to
// it.
//
// Condition: models::mvcc_serializable. What was violated is named by the dependency graph if the store's
// handles have `accesses` (isolation_judge.hpp).
#pragma once

#include <string>
#include <utility>

#include <heddle/contracts/isolation_judge.hpp>
#include <heddle/contracts/transactional_store.hpp>

namespace heddle::contracts {

template <class Store, class Make = default_construction>
auto mvcc_serializable(std::string name = "mvcc_serializable", Make make = {}) {
  using namespace transactions;
  using model = models::mvcc_serializable;
  const workload load{.statements_max = 3, .rows = 3, .weights = {40, 15, 25, 8, 2, 5, 5}};
  auto c = transactional_store<Store, model>(std::move(name), std::move(make), load,
                                             [](model& m, const script& s, const observed<outcome>& seen) {
                                               return m.transaction(to_model(s), client_view(seen));
                                             });
  // One call each: transactions of one process are as ordered by real time as those of several.
  c.shape({.processes_min = 3, .processes_max = 4, .calls_max = 1, .prefix_max = 2});
  c.condition("strictly serializable", "NOT STRICTLY SERIALIZABLE", judge_strict_serializability);
  return c;
}

}  // namespace heddle::contracts
