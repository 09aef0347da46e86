// B03 M5: to write a key that it has read, a transaction gives its shared lock back and queues for the
// exclusive one.
//
// Anomaly: lost update: what was read may change in between.
//   T1.get(x) = 0; T2.get(x) = 0; T1.put(x,1) waits for T2's shared lock;
//   T2.put(x,1); T2.commit; T1 goes on and commits  =>  x = 1
//
// Seen with read-write locks that cannot upgrade (std::shared_mutex): unlock_shared(), then lock(), "to avoid
// the deadlock".
#pragma once

#include <heddle/targets/mvcc_serializable/reference.hpp>

namespace heddle::targets::mvcc_serializable {

class faulty_upgrade_drops_s_lock : public reference_s2pl {
 protected:
  mvcc::status lock_exclusively(latch& held, mvcc::txn_id me, mvcc::key_type key) override {
    release({me, key, key, mode::shared});
    return reference_s2pl::lock_exclusively(held, me, key);
  }
};

}  // namespace heddle::targets::mvcc_serializable
