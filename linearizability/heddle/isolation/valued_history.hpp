// What list_append_history and register_history have in common: transactions that arrive one by one, whose
// writes are known by their values.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <heddle/isolation/compact_history.hpp>

namespace heddle::isolation {

struct valued_history {
  compact_history history;                            ///< of reads, `version` is what the owner makes of it
  std::unordered_map<key_id, std::uint32_t> numbers;  ///< of keys
  std::vector<std::int64_t> values;                   ///< by version

  void begin(std::uint32_t process, std::uint32_t invoked, std::uint32_t returned, status end);
  void write(key_id key, std::int64_t value);
  void read(std::uint32_t key, compact_step::kind what, std::uint32_t version);
  std::uint32_t number_of(key_id key);
  std::uint32_t current() const { return static_cast<std::uint32_t>(history.transactions.size() - 1); }
};

/// From values to versions. O(log n) each.
class value_index {
 public:
  /// Throws std::invalid_argument if a value is written twice to a key; `verb` says how it was written. Must
  /// not outlive the history.
  value_index(const valued_history& all, const std::string& verb);

  /// Null for a value that nobody wrote.
  const std::uint32_t* find(std::uint32_t key, std::int64_t value) const;

 private:
  const valued_history& all_;
  std::vector<std::uint32_t> sorted_;  ///< the versions by key and value
};

/// The history without steps, and with the versions marked that were not their writer's last of the key.
compact_history outline(const compact_history& history);

}  // namespace heddle::isolation
