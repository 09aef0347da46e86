// B01 M3: an update that waited for the row writes what it computed from the version read before the wait.
//
// Anomaly: lost update (P4) in a single statement.
//   T1.rmw(x,+1); T2.rmw(x,+1) waits; T1.commit; T2 goes on with the old value  =>  x = 1
//
// Seen in executors that fetch the tuple, then queue for its lock, and trust the fetched copy (PostgreSQL
// fetches it again: EvalPlanQual).
#pragma once

#include <heddle/targets/mvcc_read_committed/reference.hpp>

namespace heddle::targets::mvcc_read_committed {

class faulty_rmw_no_recheck : public reference {
 protected:
  mvcc::result<std::optional<mvcc::value_type>> lock_and_read(latch& held, transaction& me,
                                                              mvcc::key_type key, mvcc::txn& t) override {
    const std::optional<mvcc::value_type> before = read(me, key, t);
    return {lock_row(held, me, key), before};
  }
};

}  // namespace heddle::targets::mvcc_read_committed
