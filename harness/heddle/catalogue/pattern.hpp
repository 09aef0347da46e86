// The bundled patterns as the program and the tests see them: each pattern's contracts on its reference and
// on its faulty variants. One file <id>.cpp per pattern, compiled with instrumentation because it
// instantiates the component.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/generators/contract_definition.hpp>

namespace heddle::catalogue {

using contract_pointer = std::shared_ptr<const contract_definition>;

/// An implementation that must hold.
struct reference {
  std::string name;  ///< "reference", or which of several
  contract_pointer contract;
};

/// An implementation with a known bug, which must be found.
struct faulty_variant {
  std::string mark;  ///< of the catalogue: "M1"
  std::string name;  ///< "lost_update"
  contract_pointer contract;
  std::size_t threads_max = 2;  ///< the shrunk failure needs no more (the catalogue's interleaving)
  std::size_t calls_max = 1;    ///< per thread
};

struct pattern {
  std::string id;
  std::string summary;    ///< one line
  std::string condition;  ///< for the table: "linearizable + time"
  std::vector<reference> references;
  std::vector<faulty_variant> variants;
  std::vector<std::string> must_reach;  ///< anomalies that the condition allows and the generator must show
};

/// In the catalogue's order.
std::vector<pattern> patterns();
/// The pattern of this id, or nullptr.
const pattern* find_pattern(const std::vector<pattern>& all, std::string_view id);

// One per pattern.
pattern rate_limiter_token_bucket();
pattern circuit_breaker();
pattern bulkhead();
pattern idempotency_key_store();
pattern mvcc_serializable();
pattern mvcc_snapshot_isolation();
pattern mvcc_read_committed();

}  // namespace heddle::catalogue
