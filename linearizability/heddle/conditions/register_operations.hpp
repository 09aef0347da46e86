// Histories of reads and writes of registers, as the conditions that are weaker than linearizability see
// them: the order of each process's operations counts, real time does not.
//
// Every value is written to a key only once, so a read names the write that it saw. An operation may read, or
// write, several keys at one moment.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heddle::conditions {

struct register_access {
  std::int64_t key = 0;
  std::optional<std::int64_t> value;  ///< none: nothing had been written yet
};

struct register_operation {
  std::uint32_t process = 0;
  bool writes = false;
  std::vector<register_access> accesses = {};
  /// A write that may not have happened; it counts if it was read. (One that certainly failed is left out of
  /// the history.)
  bool uncertain = false;

  static register_operation write(std::uint32_t process, std::int64_t key, std::int64_t value) {
    return {process, true, {{key, value}}};
  }
  static register_operation read(std::uint32_t process, std::int64_t key, std::optional<std::int64_t> value) {
    return {process, false, {{key, value}}};
  }
};

/// The operations, those of one process in its order, of different processes in any.
using register_operations = std::span<const register_operation>;

/// Whether a condition holds, and if not, which operations contradict it and how. Operations are counted from
/// 0 as they stand in the history.
struct condition_verdict {
  bool holds = true;
  std::vector<std::uint32_t> operations = {};
  std::string why = {};
};

/// What processes, keys and values are called in verdicts: by their numbers, if not otherwise.
struct register_names {
  std::function<std::string(std::uint32_t)> process = nullptr;         ///< "process 1"
  std::function<std::string(std::int64_t)> key = nullptr;              ///< "key 2"; "" if there is one only
  std::function<std::string(const register_access&)> value = nullptr;  ///< "5", "nothing"
};

/// "process 1 wrote 5 to key 2".
std::string to_text(register_operations history, std::uint32_t operation, const register_names& names = {});
/// Operations of which each is of the process of the one before, or has read from it: "process 1 wrote 5 to
/// key 2 and afterwards wrote 6 to key 3; process 2 read 6 from key 3". Of reads, what is about registers
/// that are written in the story.
std::string story_of(register_operations history, const std::vector<std::uint32_t>& operations,
                     const register_names& names);

inline constexpr std::uint32_t no_operation = 0xffffffff;

/// Which write each read saw.
class reads_from {
 public:
  /// Throws std::invalid_argument if a value is written twice to a key or a write has no value.
  explicit reads_from(register_operations history, const register_names& names = {});

  /// Per access of a read: the write, or no_operation if it saw nothing (or thin air).
  const std::vector<std::uint32_t>& sources(std::uint32_t read) const { return sources_[read]; }
  /// An uncertain write that nobody read does not count.
  bool counts(std::uint32_t operation) const { return counts_[operation]; }
  /// A read of what nobody wrote.
  const std::optional<condition_verdict>& thin_air() const { return thin_air_; }

 private:
  std::vector<std::vector<std::uint32_t>> sources_;
  std::vector<bool> counts_;
  std::optional<condition_verdict> thin_air_;
};

bool writes_key(const register_operation& o, std::int64_t key);

}  // namespace heddle::conditions
