// B11 M2: the claim is inserted first and gets its lease by a second write.
// A crash between the two leaves a row in progress for ever: every retry is answered 409, no recovery takes
// it over.
//
//   T1: insert_if_absent(in progress, no lease) | crash | … any time later: T2.handle = 409
//
// Seen in the catalogue's source (SETNX then EXPIRE); Redis gained SET … NX EX for it.
#pragma once

#include <heddle/targets/idempotency_key_store/reference.hpp>

namespace heddle::targets::idempotency_key_store {

class faulty_setnx_then_expire : public reference {
 public:
  using reference::reference;

 protected:
  std::optional<record> claim(const record_key& row, const record& fresh) override {
    record unleased = fresh;
    unleased.claimed_for->lease = std::chrono::nanoseconds::max();
    const auto mine = table().insert_if_absent(row, unleased);
    return mine ? table().replace_if_unchanged(row, mine->revision, fresh) : mine;
  }
};

}  // namespace heddle::targets::idempotency_key_store
