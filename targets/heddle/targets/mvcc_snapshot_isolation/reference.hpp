// Strong snapshot isolation, with the semantics of PostgreSQL's REPEATABLE READ: one snapshot per
// transaction, taken by its first statement (so that it holds every commit that returned before begin), first
// updater wins. Allowed, and to be expected: write skew on rows and predicates, the read-only-transaction
// anomaly.
#pragma once

#include <heddle/targets/mvcc/version_store.hpp>

namespace heddle::targets::mvcc_snapshot_isolation {

class reference : public mvcc::version_store {
 public:
  reference() : version_store(mvcc::isolation::snapshot) {}
};

}  // namespace heddle::targets::mvcc_snapshot_isolation
