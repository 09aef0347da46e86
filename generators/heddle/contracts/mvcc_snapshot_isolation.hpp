// The contract of a strongly snapshot-isolated store: a transaction takes its snapshot at one moment after
// begin and installs all its writes at another one before commit returns, and nobody else has changed what it
// wrote in between.
//
//     heddle::check(heddle::contracts::mvcc_snapshot_isolation<OurStore>());
//
// `Store` and `make`: as for mvcc_serializable. Half of the stores run with their garbage collected
// after every transaction, if they can, which must not show.
//
// Condition: models::mvcc_snapshot_isolation, and the dependency graph where the store tells what it read
// (isolation_judge.hpp). Allowed and to be reached: write skew, the same by predicates, and the read-only
// transaction anomaly.
#pragma once

#include <string>
#include <utility>

#include <heddle/contracts/transactional_store.hpp>
#include <heddle/generators/contract.hpp>
#include <heddle/models/mvcc_snapshot_isolation.hpp>

namespace heddle::contracts {

using mvcc_snapshot_isolation_contract = contract<transactional_port, models::mvcc_snapshot_isolation>;

namespace detail {
mvcc_snapshot_isolation_contract snapshot_contract_of(const transactional_subject& subject, std::string name);
}

template <class Store, class Make>
requires std::invocable<Make> mvcc_snapshot_isolation_contract
mvcc_snapshot_isolation(Make make, std::string name = "mvcc_snapshot_isolation") {
  return detail::snapshot_contract_of(transactional<Store>(std::move(make)), std::move(name));
}

template <class Store>
mvcc_snapshot_isolation_contract mvcc_snapshot_isolation(std::string name = "mvcc_snapshot_isolation") {
  return detail::snapshot_contract_of(transactional<Store>(), std::move(name));
}

}  // namespace heddle::contracts
