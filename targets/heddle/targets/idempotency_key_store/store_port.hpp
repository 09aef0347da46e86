// The durable table behind an idempotency store, as a port: a SQL table with a unique key, or a key-value
// store with compare-and-set. Each call is atomic and durable on its own; a process may die between any two.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heddle::targets::idempotency_key_store {

using clock = std::chrono::steady_clock;

/// What an endpoint answers.
struct response {
  int status = 0;  ///< HTTP status code
  std::string body{};
  bool operator==(const response&) const = default;
};

/// Whose request it is: keys of different users or endpoints have nothing to do with each other.
struct record_key {
  std::string user{};
  std::string endpoint{};
  std::string key{};
  auto operator<=>(const record_key&) const = default;
};

/// How long a claim is good for.
struct terms {
  std::chrono::nanoseconds lease{};
  std::chrono::nanoseconds retention{};
};

struct record {
  enum class phase : std::uint8_t { in_progress, done };
  phase state = phase::in_progress;
  std::uint64_t id = 0;  ///< given by the table when the row is inserted, kept by replacements, never reused
  std::uint64_t revision = 0;  ///< given by the table at every write, never reused
  std::string body_hash{};
  clock::time_point lease_until =
      clock::time_point::max();  ///< in progress: from then on its owner counts as dead
  clock::time_point expires_at = clock::time_point::max();  ///< done: from then on the key may be forgotten
  /// Of a row that claims the key: the table sets lease_until and expires_at from its own clock as it writes.
  /// A process that read the clock and then stalled would store times that are over.
  std::optional<terms> claimed_for{};
  bool resumed = false;  ///< an earlier owner left it in progress, and may have had its effect
  response reply{};
};

class store_port {
 public:
  virtual ~store_port() = default;
  virtual std::optional<record> get(const record_key& key) = 0;
  /// The row as stored, with its new id and revision; nothing if there already is one.
  virtual std::optional<record> insert_if_absent(const record_key& key, const record& row) = 0;
  /// The row as stored, with its new revision; nothing if it is no longer at that revision.
  virtual std::optional<record> replace_if_unchanged(const record_key& key, std::uint64_t revision,
                                                     const record& row) = 0;
  virtual bool erase_if_unchanged(const record_key& key, std::uint64_t revision) = 0;
  /// Inserts or overwrites, whatever is there, as a new row.
  virtual record put(const record_key& key, const record& row) = 0;
  /// Rows in progress whose lease is over, and done ones that have expired.
  virtual std::vector<record_key> due(clock::time_point now) = 0;
};

}  // namespace heddle::targets::idempotency_key_store
