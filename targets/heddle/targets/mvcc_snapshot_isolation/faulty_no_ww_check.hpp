// B02 M1: a write does not ask whether the row has changed since the snapshot.
//
// Anomaly: lost update (G-single).
//   T1.get(x); T2.get(x); T2.put(x,1); T2.commit; T1.put(x,1); T1.commit
//
// Seen in home-made snapshot stores that lock rows but compare no versions: once the lock is free the writer
// believes itself safe.
#pragma once

#include <heddle/targets/mvcc_snapshot_isolation/reference.hpp>

namespace heddle::targets::mvcc_snapshot_isolation {

class faulty_no_ww_check : public reference {
 protected:
  bool may_update(const chain& /*versions*/, const transaction& /*me*/) const override { return true; }
};

}  // namespace heddle::targets::mvcc_snapshot_isolation
