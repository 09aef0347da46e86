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

#include <heddle/contracts/transactional_store.hpp>
#include <heddle/generators/contract.hpp>

namespace heddle::contracts {

/// The judge runs the model itself, as a call is more than two of its actions; to the contract it is opaque.
struct opaque_transactions {
  bool operator==(const opaque_transactions&) const = default;
};

using mvcc_read_committed_contract = contract<transactional_port, opaque_transactions>;

namespace detail {
mvcc_read_committed_contract committed_contract_of(const transactional_subject& subject, std::string name);
}

template <class Store, class Make>
requires std::invocable<Make> mvcc_read_committed_contract
mvcc_read_committed(Make make, std::string name = "mvcc_read_committed") {
  return detail::committed_contract_of(transactional<Store>(std::move(make)), std::move(name));
}

template <class Store>
mvcc_read_committed_contract mvcc_read_committed(std::string name = "mvcc_read_committed") {
  return detail::committed_contract_of(transactional<Store>(), std::move(name));
}

}  // namespace heddle::contracts
