// B02 M3: a commit publishes its position first and stamps its versions afterwards.
//
// Anomaly: fractured read (G-single): a snapshot at that position misses the rows not stamped yet.
//   T1 commits x and y: publish, stamp x | T2.get(x) = new, T2.get(y) = old | T1: stamp y
//
// Seen in stores that advance "last committed" when the log record is written and apply it to the table
// later.
#pragma once

#include <heddle/targets/mvcc_snapshot_isolation/reference.hpp>

namespace heddle::targets::mvcc_snapshot_isolation {

class faulty_cts_published_before_install : public reference {
 protected:
  void install(transaction& me) override {
    publish(me);
    for (const auto& [key, writes] : me.written) stamp(key, me);
  }
};

}  // namespace heddle::targets::mvcc_snapshot_isolation
