#include <heddle/contracts/mvcc_serializable.hpp>
#include <heddle/contracts/transactional_contract.hpp>

namespace heddle::contracts::detail {

mvcc_serializable_contract serializable_contract_of(const transactional_subject& subject, std::string name) {
  using namespace transactions;
  using model = models::mvcc_serializable;
  const auto whole = [](model& m, const script& s, const observed<outcome>& seen) {
    return m.transaction(to_model(s), client_view(seen));
  };
  auto c = transactional_contract<model>(subject, std::move(name));
  c.operation("transaction", &transactional_port::transaction, whole,
              scripts({.statements_max = 3, .rows = 3, .weights = {40, 15, 25, 8, 2, 5, 5}}));
  add_final_read(c, whole);
  // One call each: transactions of one process are as ordered by real time as those of several.
  c.shape({.processes_min = 3, .processes_max = 4, .calls_max = 1, .prefix_max = 2});
  c.condition("strictly serializable", "NOT STRICTLY SERIALIZABLE", judge_strict_serializability);
  return c;
}

}  // namespace heddle::contracts::detail
