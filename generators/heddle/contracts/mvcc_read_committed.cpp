#include <heddle/contracts/mvcc_read_committed.hpp>
#include <heddle/contracts/transactional_contract.hpp>

namespace heddle::contracts::detail {

mvcc_read_committed_contract committed_contract_of(const transactional_subject& subject, std::string name) {
  using namespace transactions;
  using model = opaque_transactions;
  const auto whole = [](model&, const script&, const observed<outcome>&) { return true; };
  auto c = transactional_contract<model>(subject, std::move(name));
  c.operation("transaction", &transactional_port::transaction, whole,
              scripts({.statements_max = 4,
                       .rows = 2,
                       .weights = {40, 10, 30, 8, 7, 0, 5},
                       .read_only_percent = 10,
                       .roll_back_percent = 20}));
  add_final_read(c, whole);
  // One call each: transactions of one process are as ordered by real time as those of several.
  c.shape({.processes_min = 2, .processes_max = 4, .calls_max = 1, .prefix_max = 2});
  c.condition("read committed", "NOT READ COMMITTED", judge_read_committed);
  return c;
}

}  // namespace heddle::contracts::detail
