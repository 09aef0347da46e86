// B03 M4: two-phase locking whose shared locks are released as soon as the value is read.
//
// Anomaly: fuzzy read, read skew, and writes based on them.
//   T1.get(x) = 0; T2.put(x,1); T2.commit; T1.get(x) = 1
//
// Seen in lock-based engines at their default READ COMMITTED (SQL Server, DB2's cursor stability) taken for
// serializable.
#pragma once

#include <heddle/targets/mvcc_serializable/reference.hpp>

namespace heddle::targets::mvcc_serializable {

class faulty_short_read_locks : public reference_s2pl {
 protected:
  void end_of_read(mvcc::txn_id me, mvcc::key_type first, mvcc::key_type last) override {
    release({me, first, last, mode::shared});
  }
};

}  // namespace heddle::targets::mvcc_serializable
