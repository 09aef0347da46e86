// What the contracts of transactional stores begin with: how the store is made, and two operations that run
// transactions, `transaction` and, when all processes have finished, `final_read` of all rows, which shows
// updates that were lost.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <rapidcheck/shrinkable/Create.h>

#include <heddle/contracts/transactions.hpp>
#include <heddle/generators/contract.hpp>

namespace heddle::contracts {

/// The store is default-constructed.
struct default_construction {};

/// `Steps`: what a transaction is for the model, one or two functions; `whole`: the same as one function.
template <class Store, class Model, class Make, class Whole, class... Steps>
contract<Store, Model> transactional_store(std::string name, Make make, const transactions::workload& load,
                                           Whole whole, Steps... steps) {
  contract<Store, Model> c(std::move(name));
  if constexpr (!std::is_same_v<Make, default_construction>) {
    const rc::Gen<std::monostate> nothing = [](const rc::Random&, int) {
      return rc::shrinkable::just(std::monostate());
    };
    c.configured_by(
        nothing, [make](std::monostate) { return make(); }, [](std::monostate) { return Model(); });
  }
  const auto run = transactions::run<Store>;
  if constexpr (sizeof...(Steps) == 0)
    c.operation("transaction", run, whole, transactions::scripts(load));
  else
    c.operation_in_two_steps("transaction", run, steps..., transactions::scripts(load));
  c.finally("final_read", run, whole, transactions::read_everything());
  return c;
}

}  // namespace heddle::contracts
