// What the contracts of transactional stores begin with. For their .cpp files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <heddle/contracts/isolation_judge.hpp>
#include <heddle/contracts/transactional_store.hpp>
#include <heddle/generators/contract.hpp>

namespace heddle::contracts {

/// Without operations. With `autovacuum`, half of the stores collect garbage all the time.
template <class Model>
contract<transactional_port, Model> transactional_contract(const transactional_subject& subject,
                                                           std::string name, bool autovacuum = false) {
  const auto settings = simplest_first<transactional_settings>(
      autovacuum ? std::vector{transactional_settings{false}, transactional_settings{true}}
                 : std::vector{transactional_settings{false}});
  contract<transactional_port, Model> c(std::move(name));
  c.subject_is(*subject.type).configured_by(settings, subject.make, [](const transactional_settings&) {
    return Model();
  });
  return c;
}

/// The operation `final_read`; it must be the second, `transaction` the first. `whole` is what a transaction
/// is for the model.
template <class Model, class Whole>
void add_final_read(contract<transactional_port, Model>& c, Whole whole) {
  c.finally("final_read", &transactional_port::transaction, std::move(whole),
            transactions::read_everything());
}

}  // namespace heddle::contracts
