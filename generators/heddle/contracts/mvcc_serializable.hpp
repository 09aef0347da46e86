// The contract of a strictly serializable store: whole transactions are linearizable, all keys together.
//
//     heddle::check(heddle::contracts::mvcc_serializable<OurStore>());
//
// `Store` must have what transactional_store.hpp lists. One that is not default-constructible comes from
// `make`: a callable without arguments that returns it.
//
// Condition: models::mvcc_serializable. What was violated is named by the dependency graph if the store's
// handles have `accesses` (isolation_judge.hpp).
#pragma once

#include <string>
#include <utility>

#include <heddle/contracts/transactional_store.hpp>
#include <heddle/generators/contract.hpp>
#include <heddle/models/mvcc_serializable.hpp>

namespace heddle::contracts {

using mvcc_serializable_contract = contract<transactional_port, models::mvcc_serializable>;

namespace detail {
mvcc_serializable_contract serializable_contract_of(const transactional_subject& subject, std::string name);
}

template <class Store, class Make>
requires std::invocable<Make> mvcc_serializable_contract
mvcc_serializable(Make make, std::string name = "mvcc_serializable") {
  return detail::serializable_contract_of(transactional<Store>(std::move(make)), std::move(name));
}

template <class Store>
mvcc_serializable_contract mvcc_serializable(std::string name = "mvcc_serializable") {
  return detail::serializable_contract_of(transactional<Store>(), std::move(name));
}

}  // namespace heddle::contracts
