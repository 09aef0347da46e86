// B11 M1: the key is looked up, and if it is not there, set: check, then act.
// Two requests that both look before either sets both run the effect: charged twice, two responses.
//
//   T1.get = none; T2.get = none; T1.put(in progress), effect; T2.put(in progress), effect
//
// Seen as redis.get / redis.set, SELECT then INSERT … ON CONFLICT UPDATE, find then insert under two locks.
#pragma once

#include <heddle/targets/idempotency_key_store/reference.hpp>

namespace heddle::targets::idempotency_key_store {

class faulty_get_then_set : public reference {
 public:
  using reference::reference;

 protected:
  std::optional<record> claim(const record_key& row, const record& fresh) override {
    return table().put(row, fresh);
  }

  bool complete(const record_key& row, const record& /*mine*/, const record& done) override {
    table().put(row, done);
    return true;
  }
};

}  // namespace heddle::targets::idempotency_key_store
