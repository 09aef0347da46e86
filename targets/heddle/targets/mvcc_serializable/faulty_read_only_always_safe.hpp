// B03 M3: read-only transactions are left out of conflict tracking: they write nothing, so what could they
// break?
//
// Anomaly: the read-only-transaction anomaly (Fekete, O'Neil, O'Neil 2004).
//   T2.get(x); T2.get(y); T1.put(y), commit; T3.get(x), T3.get(y), commit (read-only); T2.put(x); T2.commit
//   T1 precedes T3, which saw its write; T3 precedes T2 and T2 precedes T1, whose writes they did not see
//
// Seen as a plausible optimisation of SSI; PostgreSQL does so only for a snapshot that it knows to be safe.
#pragma once

#include <heddle/targets/mvcc_serializable/reference.hpp>

namespace heddle::targets::mvcc_serializable {

class faulty_read_only_always_safe : public reference {
 protected:
  bool is_tracked(const transaction& me) const override { return !me.read_only && reference::is_tracked(me); }
};

}  // namespace heddle::targets::mvcc_serializable
