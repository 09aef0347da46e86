// B01 M2: the row lock is released at the end of the writing statement instead of the end of the transaction.
//
// Anomaly: dirty write (G0): the two rows end up with values of different transactions.
//   T1.put(x,1); T2.put(x,2); T2.put(y,2); T1.put(y,1); commit both  =>  x = 2, y = 1
//
// Seen where every statement locks for itself ("the lock protects the map") and nobody holds locks for the
// transaction.
#pragma once

#include <heddle/targets/mvcc_read_committed/reference.hpp>

namespace heddle::targets::mvcc_read_committed {

class faulty_short_write_lock : public reference {
 protected:
  void end_of_update(transaction& me) override { release_rows(me); }
};

}  // namespace heddle::targets::mvcc_read_committed
