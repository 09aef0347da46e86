// B11 M5: responses are forgotten after 5 s, while clients retry after 6 s and more.
// The retry finds nothing and has the effect again: charged twice.
//
//   T1.handle = response, lost on its way to the client; 6 s pass; T1.handle again: effect
//
// Seen where the cache's default time to live was kept, or memory pressure evicts keys.
#pragma once

#include <heddle/targets/idempotency_key_store/reference.hpp>

namespace heddle::targets::idempotency_key_store {

class faulty_ttl_shorter_than_retry : public reference {
 public:
  explicit faulty_ttl_shorter_than_retry(store_port& table, const options& chosen = {})
      : reference(table, shortened(chosen)) {}

 private:
  static options shortened(options chosen) {
    chosen.retention = std::chrono::seconds(5);
    return chosen;
  }
};

}  // namespace heddle::targets::idempotency_key_store
