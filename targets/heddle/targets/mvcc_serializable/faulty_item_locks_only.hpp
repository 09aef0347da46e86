// B03 M2: a predicate read remembers the rows that it found, not the range that it looked at.
//
// Anomaly: phantom (G2): both see the range empty and both insert.
//   T1.scan(a..b) = {}; T2.scan(a..b) = {}; T1.put(a); T2.put(b); commit both
//
// Seen where row locks stand in for predicate locks: engines without gap or index-range locks, SELECT FOR
// UPDATE that finds no row.
#pragma once

#include <heddle/targets/mvcc_serializable/reference.hpp>

namespace heddle::targets::mvcc_serializable {

class faulty_item_locks_only : public reference {
 protected:
  void remember_scan(const transaction& me, mvcc::key_type /*first*/, mvcc::key_type /*last*/,
                     const std::vector<mvcc::key_value>& present) override {
    for (const auto& [key, value] : present) remember_read(me, key, key);
  }
};

}  // namespace heddle::targets::mvcc_serializable
