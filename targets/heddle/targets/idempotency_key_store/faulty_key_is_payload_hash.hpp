// B11 M6: the key is computed from the request instead of taken from the client.
// Two purchases that are meant, with keys of their own and equal contents, collapse into one effect.
//
//   handle("k1", body) = response; handle("k2", body) = the same response, replayed
//
// Seen as hash(payload + actor + intent) "so that clients need not send a key".
#pragma once

#include <heddle/targets/idempotency_key_store/reference.hpp>

namespace heddle::targets::idempotency_key_store {

class faulty_key_is_payload_hash : public reference {
 public:
  using reference::reference;

 protected:
  record_key row_of(const std::string& user, const std::string& endpoint, const std::string& /*key*/,
                    const std::string& body_hash) const override {
    return {user, endpoint, body_hash};
  }
};

}  // namespace heddle::targets::idempotency_key_store
