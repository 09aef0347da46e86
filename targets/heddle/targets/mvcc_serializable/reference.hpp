// Strict serializability, twice: `reference` is serializable snapshot isolation as in PostgreSQL's
// SERIALIZABLE (Cahill, Röhm, Fekete 2008; Ports & Grittner 2012): readers never wait, a transaction that
// might complete a cycle fails. `reference_s2pl` is strict two-phase locking with range locks: readers and
// writers wait for each other, only deadlocks fail. The catalogue's constructor argument Impl{SSI, S2PL}
// became two classes with one interface, as they share no state.
#pragma once

#include <heddle/targets/mvcc/locking_store.hpp>
#include <heddle/targets/mvcc/version_store.hpp>

namespace heddle::targets::mvcc_serializable {

class reference : public mvcc::version_store {
 public:
  reference() : version_store(mvcc::isolation::serializable) {}
};

class reference_s2pl : public mvcc::locking_store {};

}  // namespace heddle::targets::mvcc_serializable
