// B11 M4: the client's key alone names the row.
// Keys are chosen by clients: two users with the same key (an order number, a counter, "1") share one row.
//
//   A.handle(key, body) = A's response; B.handle(key, same body) = A's response, B's purchase never happens
//
// Seen where the key goes straight into Redis as "idem:" + key; the leak crosses tenants.
#pragma once

#include <heddle/targets/idempotency_key_store/reference.hpp>

namespace heddle::targets::idempotency_key_store {

class faulty_unscoped_key : public reference {
 public:
  using reference::reference;

 protected:
  record_key row_of(const std::string& /*user*/, const std::string& /*endpoint*/, const std::string& key,
                    const std::string& /*body_hash*/) const override {
    return {"", "", key};
  }
};

}  // namespace heddle::targets::idempotency_key_store
