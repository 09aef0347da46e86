// Which isolation level does a history of transactions satisfy that write and read registers, if every value
// is written to a key only once?
//
// A value read names its writer, so what was read from whom is known. The order of a key's versions follows
// only in part: a transaction that read a key and then wrote it replaced what it had read, and everything
// comes after the initial nothing (Kingsbury & Alvaro, Elle, VLDB 2020, on "registers").
//
// Complexity: as in isolation.hpp.
//
// Deviations: reads of transactions that are not committed are ignored. What holds is "no violation can be
// shown": where the order of versions is unknown, some order could still make one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <heddle/isolation/isolation.hpp>

namespace heddle::isolation {

class register_history {
 public:
  register_history();
  ~register_history();
  register_history(register_history&&) noexcept;
  register_history& operator=(register_history&&) noexcept;

  /// As in list_append_history.
  void begin(std::uint32_t process, std::uint32_t invoked, std::uint32_t returned, status end);
  /// Every value at most once per key.
  void write(key_id key, std::int64_t value);
  /// What a read returned: none if nothing had been written.
  void read(key_id key, std::optional<std::int64_t> value);

  /// Number of transactions.
  std::size_t size() const;

 private:
  friend class register_analysis;
  struct contents;
  std::unique_ptr<contents> contents_;
};

/// Throws std::invalid_argument, naming the transaction, if a value is written twice to a key, or if a
/// process runs two transactions at once.
findings analyse(const register_history& history, const analysis_options& options = {.sessions = true});

}  // namespace heddle::isolation
