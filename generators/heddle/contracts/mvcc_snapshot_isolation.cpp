#include <heddle/contracts/mvcc_snapshot_isolation.hpp>
#include <heddle/contracts/transactional_contract.hpp>

namespace heddle::contracts::detail {

mvcc_snapshot_isolation_contract snapshot_contract_of(const transactional_subject& subject,
                                                      std::string name) {
  using namespace transactions;
  using model = models::mvcc_snapshot_isolation;
  const auto start = [](model& m, caller who, const script& s, const observed<outcome>& seen) {
    return m.start(who, to_model(s), client_view(seen));
  };
  const auto finish = [](model& m, caller who, const script& s, const observed<outcome>& seen) {
    return m.finish(who, to_model(s), client_view(seen));
  };
  const auto whole = [start, finish](model& m, caller who, const script& s, const observed<outcome>& seen) {
    return start(m, who, s, seen) && finish(m, who, s, seen);
  };
  auto c = transactional_contract<model>(subject, std::move(name), subject.has_vacuum);
  c.operation_in_two_steps("transaction", &transactional_port::transaction, start, finish,
                           scripts({.statements_max = 4, .rows = 3, .weights = {40, 10, 25, 10, 5, 5, 5}}));
  add_final_read(c, whole);
  // One call each: transactions of one process are as ordered by real time as those of several.
  c.shape({.processes_min = 3, .processes_max = 4, .calls_max = 1, .prefix_max = 3});
  c.condition("strongly snapshot-isolated", "NOT SNAPSHOT ISOLATED", judge_snapshot_isolation);
  return c;
}

}  // namespace heddle::contracts::detail
