// B11 M3: when the effect throws, the key is deleted "so that the client can try again".
// The exception may mean that the answer was lost, not that there was no effect: the retry is charged again.
//
//   T1.handle: effect happens, its answer is lost (a timeout throws), key deleted; T1.handle again: effect
//
// Seen in the catalogue's source (except: redis.delete(key); raise), and in most decorators of this kind.
#pragma once

#include <heddle/targets/idempotency_key_store/reference.hpp>

namespace heddle::targets::idempotency_key_store {

class faulty_delete_key_on_exception : public reference {
 public:
  using reference::reference;

 protected:
  void effect_threw(const record_key& row, const record& mine) override {
    table().erase_if_unchanged(row, mine.revision);
  }
};

}  // namespace heddle::targets::idempotency_key_store
