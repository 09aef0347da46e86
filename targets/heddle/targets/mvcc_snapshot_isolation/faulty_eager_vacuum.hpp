// B02 M4: vacuum keeps what the newest snapshot sees and forgets the transactions that read older ones.
//
// Anomaly: a row that was there vanishes from a running transaction (fuzzy read, phantom).
//   T1.get(x); T2.put(x,1), commit; vacuum; T1.get(x) = none
//
// Seen where old versions are dropped by age or count ("snapshot too old" without the error), or where the
// list of snapshots misses read-only or idle sessions.
#pragma once

#include <heddle/targets/mvcc_snapshot_isolation/reference.hpp>

namespace heddle::targets::mvcc_snapshot_isolation {

class faulty_eager_vacuum : public reference {
 protected:
  mvcc::timestamp vacuum_horizon() const override { return last_committed(); }
};

}  // namespace heddle::targets::mvcc_snapshot_isolation
