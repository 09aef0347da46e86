// B02 M2: every statement takes a fresh snapshot.
//
// Anomaly: read skew (A5A); from there also fuzzy reads and lost updates.
//   T1.get(x) = 0; T2.put(x,1); T2.put(y,1); T2.commit; T1.get(y) = 1
//
// Seen where a pool or ORM runs each statement at the default level (READ COMMITTED), or "SET TRANSACTION"
// came too late.
#pragma once

#include <heddle/targets/mvcc_snapshot_isolation/reference.hpp>

namespace heddle::targets::mvcc_snapshot_isolation {

class faulty_snapshot_per_statement : public reference {
 protected:
  mvcc::timestamp statement_snapshot(const transaction& me) const override {
    transaction anew = me;
    anew.snapshot.reset();
    return reference::statement_snapshot(anew);
  }
};

}  // namespace heddle::targets::mvcc_snapshot_isolation
