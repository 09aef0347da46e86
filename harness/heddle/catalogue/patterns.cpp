#include <heddle/catalogue/pattern.hpp>

namespace heddle::catalogue {

std::vector<pattern> patterns() {
  return {
      rate_limiter_token_bucket(), circuit_breaker(),         bulkhead(),           idempotency_key_store(),
      mvcc_serializable(),         mvcc_snapshot_isolation(), mvcc_read_committed(),
  };
}

const pattern* find_pattern(const std::vector<pattern>& all, std::string_view id) {
  for (const pattern& p : all)
    if (p.id == id) return &p;
  return nullptr;
}

}  // namespace heddle::catalogue
