// What a register held, as far as it is plain without looking at time: chains of values, each with the
// operations that saw it. Used by register.cpp only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <heddle/monitors/monitors.hpp>

namespace heddle::monitors {

/// One write (or the initial value) that took effect.
struct version {
  std::int64_t value = 0;
  std::uint32_t writer = never;    ///< `never` for the initial value
  std::uint32_t replaced = never;  ///< the version that `writer`, a compare-and-set, replaced
  std::uint32_t next = never;      ///< the version that a compare-and-set replaced this one by
  std::uint32_t write_at = 0;      ///< its write's place among the steps; those that read it follow
  std::uint32_t end_at = 0;        ///< the place after them
};

/// An operation at its place in its chain.
struct step {
  std::uint32_t operation = never;  ///< `never` for the initial value's write
  std::uint32_t version = 0;
};

/// A compare-and-set that failed, and the version that it must have missed.
struct refusal {
  std::uint32_t operation = 0;
  std::uint32_t version = 0;
};

struct register_chains {
  std::vector<version> versions;  ///< the first is the initial value
  std::vector<step> steps;        ///< chain by chain; readers of one version by invocation
  std::vector<std::uint32_t>
      starts;  ///< where in `steps` each chain starts, the initial value's first; then the end
  std::vector<refusal> refusals;
  /// Per open operation that took effect: one that saw what it wrote.
  std::map<std::uint32_t, std::uint32_t> seen_by;
  /// The value that some refusal did not find was written more than once.
  std::optional<std::int64_t> ambiguous_refusal;
};

/// A verdict instead if a value was seen that was never written, or replaced twice, or written twice.
/// O(n log n).
std::optional<verdict> form_chains(std::span<const operation> history, const options& how,
                                   register_chains& chains);

/// Adds, for open operations, those that show that they took effect.
void add_seers(const register_chains& chains, std::vector<std::uint32_t>& operations);

}  // namespace heddle::monitors
