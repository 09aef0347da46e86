// Read committed, with the semantics of PostgreSQL's READ COMMITTED (Adya's PL-2): no dirty write, no dirty
// read, each statement one snapshot, `rmw` and `get_for_update` look again after waiting for a row. Allowed,
// and to be expected: a lost update by `get` then `put`, read skew between statements, phantoms.
#pragma once

#include <heddle/targets/mvcc/version_store.hpp>

namespace heddle::targets::mvcc_read_committed {

class reference : public mvcc::version_store {
 public:
  reference() : version_store(mvcc::isolation::read_committed) {}
};

}  // namespace heddle::targets::mvcc_read_committed
