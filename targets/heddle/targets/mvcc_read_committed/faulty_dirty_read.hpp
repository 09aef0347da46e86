// B01 M1: a read takes the newest version there is, committed or not.
//
// Anomaly: aborted read (G1a), intermediate read (G1b).
//   T1.put(x,1); T2.get(x) = 1; T1.abort
//
// Seen where a store keeps uncommitted versions in place and a read path forgets to look at the writer's
// fate: READ UNCOMMITTED in fact, NOLOCK hints, caches filled inside the writing transaction.
#pragma once

#include <heddle/targets/mvcc_read_committed/reference.hpp>

namespace heddle::targets::mvcc_read_committed {

class faulty_dirty_read : public reference {
 protected:
  const version* visible(const chain& versions, const transaction& /*me*/) override {
    return versions.versions.empty() ? nullptr : &versions.versions.back();
  }
};

}  // namespace heddle::targets::mvcc_read_committed
