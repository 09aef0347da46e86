// B03 M1: asked for serializable, the store runs snapshot isolation.
//
// Anomaly: write skew (G2-item).
//   T1.get(x); T1.get(y); T2.get(x); T2.get(y); T1.put(x); T2.put(y); commit both
//
// Seen in Oracle's SERIALIZABLE, and in PostgreSQL's before 9.1.
#pragma once

#include <heddle/targets/mvcc_serializable/reference.hpp>

namespace heddle::targets::mvcc_serializable {

class faulty_si_sold_as_serializable : public reference {
 protected:
  mvcc::isolation provided(mvcc::isolation requested) const override {
    return requested == mvcc::isolation::serializable ? mvcc::isolation::snapshot : requested;
  }
};

}  // namespace heddle::targets::mvcc_serializable
